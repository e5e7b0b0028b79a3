/**
 * The operand that stays in the PEs: sent down into shadow registers (or there in place), taken into use PE by PE as the first vector of its fold
 * passes. A weight that stays is cut into its digits as it is taken.
 */
import { inPlaceRegisters } from './in-place-registers.js';
import type { ArrayContext, PeArray } from './pe-array.js';
import { shadowRegisters, type ShadowRegisters } from './shadow-registers.js';
import type { Fold } from './tile-steps.js';

export interface HeldOperand {
  /** Vectors of dotSize elements by PE and digit. */
  readonly held: Int32Array;
  /** Fold whose operand a PE holds. */
  readonly heldFold: Int32Array;
  /** Digits kept of every element: 1 where the digits come with the operand that moves. */
  readonly picks: number;
  /** What the shadow register of a PE holds for a fold is in use from now on. */
  swap(r: number, c: number, fold: number): void;
  readonly load: NonNullable<PeArray['load']>;
  tick(): void;
}

export function heldOperand(context: ArrayContext): HeldOperand {
  const { machine, folds, digits } = context;
  const { rows, columns, dotSize } = machine;
  const picks = machine.dataflow === 'ws' ? digits.count : 1;
  const shadow = (machine.loadsInPlace === true ? inPlaceRegisters : shadowRegisters)(rows, columns, dotSize);
  const held = new Int32Array(rows * columns * picks * dotSize);
  const heldFold = new Int32Array(rows * columns).fill(-1);
  return {
    held,
    heldFold,
    picks,
    swap(r, c, fold) {
      if (c >= folds[fold]!.columns) return;
      const cell = r * columns + c;
      shadow.take(cell, r, fold);
      heldFold[cell] = fold;
      for (let d = 0; d < dotSize; d++) {
        const value = shadow.values[cell * dotSize + d]!;
        for (let p = 0; p < picks; p++) held[(cell * picks + p) * dotSize + d] = picks === 1 ? value : digits.digit(value, p);
      }
    },
    load: loader(context, shadow),
    tick: () => {
      shadow.tick();
    },
  };
}

/** The operand that stays and the one that moves. */
export function operandsOf({ machine: { dataflow }, buffers }: ArrayContext) {
  const weights = ({ step }: Fold): Int32Array => buffers.weight.cells[step.weightPlace]!;
  const activations = ({ step }: Fold): Int32Array => buffers.activation.cells[step.activationPlace]!;
  return dataflow === 'ws'
    ? { stays: { cells: weights, buffer: buffers.weight }, moves: { cells: activations, buffer: buffers.activation } }
    : { stays: { cells: activations, buffer: buffers.activation }, moves: { cells: weights, buffer: buffers.weight } };
}

/** Sends a row of the operand that stays down the columns. */
function loader(context: ArrayContext, shadow: ShadowRegisters): NonNullable<PeArray['load']> {
  const { dotSize } = context.machine;
  const { stays } = operandsOf(context);
  return (fold, row) => {
    const cells = stays.cells(fold);
    const { tk } = fold.step;
    const k0 = (fold.row0 + row) * dotSize;
    const length = Math.min(dotSize, tk - k0);
    for (let c = 0; c < fold.columns; c++) {
      const at = shadow.send(c, row, fold.number);
      const from = (fold.column0 + c) * tk + k0;
      for (let d = 0; d < dotSize; d++) shadow.arriving[at + d] = d < length ? cells[from + d]! : 0;
    }
    stays.buffer.reads += fold.columns * length;
  };
}
