/**
 * The array whose weights (ws) or activations (is) stay: rows hold k, columns n or m; the other operand streams in from the left and partial
 * sums run down, one PE per cycle, to the bottom edge. The next operand is sent down through the shadow registers, the bottom row first,
 * and becomes the one in use PE by PE, as the first vector of its fold passes.
 */
import { BEGINS, digitOfTag, ENDS, foldOfTag, forwardingLanes, tagOf } from './forwarding-lanes.js';
import type { ArrayContext, PeArray } from './pe-array.js';
import { inPlaceRegisters } from './in-place-registers.js';
import { shadowRegisters, type ShadowRegisters } from './shadow-registers.js';
import type { Fold } from './tile-steps.js';

export function operandStationaryArray(context: ArrayContext): PeArray {
  const { machine, folds, digits } = context;
  const { rows, columns, dotSize } = machine;
  const { place } = digits;
  // Digits of a weight that stays are picked in the PE; of one that moves, at the edge.
  const picks = machine.dataflow === 'ws' ? digits.count : 1;
  const fromLeft = forwardingLanes(rows, columns, dotSize);
  const { tags, values, mask, shift } = fromLeft;
  const shadow = (machine.loadsInPlace === true ? inPlaceRegisters : shadowRegisters)(rows, columns, dotSize);
  const held = new Int32Array(rows * columns * picks * dotSize);
  const heldFold = new Int32Array(rows * columns).fill(-1);
  const sums = new Float64Array(rows * columns);
  const passing = partialSums(context);
  let first = 0;
  let active = 0;

  /** The first vector of a fold passes: what the shadow register holds for it is in use from now on. */
  const swap = (r: number, c: number, fold: number): void => {
    if (c >= folds[fold]!.columns) return;
    const cell = r * columns + c;
    shadow.take(cell, r, fold);
    heldFold[cell] = fold;
    for (let d = 0; d < dotSize; d++) {
      const value = shadow.values[cell * dotSize + d]!;
      for (let p = 0; p < picks; p++) held[(cell * picks + p) * dotSize + d] = picks === 1 ? value : digits.digit(value, p);
    }
  };

  const multiply = (): void => {
    for (let r = 0; r < rows; r++) {
      const lane = r << shift;
      for (let c = 0; c < columns; c++) {
        const slot = lane | ((first + c) & mask);
        const tag = tags[slot]!;
        if (tag === 0) continue;
        const fold = foldOfTag(tag);
        if (tag & BEGINS) swap(r, c, fold);
        const cell = r * columns + c;
        // A column whose operand belongs to another fold is not in use by this one.
        if (heldFold[cell] !== fold) continue;
        const digit = digitOfTag(tag);
        const at = slot * dotSize;
        const kept = (picks === 1 ? cell : cell * picks + digit) * dotSize;
        let dot = 0;
        for (let d = 0; d < dotSize; d++) dot += values[at + d]! * held[kept + d]!;
        const scaled = dot * place[digit]!;
        sums[cell] = digit === 0 ? scaled : sums[cell]! + scaled;
        active++;
        if (tag & ENDS) passing.add(r, c, fold, sums[cell]);
      }
    }
  };

  return {
    begin() {
      first = fromLeft.tick();
      passing.tick();
    },
    feed: edge(context, fromLeft),
    load: loader(context, shadow),
    work() {
      multiply();
      passing.leave();
      shadow.tick();
    },
    get activePeCycles() {
      return active;
    },
  };
}

/** Operands of a tile by whether they stay, and the element of lane l and stream or column position p. */
function operands({ machine: { dataflow }, buffers }: ArrayContext) {
  const weights = ({ step }: Fold): Int32Array => buffers.weight.cells[step.weightPlace]!;
  const activations = ({ step }: Fold): Int32Array => buffers.activation.cells[step.activationPlace]!;
  return dataflow === 'ws'
    ? { stays: { cells: weights, buffer: buffers.weight }, moves: { cells: activations, buffer: buffers.activation } }
    : { stays: { cells: activations, buffer: buffers.activation }, moves: { cells: weights, buffer: buffers.weight } };
}

/** Feeds the left edge with the operand that moves. */
function edge(context: ArrayContext, fromLeft: ReturnType<typeof forwardingLanes>): PeArray['feed'] {
  const { machine, digits } = context;
  const { dotSize, dataflow } = machine;
  const { moves } = operands(context);
  return (fold, step, digit) => {
    const cells = moves.cells(fold);
    const { tk } = fold.step;
    const tag = tagOf(fold.number, digit, (step === 0 && digit === 0 ? BEGINS : 0) | (digit === digits.count - 1 ? ENDS : 0));
    for (let r = 0; r < fold.rows; r++) {
      const slot = fromLeft.entry(r);
      fromLeft.tags[slot] = tag;
      const k0 = (fold.row0 + r) * dotSize;
      for (let d = 0; d < dotSize; d++) {
        const value = k0 + d < tk ? cells[step * tk + k0 + d]! : 0;
        fromLeft.values[slot * dotSize + d] = dataflow === 'is' ? digits.digit(value, digit) : value;
      }
      if (digit === 0) moves.buffer.reads += Math.min(dotSize, tk - k0);
    }
  };
}

/** Sends a row of the operand that stays down the columns. */
function loader(context: ArrayContext, shadow: ShadowRegisters): NonNullable<PeArray['load']> {
  const { dotSize } = context.machine;
  const { stays } = operands(context);
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

/** Partial sums on their way down, one PE per cycle; a sum that meets those of another fold is a defect. */
function partialSums({ machine, folds, result }: ArrayContext) {
  const { rows, columns, dataflow } = machine;
  // As in the lanes, sums lie still and the registers move over them.
  const size = 2 ** (32 - Math.clz32(rows - 1));
  const sums = new Float64Array(columns * size);
  const tags = new Int32Array(columns * size);
  const lastFold = new Int32Array(columns).fill(-1);
  const streamed = new Int32Array(columns);
  let now = 0;
  const slot = (r: number, c: number): number => c * size + ((r - now) & (size - 1));
  return {
    tick() {
      now = (now + 1) & (size - 1);
      for (let c = 0; c < columns; c++) {
        sums[slot(0, c)] = 0;
        tags[slot(0, c)] = 0;
      }
    },
    add(r: number, c: number, fold: number, value: number) {
      const at = slot(r, c);
      if (tags[at] !== (r === 0 ? 0 : fold + 1)) throw new Error(`partial sums out of step in PE ${r}, ${c}`);
      sums[at] = sums[at]! + value;
      tags[at] = fold + 1;
    },
    leave() {
      for (let c = 0; c < columns; c++) {
        const at = slot(rows - 1, c);
        if (tags[at] === 0) continue;
        const number = tags[at]! - 1;
        if (lastFold[c] !== number) {
          lastFold[c] = number;
          streamed[c] = 0;
        }
        const fold = folds[number]!;
        const along = streamed[c]!++;
        const across = fold.column0 + c;
        if (dataflow === 'ws') result(fold, along, across, sums[at]!);
        else result(fold, across, along, sums[at]!);
      }
    },
  };
}
