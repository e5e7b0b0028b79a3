/**
 * The double buffers between DRAM and array: two halves each, with a state. Operand halves hold integers, output halves partial sums.
 * free -> loading -> full -> in use -> free; whoever asks for a half in another state has found a defect of the sequencer.
 */
import type { ExactMachine, ExactProduct } from './exact-case.js';
import type { TileStep } from './tile-steps.js';

type HalfState = 'free' | 'loading' | 'full' | 'in use';

/** A buffer of two halves. */
export interface DoubleBuffer<Cells> {
  readonly cells: readonly [Cells, Cells];
  /** Moves a half on; throws when it is not in the state before. */
  move(half: number, from: HalfState, to: HalfState): void;
  isFree(half: number): boolean;
  reads: number;
  writes: number;
}

export interface TileBuffers {
  readonly weight: DoubleBuffer<Int32Array>;
  readonly activation: DoubleBuffer<Int32Array>;
  readonly output: DoubleBuffer<Float64Array>;
}

function doubleBuffer<Cells>(name: string, cells: readonly [Cells, Cells]): DoubleBuffer<Cells> {
  const states: HalfState[] = ['free', 'free'];
  return {
    cells,
    move(half, from, to) {
      if (states[half] !== from) throw new Error(`${name} half ${half} is ${states[half]}, not ${from}`);
      states[half] = to;
    },
    isFree: (half) => states[half] === 'free',
    reads: 0,
    writes: 0,
  };
}

/** Empty buffers. */
export function tileBuffers({ half }: ExactMachine): TileBuffers {
  const integers = (size: number): [Int32Array, Int32Array] => [new Int32Array(size), new Int32Array(size)];
  return {
    weight: doubleBuffer('weight', integers(half.weight)),
    activation: doubleBuffer('activation', integers(half.activation)),
    output: doubleBuffer('output', [new Float64Array(half.output), new Float64Array(half.output)]),
  };
}

/** The load of a step takes its halves. */
export function openHalves(buffers: TileBuffers, step: TileStep): void {
  if (step.loadsWeights) buffers.weight.move(step.weightHalf, 'free', 'loading');
  if (step.loadsActivations) buffers.activation.move(step.activationHalf, 'free', 'loading');
}

/** The load of a step has arrived. */
export function fillHalves(buffers: TileBuffers, step: TileStep, { n, m, k, weights, activations }: ExactProduct): void {
  const { k0, tk } = step;
  if (step.loadsWeights) {
    const from = { data: weights, row0: step.product * n + step.n0, rows: step.tn, k, k0, tk };
    fill(buffers.weight, step.weightHalf, from);
  }
  if (step.loadsActivations) {
    const from = { data: activations, row0: step.product * m + step.m0, rows: step.tm, k, k0, tk };
    fill(buffers.activation, step.activationHalf, from);
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

function fill(buffer: DoubleBuffer<Int32Array>, half: number, { data, row0, rows, k, k0, tk }: TileSource): void {
  const cells = buffer.cells[half as 0 | 1];
  if (rows * tk > cells.length) throw new Error(`a tile of ${rows} x ${tk} does not fit half a buffer of ${cells.length}`);
  for (let row = 0; row < rows; row++) {
    const start = (row0 + row) * k + k0;
    cells.set(data.subarray(start, start + tk), row * tk);
  }
  buffer.writes += rows * tk;
  buffer.move(half, 'loading', 'full');
}

/** The first fold of a step begins: what it loaded, or what its forerunner left, is in use. */
export function useHalves(buffers: TileBuffers, step: TileStep): void {
  if (step.loadsWeights) buffers.weight.move(step.weightHalf, 'full', 'in use');
  if (step.loadsActivations) buffers.activation.move(step.activationHalf, 'full', 'in use');
  if (!step.opensOutput) return;
  buffers.output.move(step.outputTile & 1, 'free', 'in use');
  const cells = buffers.output.cells[(step.outputTile & 1) as 0 | 1];
  if (step.tm * step.tn > cells.length)
    throw new Error(`a tile of ${step.tm} x ${step.tn} does not fit half a buffer of ${cells.length}`);
  cells.fill(0);
}

/** The stream of a step has ended: operands the next step does not need again are dropped. */
export function releaseHalves(buffers: TileBuffers, step: TileStep, next: TileStep | undefined): void {
  if (next === undefined || next.loadsWeights) buffers.weight.move(step.weightHalf, 'in use', 'free');
  if (next === undefined || next.loadsActivations) buffers.activation.move(step.activationHalf, 'in use', 'free');
}
