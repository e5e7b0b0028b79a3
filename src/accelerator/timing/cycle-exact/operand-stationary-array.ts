/**
 * The array whose weights (ws) or activations (is) stay: rows hold k, columns n or m; the other operand streams in from the left and partial
 * sums run down, one PE per cycle, to the bottom edge. The next operand is sent down through the shadow registers, the bottom row first,
 * and becomes the one in use PE by PE, as the first vector of its fold passes.
 */
import { BEGINS, digitOfTag, ENDS, foldOfTag, forwardingLanes, tagOf } from './forwarding-lanes.js';
import { gatedExtent } from './gated-extent.js';
import { heldOperand, operandsOf } from './held-operand.js';
import type { ArrayContext, PeArray } from './pe-array.js';

export function operandStationaryArray(context: ArrayContext): PeArray {
  const { rows, columns, dotSize } = context.machine;
  const { place } = context.digits;
  const fromLeft = forwardingLanes(rows, columns, dotSize);
  const { tags, values, mask, shift } = fromLeft;
  const operand = heldOperand(context);
  const { held, heldFold, picks } = operand;
  const sums = new Float64Array(rows * columns);
  const passing = partialSums(context);
  const extent = gatedExtent(rows, columns, 2 * rows + columns);
  const enter = edge(context, fromLeft);
  let first = 0;
  let active = 0;

  const multiply = (usedRows: number, usedColumns: number): void => {
    for (let r = 0; r < usedRows; r++) {
      const lane = r << shift;
      for (let c = 0; c < usedColumns; c++) {
        const slot = lane | ((first + c) & mask);
        const tag = tags[slot]!;
        if (tag === 0) continue;
        const fold = foldOfTag(tag);
        if (tag & BEGINS) operand.swap(r, c, fold);
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
      extent.tick();
      passing.tick();
    },
    feed(fold, step, digit) {
      extent.feed(fold.rows, fold.columns);
      enter(fold, step, digit);
    },
    load: operand.load,
    work() {
      multiply(extent.rows, extent.columns);
      passing.leave(extent.columns);
      operand.tick();
    },
    get activePeCycles() {
      return active;
    },
  };
}

/** Feeds the left edge with the operand that moves. */
function edge(context: ArrayContext, fromLeft: ReturnType<typeof forwardingLanes>): PeArray['feed'] {
  const { machine, digits } = context;
  const { dotSize, dataflow } = machine;
  const { moves } = operandsOf(context);
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
    leave(usedColumns: number) {
      for (let c = 0; c < usedColumns; c++) {
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
