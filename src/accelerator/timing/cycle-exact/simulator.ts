/**
 * The cycle-exact reference: ticks a small accelerator PE by PE, register by register, beat by beat, and multiplies real integers.
 * The machine is that of docs/timing/native.md; no time is computed here, every unit looks at the state the cycle before left and acts.
 * Throws a plain error when two things meet that must not (a port, a register, a half buffer), or when a sum is wrong.
 * Left out: banks of the buffers, DRAM pages, wrap-around of accumulators.
 */
import type { CycleCause } from '../../../trace/layer-activity.js';
import { cyclesOf } from '../../../trace/layer-activity.js';
import { dramPort, type DramRequest } from './dram-port.js';
import type { ExactMachine, ExactMapping, ExactProduct, ExactResult } from './exact-case.js';
import { foldSequencer } from './fold-sequencer.js';
import { MOST_DIGITS, MOST_FOLDS } from './forwarding-lanes.js';
import { operandStationaryArray } from './operand-stationary-array.js';
import { outputStationaryArray } from './output-stationary-array.js';
import { rateUnit } from './rate-unit.js';
import { arePlacesFree, fillPlaces, openPlaces, releasePlaces, tileBuffers } from './tile-buffers.js';
import { tileProgress } from './tile-progress.js';
import { foldsOfSteps, tileSteps, type TileStep } from './tile-steps.js';
import { weightDigits } from './weight-digits.js';

/** Runs a product to its last store. `weight_bits`: bits of a weight code word, cut into `termCycles` digits. */
export function runCycleExact(machine: ExactMachine, product: ExactProduct, mapping: ExactMapping, weight_bits: number): ExactResult {
  const units = unitsOf(machine, product, mapping, weight_bits);
  const causes = runToTheEnd(units, product);
  checkSums(product, units.output);
  const { port, array, buffers, sequencer } = units;
  const counts = ({ reads, writes }: { readonly reads: number; readonly writes: number }) => ({ reads, writes });
  return {
    cycles: cyclesOf(causes),
    dramBeats: port.beats,
    dramRead_bits: port.read_bits,
    dramWrite_bits: port.write_bits,
    activePeCycles: array.activePeCycles,
    dequant_operations: units.beforeMac.operations + sequencer.dequant_operations + units.epilogue.operations,
    sram: { weight: counts(buffers.weight), activation: counts(buffers.activation), output: counts(buffers.output) },
    output: units.output,
  };
}

/** Cycles by cause until DRAM has everything. */
function runToTheEnd(units: Units, product: ExactProduct): Partial<Record<CycleCause, number>> {
  const causes: Partial<Record<CycleCause, number>> = {};
  let current: CycleCause = 'fill';
  let run = 0;
  const count = (): void => {
    causes[current] = (causes[current] ?? 0) + run;
    run = 0;
  };
  while (units.port.waiting > 0) {
    const cause = tick(units, product);
    if (cause !== current) count();
    current = cause;
    run += 1 + restingCycles(units, product);
  }
  count();
  return causes;
}

/** Cycles in which only the units beside the array tick, up to the one in which something ends there: the array waits on for the same thing. */
function restingCycles(units: Units, product: ExactProduct): number {
  let resting = 0;
  if (!units.sequencer.asleep) return resting;
  while (!units.changed && units.port.waiting > 0) {
    tickBeside(units, product, () => undefined);
    resting++;
  }
  return resting;
}

type Units = ReturnType<typeof unitsOf>;

