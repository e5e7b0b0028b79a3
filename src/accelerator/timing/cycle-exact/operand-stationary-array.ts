/**
 * The array whose weights (ws) or activations (is) stay: rows hold k, columns n or m; the other operand streams in from the left and partial
 * sums run down, one PE per cycle, to the bottom edge. The next operand is sent down through the shadow registers, the bottom row first,
 * and becomes the one in use PE by PE, as the first vector of its fold passes.
 */
import { BEGINS, digitOfTag, ENDS, foldOfTag, forwardingLanes, tagOf } from './forwarding-lanes.js';
import type { ArrayContext, PeArray } from './pe-array.js';
import { shadowRegisters } from './shadow-registers.js';
import type { Fold } from './tile-steps.js';

export function operandStationaryArray(context: ArrayContext): PeArray {
  const { machine, folds, buffers, digits, result } = context;
  const { rows, columns, dotSize, dataflow } = machine;
  const stays = dataflow === 'ws' ? 'weight' : 'activation';
  const fromLeft = forwardingLanes(rows, columns, dotSize);
  const shadow = shadowRegisters(rows, columns, dotSize);
  const held = new Int32Array(rows * columns * dotSize);
  const heldFold = new Int32Array(rows * columns).fill(-1);
  const sums = new Float64Array(rows * columns);
  const passed = new Float64Array(rows * columns);
  const passedTag = new Int32Array(rows * columns);
  const left = { fold: new Int32Array(columns).fill(-1), results: new Int32Array(columns) };
  let fed: { readonly fold: Fold; readonly step: number; readonly digit: number } | undefined;
  let active = 0;

  const cellsOf = (operand: 'weight' | 'activation', { step }: Fold): Int32Array =>
    operand === 'weight'
      ? buffers.weight.cells[step.weightHalf as 0 | 1]
      : buffers.activation.cells[step.activationHalf as 0 | 1];

  const enter = ({ fold, step, digit }: NonNullable<typeof fed>): void => {
    const moves = stays === 'weight' ? 'activation' : 'weight';
    const cells = cellsOf(moves, fold);
    const { tk } = fold.step;
    const begins = step === 0 && digit === 0 ? BEGINS : 0;
    const tag = tagOf(fold.number, digit, begins | (digit === digits.count - 1 ? ENDS : 0));
    for (let r = 0; r < fold.rows; r++) {
      const at = fromLeft.entry(r);
      fromLeft.tags[at] = tag;
      const k0 = (fold.row0 + r) * dotSize;
      for (let d = 0; d < dotSize; d++) {
        const value = k0 + d < tk ? cells[step * tk + k0 + d]! : 0;
        fromLeft.values[at * dotSize + d] = moves === 'weight' ? digits.digit(value, digit) : value;
      }
      if (digit === 0) buffers[moves].reads += Math.min(dotSize, tk - k0);
    }
  };

  /** The first vector of a fold passes: what the shadow register holds for it is in use from now on. */
  const swap = (r: number, c: number, fold: number): void => {
    const cell = r * columns + c;
    if (c >= folds[fold]!.columns) return;
    shadow.take(cell, r, fold);
    heldFold[cell] = fold;
    for (let d = 0; d < dotSize; d++) held[cell * dotSize + d] = shadow.values[cell * dotSize + d]!;
  };

  const work = (r: number, c: number, at: number): void => {
    const tag = fromLeft.tags[at]!;
    const fold = foldOfTag(tag);
    if (tag & BEGINS) swap(r, c, fold);
    const cell = r * columns + c;
    if (heldFold[cell] !== fold) return;
    const digit = digitOfTag(tag);
    let dot = 0;
    for (let d = 0; d < dotSize; d++) {
      const moving = fromLeft.values[at * dotSize + d]!;
      const kept = held[cell * dotSize + d]!;
      dot += moving * (stays === 'weight' ? digits.digit(kept, digit) : kept);
    }
    sums[cell] = (digit === 0 ? 0 : sums[cell]!) + dot * digits.place[digit]!;
    active++;
    if ((tag & ENDS) === 0) return;
    if (passedTag[cell] !== (r === 0 ? 0 : fold + 1)) throw new Error(`partial sums out of step in PE ${r}, ${c}`);
    passed[cell] = passed[cell]! + sums[cell]!;
    passedTag[cell] = fold + 1;
  };

  const leave = (c: number): void => {
    const bottom = (rows - 1) * columns + c;
    if (passedTag[bottom] === 0) return;
    const number = passedTag[bottom]! - 1;
    if (left.fold[c] !== number) {
      left.fold[c] = number;
      left.results[c] = 0;
    }
    const fold = folds[number]!;
    const streamed = left.results[c]!++;
    const [m, n] = stays === 'weight' ? [streamed, fold.column0 + c] : [fold.column0 + c, streamed];
    result(fold, m, n, passed[bottom]!);
  };

  return {
    feed: (fold, step, digit) => {
      fed = { fold, step, digit };
    },
    load(fold, row) {
      const cells = cellsOf(stays, fold);
      const { tk } = fold.step;
      const k0 = (fold.row0 + row) * dotSize;
      const length = Math.min(dotSize, tk - k0);
      for (let c = 0; c < fold.columns; c++)
        shadow.send(c, row, fold.number, (d) => (d < length ? cells[(fold.column0 + c) * tk + k0 + d]! : 0));
      buffers[stays].reads += fold.columns * length;
    },
    tick() {
      fromLeft.shift();
      if (fed !== undefined) enter(fed);
      fed = undefined;
      passed.copyWithin(columns, 0, (rows - 1) * columns).fill(0, 0, columns);
      passedTag.copyWithin(columns, 0, (rows - 1) * columns).fill(0, 0, columns);
      for (let r = 0; r < rows; r++) {
        const first = fromLeft.at(r, 0);
        for (let c = 0; c < columns; c++) if (fromLeft.tags[first + c] !== 0) work(r, c, first + c);
      }
      for (let c = 0; c < columns; c++) leave(c);
      shadow.tick();
    },
    get activePeCycles() {
      return active;
    },
  };
}
