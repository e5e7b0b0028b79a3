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
  readonly accept: (fold: Fold, m: number, n: number, value: number) => void;
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
  const marks = endMarks();
  let inFlight = 0;
  let closing: TileStep[] = [];
  const complete = ({ outputTile }: TileStep): boolean => arrived[outputTile] === expected[outputTile];

  return {
    isLoaded: ({ index }) => loaded[index] === 1,
    isReady: ({ index }) => ready[index] === 1,
    isStreamed: (step) => streamed[step] === 1,
    get arrayEmpty() {
      return inFlight === 0 && marks.count === 0;
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
    accept: (fold, m, n, value) => {
      addResult(buffers.output, machine, fold, { m, n, value });
      arrived[fold.step.outputTile]!++;
      inFlight--;
    },
    settle(ended) {
      if (ended !== undefined) streamed[ended.step.index] = 1;
      for (const step of marks.tick(ended, machine)) if (step.closesOutput) closing.push(step);
      if (closing.length === 0) return closing;
      const done = closing.filter(complete);
      if (done.length > 0) closing = closing.filter((step) => !complete(step));
      return done;
    },
  };
}

/** Adds a result to its place in the output buffer. */
function addResult(
  output: TileBuffers['output'],
  { dataflow }: ExactMachine,
  { step, row0 }: Fold,
  { m, n, value }: { readonly m: number; readonly n: number; readonly value: number },
): void {
  const cells = output.cells[step.panel & 1]!;
  cells[step.outputOffset + m * step.tn + n]! += value;
  output.writes++;
  const addsInside = dataflow !== 'os' && row0 > 0;
  if (!step.opensOutput || addsInside) output.reads++;
}

const NONE: readonly TileStep[] = [];

/** Marks on their way through the array, one PE per cycle: down the rows, then across the columns in use. */
function endMarks() {
  let marks: EndMark[] = [];
  return {
    get count() {
      return marks.length;
    },
    /** End of a cycle, in which a step may have ended with its last fold; the steps whose mark has passed. */
    tick(ended: Fold | undefined, { dataflow, rows }: ExactMachine): readonly TileStep[] {
      if (marks.length === 0 && ended === undefined) return NONE;
      for (const mark of marks) {
        if (mark.down > 0) mark.down--;
        else mark.right--;
      }
      if (ended !== undefined)
        marks.push({ step: ended.step, down: (dataflow === 'os' ? ended.rows : rows) - 1, right: ended.columns - 1 });
      const isThrough = ({ down, right }: EndMark): boolean => down === 0 && right === 0;
      const through = marks.filter(isThrough);
      if (through.length > 0) marks = marks.filter((mark) => !isThrough(mark));
      return through.map(({ step }) => step);
    },
  };
}
