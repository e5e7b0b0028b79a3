/**
 * The double buffers between DRAM and array: two halves each, or a place for every tile of an operand that
 * fits as a whole. Places of operands hold integers, those of outputs partial sums.
 * free -> loading -> full -> in use -> free; whoever asks for a place in another state has found a defect of the sequencer.
 */
import type { ExactMachine, ExactMapping, ExactProduct } from './exact-case.js';
import type { TileStep } from './tile-steps.js';

type PlaceState = 'free' | 'loading' | 'full' | 'in use';

/** A buffer of places for tiles. */
export interface TileBuffer<Cells> {
  readonly cells: readonly Cells[];
  /** Moves a place on; throws when it is not in the state before. */
  move(place: number, from: PlaceState, to: PlaceState): void;
  isFree(place: number): boolean;
  reads: number;
  writes: number;
}

export interface TileBuffers {
  readonly weight: TileBuffer<Int32Array>;
  readonly activation: TileBuffer<Int32Array>;
  readonly output: TileBuffer<Float64Array>;
}

function tileBuffer<Cells>(name: string, cells: readonly Cells[]): TileBuffer<Cells> {
  const states: PlaceState[] = cells.map(() => 'free');
  return {
    cells,
    move(place, from, to) {
      if (states[place] !== from) throw new Error(`place ${place} of the ${name} buffer is ${states[place]}, not ${from}`);
      states[place] = to;
    },
    isFree: (place) => states[place] === 'free',
    reads: 0,
    writes: 0,
  };
}

/** Empty buffers for these steps. */
export function tileBuffers({ half }: ExactMachine, { resident }: ExactMapping, steps: readonly TileStep[]): TileBuffers {
  const places = (place: (step: TileStep) => number): number => steps.reduce((most, step) => Math.max(most, place(step) + 1), 1);
  // Who declares an operand resident has seen that all of it fits.
  const integers = (count: number, size: (step: TileStep) => number): Int32Array[] => {
    const largest = steps.reduce((most, step) => Math.max(most, size(step)), 0);
    return Array.from({ length: count }, () => new Int32Array(largest));
  };
  const weightPlaces = places(({ weightPlace }) => weightPlace);
  const outputs = steps.reduce((most, { tm, tn, outputOffset }) => Math.max(most, outputOffset + tm * tn), 0);
  const activationPlaces = places(({ activationPlace }) => activationPlace);
  for (const { tm, tn, tk } of steps) {
    if (!resident.weight) requireFit('weight', tn * tk, half.weight);
    if (!resident.activation) requireFit('activation', tm * tk, half.activation);
  }
  requireFit('output', outputs, half.output);
  return {
    weight: tileBuffer(
      'weight',
      integers(weightPlaces, ({ tn, tk }) => tn * tk),
    ),
    activation: tileBuffer(
      'activation',
      integers(activationPlaces, ({ tm, tk }) => tm * tk),
    ),
    output: tileBuffer('output', [new Float64Array(outputs), new Float64Array(outputs)]),
  };
}

function requireFit(name: string, elements: number, half: number): void {
  if (elements > half) throw new Error(`a ${name} tile of ${elements} elements does not fit half a buffer of ${half}`);
}

/** Whether the load of a step finds its places empty. */
export function arePlacesFree({ weight, activation }: TileBuffers, step: TileStep): boolean {
  if (step.loadsWeights && !weight.isFree(step.weightPlace)) return false;
  return !step.loadsActivations || activation.isFree(step.activationPlace);
}

/** The load of a step takes its places. */
export function openPlaces(buffers: TileBuffers, step: TileStep): void {
  if (step.loadsWeights) buffers.weight.move(step.weightPlace, 'free', 'loading');
  if (step.loadsActivations) buffers.activation.move(step.activationPlace, 'free', 'loading');
}

/** The load of a step has arrived. */
export function fillPlaces(buffers: TileBuffers, step: TileStep, { n, m, k, weights, activations }: ExactProduct): void {
  const { k0, tk } = step;
  if (step.loadsWeights) {
    const from = { data: weights, row0: step.product * n + step.n0, rows: step.tn, k, k0, tk };
    fill(buffers.weight, step.weightPlace, from);
  }
  if (step.loadsActivations) {
    const from = { data: activations, row0: step.product * m + step.m0, rows: step.tm, k, k0, tk };
    fill(buffers.activation, step.activationPlace, from);
  }
}

interface TileSource {
  readonly data: Int32Array;
  readonly row0: number;
  readonly rows: number;
  readonly k: number;
  readonly k0: number;
  readonly tk: number;
}

function fill(buffer: TileBuffer<Int32Array>, place: number, { data, row0, rows, k, k0, tk }: TileSource): void {
  const cells = buffer.cells[place]!;
  for (let row = 0; row < rows; row++) {
    const start = (row0 + row) * k + k0;
    cells.set(data.subarray(start, start + tk), row * tk);
  }
  buffer.writes += rows * tk;
  buffer.move(place, 'loading', 'full');
}

/** The first fold of a step begins: what it loaded, or what its forerunner left, is in use. */
export function usePlaces(buffers: TileBuffers, step: TileStep): void {
  if (step.loadsWeights) buffers.weight.move(step.weightPlace, 'full', 'in use');
  if (step.loadsActivations) buffers.activation.move(step.activationPlace, 'full', 'in use');
  if (step.opensPanel) buffers.output.move(step.panel & 1, 'free', 'in use');
  if (step.opensOutput) buffers.output.cells[step.panel & 1]!.fill(0, step.outputOffset, step.outputOffset + step.tm * step.tn);
}

/** The stream of a step has ended: operands no later step needs where they lie are dropped. */
export function releasePlaces(buffers: TileBuffers, step: TileStep): void {
  if (step.dropsWeights) buffers.weight.move(step.weightPlace, 'in use', 'free');
  if (step.dropsActivations) buffers.activation.move(step.activationPlace, 'in use', 'free');
}
