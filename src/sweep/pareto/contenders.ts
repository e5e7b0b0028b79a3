/**
 * Contenders: points that could be on the front within the stated errors of the models. A point is one unless some other point is surely at least
 * as good: the high end of that one is nowhere above its low end, and below it in one objective (interval dominance; Limbourg and Aponte, "An optimization
 * algorithm for imprecise multi-objective problem functions", CEC 2005). Only the front of the high ends (the strongest) can rule points out,
 * because what a dominated high end rules out its dominator does as well.
 */
import { columnsOf, flatten, rowsUpTo } from './flat-points.js';
import { paretoFront } from './front.js';
import { markDominated } from './kung.js';
import { lexicographicOrder } from './order.js';

export interface Contenders {
  /** Ascending. */
  readonly rows: Int32Array;
  /** Those of the front of high ends, ascending. */
  readonly strongest: Int32Array;
}

/** `low` and `high` hold a column per objective, minimised, low at most high, without NaN. */
export function contenders(low: readonly Float64Array[], high: readonly Float64Array[], rows: Int32Array): Contenders {
  const objectives = low.length;
  const strongest = paretoFront(high, rows).rows;
  const count = strongest.length;
  const flat = new Float64Array((count + rows.length) * objectives);
  flat.set(flatten(high, strongest));
  flat.set(flatten(low, rows), count * objectives);
  const points = { flat, objectives };
  const last = columnsOf(points).slice(-1);
  const byLast = (from: number, to: number): Int32Array => {
    const some = rowsUpTo(to).subarray(from);
    return lexicographicOrder(last, some).map((position) => some[position]!);
  };
  const dominated = new Uint8Array(count + rows.length);
  markDominated({ ...points, dominated }, byLast(0, count), byLast(count, count + rows.length), 0);
  // A low end that equals one of the high ends is marked by that one alone, which rules nothing out: no other of a front lies below it.
  const kept = rows.filter((_, i) => dominated[count + i] === 0 || isAmong(points, count, count + i));
  return { rows: kept, strongest: strongest.toSorted() };
}

/** Whether the point equals one of the first `count` points, which are in lexicographic order. */
function isAmong(
  { flat, objectives }: { readonly flat: Float64Array; readonly objectives: number },
  count: number,
  point: number,
): boolean {
  let [from, to] = [0, count];
  while (from < to) {
    const middle = (from + to) >> 1;
    let o = 0;
    while (o < objectives && flat[middle * objectives + o] === flat[point * objectives + o]) o++;
    if (o === objectives) return true;
    if (flat[middle * objectives + o]! < flat[point * objectives + o]!) from = middle + 1;
    else to = middle;
  }
  return false;
}
