/**
 * The array whose results stay: row r takes activations of one m, column c weights of one n, every PE adds up one output.
 * A result leaves through the port of its column in the cycle it is finished; two at once are a defect of whoever started the folds.
 */
import { BEGINS, digitOfTag, ENDS, foldOfTag, forwardingLanes, tagOf } from './forwarding-lanes.js';
import { gatedExtent, type GatedExtent } from './gated-extent.js';
import type { ArrayContext, PeArray } from './pe-array.js';
import type { Fold } from './tile-steps.js';

export function outputStationaryArray(context: ArrayContext): PeArray {
  const { rows, columns, dotSize } = context.machine;
  const { place } = context.digits;
  const fromLeft = forwardingLanes(rows, columns, dotSize);
  const fromTop = forwardingLanes(columns, rows, dotSize);
  const { tags: leftTags, values: left, mask: leftMask, shift: leftShift } = fromLeft;
  const { tags: topTags, values: top, mask: topMask, shift: topShift } = fromTop;
  const sums = new Float64Array(rows * columns);
  const leave = columnPorts(context);
  const extent = gatedExtent(rows, columns, rows + columns);
  let firstLeft = 0;
  let firstTop = 0;
  let now = 0;
  let active = 0;

  const work = (): void => {
    const { rows: usedRows, columns: usedColumns } = extent;
    for (let r = 0; r < usedRows; r++) {
      const lane = r << leftShift;
      const topPosition = (firstTop + r) & topMask;
      for (let c = 0; c < usedColumns; c++) {
        const leftSlot = lane | ((firstLeft + c) & leftMask);
        const tag = leftTags[leftSlot]!;
        if (tag === 0) continue;
        const topSlot = (c << topShift) | topPosition;
        const topTag = topTags[topSlot]!;
        if (topTag !== tag) {
          // A column without weights is not in use by this fold.
          if (topTag === 0) continue;
          throw new Error(`operands of different steps meet in PE ${r}, ${c}`);
        }
        const a = leftSlot * dotSize;
        const w = topSlot * dotSize;
        let dot = 0;
        for (let d = 0; d < dotSize; d++) dot += left[a + d]! * top[w + d]!;
        const cell = r * columns + c;
        const scaled = dot * place[digitOfTag(tag)]!;
        sums[cell] = tag & BEGINS ? scaled : sums[cell]! + scaled;
        active++;
        if (tag & ENDS) leave(now, r, c, { tag, sum: sums[cell] });
      }
    }
  };

  return {
    begin() {
      firstLeft = fromLeft.tick();
      firstTop = fromTop.tick();
      extent.tick();
      now++;
    },
    feed: edge(context, fromLeft, fromTop, extent),
    work,
    get activePeCycles() {
      return active;
    },
  };
}

/** Results leave a column one per cycle. */
function columnPorts({ machine, folds, result }: ArrayContext) {
  const lastTaken = new Int32Array(machine.columns);
  return (now: number, r: number, c: number, { tag, sum }: { readonly tag: number; readonly sum: number }): void => {
    if (lastTaken[c] === now) throw new Error(`two results at the port of column ${c}`);
    lastTaken[c] = now;
    const fold = folds[foldOfTag(tag)]!;
    result(fold, fold.row0 + r, fold.column0 + c, sum);
  };
}

/** Feeds both edges. */
function edge(
  { machine: { dotSize }, buffers, digits }: ArrayContext,
  fromLeft: ReturnType<typeof forwardingLanes>,
  fromTop: ReturnType<typeof forwardingLanes>,
  extent: GatedExtent,
): PeArray['feed'] {
  return ({ number, step: tile, rows, columns, row0, column0, steps }: Fold, step, digit) => {
    extent.feed(rows, columns);
    const { tk, weightPlace, activationPlace } = tile;
    const begins = step === 0 && digit === 0 ? BEGINS : 0;
    const ends = step === steps - 1 && digit === digits.count - 1 ? ENDS : 0;
    const tag = tagOf(number, digit, begins | ends);
    const k0 = step * dotSize;
    const length = Math.min(dotSize, tk - k0);
    const activations = buffers.activation.cells[activationPlace]!;
    const weights = buffers.weight.cells[weightPlace]!;
    for (let r = 0; r < rows; r++) {
      const slot = fromLeft.entry(r);
      fromLeft.tags[slot] = tag;
      const from = (row0 + r) * tk + k0;
      for (let d = 0; d < dotSize; d++) fromLeft.values[slot * dotSize + d] = d < length ? activations[from + d]! : 0;
    }
    for (let c = 0; c < columns; c++) {
      const slot = fromTop.entry(c);
      fromTop.tags[slot] = tag;
      const from = (column0 + c) * tk + k0;
      for (let d = 0; d < dotSize; d++) fromTop.values[slot * dotSize + d] = d < length ? digits.digit(weights[from + d]!, digit) : 0;
    }
    if (digit > 0) return;
    buffers.activation.reads += rows * length;
    buffers.weight.reads += columns * length;
  };
}
