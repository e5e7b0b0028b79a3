/**
 * The array whose results stay: row r takes activations of one m, column c weights of one n, every PE adds up one output.
 * A result leaves through the port of its column in the cycle it is finished; two at once are a defect of whoever started the folds.
 */
import { BEGINS, digitOfTag, ENDS, foldOfTag, forwardingLanes, tagOf } from './forwarding-lanes.js';
import type { ArrayContext, PeArray } from './pe-array.js';
import type { Fold } from './tile-steps.js';

export function outputStationaryArray(context: ArrayContext): PeArray {
  const { machine, folds, buffers, digits, result } = context;
  const { rows, columns, dotSize } = machine;
  const fromLeft = forwardingLanes(rows, columns, dotSize);
  const fromTop = forwardingLanes(columns, rows, dotSize);
  const sums = new Float64Array(rows * columns);
  const portTaken = new Uint8Array(columns);
  let fed: { readonly fold: Fold; readonly step: number; readonly digit: number } | undefined;
  let active = 0;

  const enter = ({ fold, step, digit }: NonNullable<typeof fed>): void => {
    const { tk, weightHalf, activationHalf } = fold.step;
    const begins = step === 0 && digit === 0 ? BEGINS : 0;
    const ends = step === fold.steps - 1 && digit === digits.count - 1 ? ENDS : 0;
    const tag = tagOf(fold.number, digit, begins | ends);
    const k0 = step * dotSize;
    const length = Math.min(dotSize, tk - k0);
    const activations = buffers.activation.cells[activationHalf as 0 | 1];
    const weights = buffers.weight.cells[weightHalf as 0 | 1];
    for (let r = 0; r < fold.rows; r++) {
      const at = fromLeft.entry(r);
      fromLeft.tags[at] = tag;
      const from = (fold.row0 + r) * tk + k0;
      for (let d = 0; d < dotSize; d++) fromLeft.values[at * dotSize + d] = d < length ? activations[from + d]! : 0;
    }
    for (let c = 0; c < fold.columns; c++) {
      const at = fromTop.entry(c);
      fromTop.tags[at] = tag;
      const from = (fold.column0 + c) * tk + k0;
      for (let d = 0; d < dotSize; d++) fromTop.values[at * dotSize + d] = d < length ? digits.digit(weights[from + d]!, digit) : 0;
    }
    if (digit === 0) {
      buffers.activation.reads += fold.rows * length;
      buffers.weight.reads += fold.columns * length;
    }
  };

  const work = (r: number, c: number, left: number, top: number): void => {
    const tag = fromLeft.tags[left]!;
    if (fromTop.tags[top] !== tag) throw new Error(`operands of different steps meet in PE ${r}, ${c}`);
    let dot = 0;
    for (let d = 0; d < dotSize; d++) dot += fromLeft.values[left * dotSize + d]! * fromTop.values[top * dotSize + d]!;
    const cell = r * columns + c;
    sums[cell] = (tag & BEGINS ? 0 : sums[cell]!) + dot * digits.place[digitOfTag(tag)]!;
    active++;
    if ((tag & ENDS) === 0) return;
    if (portTaken[c] !== 0) throw new Error(`two results at the port of column ${c}`);
    portTaken[c] = 1;
    const fold = folds[foldOfTag(tag)]!;
    result(fold, fold.row0 + r, fold.column0 + c, sums[cell]!);
  };

  return {
    feed: (fold, step, digit) => {
      fed = { fold, step, digit };
    },
    tick() {
      fromLeft.shift();
      fromTop.shift();
      if (fed !== undefined) enter(fed);
      fed = undefined;
      portTaken.fill(0);
      for (let r = 0; r < rows; r++) {
        const left = fromLeft.at(r, 0);
        for (let c = 0; c < columns; c++) {
          if (fromLeft.tags[left + c] === 0) continue;
          const top = fromTop.at(c, r);
          // A column without weights is not in use by this fold.
          if (fromTop.tags[top] !== 0) work(r, c, left + c, top);
        }
      }
    },
    get activePeCycles() {
      return active;
    },
  };
}
