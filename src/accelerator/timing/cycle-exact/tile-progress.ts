/**
 * How far every tile is: operands loaded, dequantized, streamed; results on their way through the array, arrived, ready to be stored.
 * An output tile is done when its last step has ended, the end mark has passed the array behind its last vector, and every result has arrived.
 */
import type { ExactMachine } from './exact-case.js';
import type { TileBuffers } from './tile-buffers.js';
import type { Fold, TileStep } from './tile-steps.js';

export interface TileProgress {
  isLoaded(step: TileStep): boolean;
  isReady(step: TileStep): boolean;
  isStreamed(step: number): boolean;
  /** Every fold that has begun has left: its results have arrived, and the end mark of its step has passed. */
  readonly arrayEmpty: boolean;
  markLoaded(step: TileStep): void;
  markReady(step: TileStep): void;
  /** A fold has begun: so many results will come. */
  expectResults(fold: Fold, machine: ExactMachine): void;
  /** A result has left the array. */
  accept(fold: Fold, m: number, n: number, value: number): void;
  /** End of a cycle: marks move on; `ended` is the last fold of a step that ended with it. Output tiles that are done with this cycle. */
  settle(ended: Fold | undefined): readonly TileStep[];
}

/** A mark behind the last vector of a step, on its way down and across the array. */
interface EndMark {
  readonly step: TileStep;
  down: number;
  right: number;
}

export function tileProgress(steps: readonly TileStep[], machine: ExactMachine, buffers: TileBuffers): TileProgress {
  const loaded = new Uint8Array(steps.length);
  const ready = new Uint8Array(steps.length);
  const streamed = new Uint8Array(steps.length);
  for (const { index, loadsWeights, loadsActivations } of steps)
    if (!loadsWeights && !loadsActivations) {
      // What it needs came with a step before it.
      loaded[index] = 1;
      ready[index] = 1;
    }
  const outputs = (steps.at(-1)?.outputTile ?? -1) + 1;
  const expected = new Float64Array(outputs);
  const arrived = new Float64Array(outputs);
  let inFlight = 0;
  let marks: EndMark[] = [];
  let closing: TileStep[] = [];

  const moveMarks = (): void => {
    for (const mark of marks) {
      if (mark.down > 0) mark.down--;
      else mark.right--;
    }
  };
  const passed = ({ down, right }: EndMark): boolean => down === 0 && right === 0;
  const complete = ({ outputTile }: TileStep): boolean => arrived[outputTile] === expected[outputTile];

  return {
    isLoaded: ({ index }) => loaded[index] === 1,
    isReady: ({ index }) => ready[index] === 1,
    isStreamed: (step) => streamed[step] === 1,
    get arrayEmpty() {
      return inFlight === 0 && marks.length === 0;
    },
    markLoaded: ({ index }) => {
      loaded[index] = 1;
    },
    markReady: ({ index }) => {
      ready[index] = 1;
    },
    expectResults({ step, rows, columns, steps: vectors }) {
      const results = columns * (machine.dataflow === 'os' ? rows : vectors);
      expected[step.outputTile]! += results;
      inFlight += results;
    },
    accept({ step, row0 }, m, n, value) {
      const { output } = buffers;
      const cells = output.cells[step.outputTile & 1]!;
      cells[m * step.tn + n]! += value;
      output.writes++;
      const addsInside = machine.dataflow !== 'os' && row0 > 0;
      if (!step.opensOutput || addsInside) output.reads++;
      arrived[step.outputTile]!++;
      inFlight--;
    },
    settle(ended) {
      if (marks.length > 0) moveMarks();
      if (ended !== undefined) {
        const { step, rows, columns } = ended;
        streamed[step.index] = 1;
        const height = machine.dataflow === 'os' ? rows : machine.rows;
        marks.push({ step, down: height - 1, right: columns - 1 });
      }
      if (marks.length > 0) {
        for (const mark of marks) if (passed(mark) && mark.step.closesOutput) closing.push(mark.step);
        marks = marks.filter((mark) => !passed(mark));
      }
      if (closing.length === 0) return closing;
      const done = closing.filter(complete);
      if (done.length > 0) closing = closing.filter((step) => !complete(step));
      return done;
    },
  };
}