function unitsOf(machine: ExactMachine, product: ExactProduct, mapping: ExactMapping, weight_bits: number) {
  const steps = tileSteps(product, mapping);
  const folds = foldsOfSteps(steps, machine);
  if (folds.length > MOST_FOLDS || machine.termCycles > MOST_DIGITS)
    throw new Error(`${folds.length} folds of ${machine.termCycles} digits are more than tags tell apart`);
  const buffers = tileBuffers(machine, mapping, steps);
  const progress = tileProgress(steps, machine, buffers);
  const context = { machine, folds, buffers, digits: weightDigits(weight_bits, machine.termCycles), result: progress.accept };
  const array = machine.dataflow === 'os' ? outputStationaryArray(context) : operandStationaryArray(context);
  const { placement, perCycle = 1 } = machine.dequantization ?? {};
  const storable: boolean[] = [];
  const lastSteps: number[] = [];
  for (const { product: number, index } of steps) lastSteps[number] = index;
  const starts = ({ kind, step }: DramRequest): boolean => {
    if (kind === 'store') return storable[step.outputTile] === true;
    // There is room for two products at a time.
    const before = lastSteps[step.product - 2];
    if ((before !== undefined && !progress.isStreamed(before)) || !arePlacesFree(buffers, step)) return false;
    openPlaces(buffers, step);
    return true;
  };
  return {
    buffers,
    progress,
    array,
    sequencer: foldSequencer({ machine, folds, buffers, progress, array }),
    port: dramPort(steps, product, machine.bandwidth_bitsPerCycle, starts),
    dequantizesBefore: placement === 'before-mac',
    beforeMac: rateUnit<TileStep>(perCycle),
    beforeMacQueue: [] as TileStep[],
    hasEpilogue: placement === 'epilogue',
    epilogue: rateUnit<TileStep>(perCycle),
    /** Output tiles by number: done in the array, and ready for DRAM. */
    done: [] as (TileStep | undefined)[],
    nextEpilogue: 0,
    storable,
    /** Something ended in this cycle. */
    changed: false,
    output: new Float64Array(product.products * product.m * product.n),
  };
}

/** One cycle: every unit acts on the state the cycle before left, then what it did takes effect. */
function tick(units: Units, product: ExactProduct): CycleCause {
  const { progress, buffers, sequencer } = units;
  let cause: CycleCause = 'fill';
  tickBeside(units, product, () => {
    cause = sequencer.tick();
  });
  const { ended } = sequencer;
  if (ended !== undefined) releasePlaces(buffers, ended.step);
  for (const step of progress.settle(ended)) {
    units.done[step.outputTile] = step;
    if (!units.hasEpilogue) units.storable[step.outputTile] = true;
  }
  return cause;
}

/** One cycle of the port and the two units, with the array between what they do and its effect. */
function tickBeside(units: Units, product: ExactProduct, array: () => void): void {
  const moved = units.port.tick();
  const dequantized = tickBeforeMac(units);
  const scaled = tickEpilogue(units);
  array();
  if (moved !== undefined) arrive(units, product, moved);
  if (dequantized !== undefined) units.progress.markReady(dequantized);
  if (scaled !== undefined) units.storable[scaled.outputTile] = true;
  units.changed = moved !== undefined || dequantized !== undefined || scaled !== undefined;
}

function tickBeforeMac({ beforeMac, beforeMacQueue }: Units): TileStep | undefined {
  if (!beforeMac.busy) {
    const step = beforeMacQueue.shift();
    if (step !== undefined) beforeMac.begin(step, step.tk * step.tn);
  }
  return beforeMac.tick();
}

function tickEpilogue(units: Units): TileStep | undefined {
  const { epilogue, done, hasEpilogue } = units;
  const step = done[units.nextEpilogue];
  if (hasEpilogue && !epilogue.busy && step !== undefined) {
    epilogue.begin(step, step.tm * step.tn);
    units.nextEpilogue++;
  }
  return epilogue.tick();
}

/** A request has ended: operands stand in their halves, outputs in DRAM. */
function arrive(units: Units, product: ExactProduct, { kind, step }: DramRequest): void {
  const { buffers, progress, output } = units;
  if (kind === 'load') {
    fillPlaces(buffers, step, product);
    progress.markLoaded(step);
    if (units.dequantizesBefore && step.loadsWeights) units.beforeMacQueue.push(step);
    else progress.markReady(step);
    return;
  }
  const { tm, tn, m0, n0, outputOffset } = step;
  const cells = buffers.output.cells[step.panel & 1]!;
  for (let m = 0; m < tm; m++)
    output.set(cells.subarray(outputOffset + m * tn, outputOffset + (m + 1) * tn), (step.product * product.m + m0 + m) * product.n + n0);
  buffers.output.reads += tm * tn;
  if (step.closesPanel) buffers.output.move(step.panel & 1, 'in use', 'free');
}

/** Throws when an output is not the sum of its products. */
function checkSums({ m, n, k, products, activations, weights }: ExactProduct, output: Float64Array): void {
  for (let row = 0; row < products * m; row++) {
    const first = Math.floor(row / m) * n;
    for (let column = 0; column < n; column++) {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += activations[row * k + i]! * weights[(first + column) * k + i]!;
      const found = output[row * n + column]!;
      if (found !== sum) throw new Error(`output ${row}, ${column} is ${found}, not ${sum}`);
    }
  }
}
