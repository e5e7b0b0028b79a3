/** FrontRows as tables: made from rows of a batch, joined, picked from, and with objectives turned into columns. */
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { FrontRows } from '../rows/part-summary.js';
import type { RowBatch } from '../rows/row-batch.js';
import { columnsOf, rowsUpTo } from './flat-points.js';
import { lexicographicOrder } from './order.js';
import { signsOf, turnedBounds } from './minimised.js';

type Numbers = Float64Array | Int32Array;

/** Rows of a batch with everything a result shows of them. */
export function frontRowsOf(batch: RowBatch, rows: Int32Array, same: Float64Array, alike: Int32Array = new Int32Array()): FrontRows {
  return {
    points: Float64Array.from(rows, (row) => batch.points[row]!),
    axes: interleave(batch.axes, rows, new Int32Array(rows.length * batch.axes.length)),
    columns: interleave(batch.columns, rows, new Float64Array(rows.length * batch.columns.length)),
    objectives: interleave(batch.objectives, rows, new Float64Array(rows.length * batch.objectives.length)),
    ...boundsOf(batch, rows),
    same,
    alike,
  };
}

/** Points and objectives alone: what charts draw of a sample. */
export function sampleRowsOf(batch: RowBatch, rows: Int32Array): FrontRows {
  return {
    points: Float64Array.from(rows, (row) => batch.points[row]!),
    axes: new Int32Array(),
    columns: new Float64Array(),
    objectives: interleave(batch.objectives, rows, new Float64Array(rows.length * batch.objectives.length)),
    low: new Float64Array(),
    high: new Float64Array(),
    same: new Float64Array(rows.length).fill(1),
    alike: new Int32Array(),
  };
}

function boundsOf({ bounds }: RowBatch, rows: Int32Array): { low: Float64Array; high: Float64Array } {
  if (bounds === undefined) return { low: new Float64Array(), high: new Float64Array() };
  const length = rows.length * bounds.length;
  return {
    low: interleave(
      bounds.map(({ low }) => low),
      rows,
      new Float64Array(length),
    ),
    high: interleave(
      bounds.map(({ high }) => high),
      rows,
      new Float64Array(length),
    ),
  };
}

function interleave<T extends Numbers>(columns: readonly T[], rows: Int32Array, into: T): T {
  for (const [c, column] of columns.entries()) for (let i = 0; i < rows.length; i++) into[i * columns.length + c] = column[rows[i]!]!;
  return into;
}

/** All rows, in rising order of their points. */
export function joinByPoint(parts: readonly FrontRows[]): FrontRows {
  const joined: FrontRows = {
    points: concatenate(
      parts.map(({ points }) => points),
      Float64Array,
    ),
    axes: concatenate(
      parts.map(({ axes }) => axes),
      Int32Array,
    ),
    columns: concatenate(
      parts.map(({ columns }) => columns),
      Float64Array,
    ),
    objectives: concatenate(
      parts.map(({ objectives }) => objectives),
      Float64Array,
    ),
    low: concatenate(
      parts.map(({ low }) => low),
      Float64Array,
    ),
    high: concatenate(
      parts.map(({ high }) => high),
      Float64Array,
    ),
    same: concatenate(
      parts.map(({ same }) => same),
      Float64Array,
    ),
    alike: concatenate(
      parts.map(({ alike }) => alike),
      Int32Array,
    ),
  };
  const order = lexicographicOrder([joined.points], rowsUpTo(joined.points.length));
  return pick(joined, order, order.length === 0 ? joined.same : Float64Array.from(order, (i) => joined.same[i]!));
}

function concatenate<T extends Numbers>(arrays: readonly T[], make: new (length: number) => T): T {
  const joined = new make(arrays.reduce((length, array) => length + array.length, 0));
  let start = 0;
  for (const array of arrays) {
    joined.set(array, start);
    start += array.length;
  }
  return joined;
}

/** Some of the rows, with new counts of what they stand for, and where given the axes in which that differs. */
export function pick(from: FrontRows, rows: Int32Array, same: Float64Array, alike?: Int32Array): FrontRows {
  const total = from.points.length;
  const some = <T extends Numbers>(array: T, make: new (length: number) => T): T => {
    const width = total === 0 ? 0 : array.length / total;
    const picked = new make(rows.length * width);
    for (let i = 0; i < rows.length; i++) for (let k = 0; k < width; k++) picked[i * width + k] = array[rows[i]! * width + k]!;
    return picked;
  };
  return {
    points: some(from.points, Float64Array),
    axes: some(from.axes, Int32Array),
    columns: some(from.columns, Float64Array),
    objectives: some(from.objectives, Float64Array),
    low: some(from.low, Float64Array),
    high: some(from.high, Float64Array),
    same,
    alike: alike ?? some(from.alike, Int32Array),
  };
}

/** A column per objective, minimised. */
export function minimisedColumns(plan: SweepPlan, { objectives }: FrontRows): Float64Array[] {
  const signs = signsOf(plan.objectives);
  return columnsOf({ flat: objectives, objectives: signs.length }).map((column, o) => (signs[o]! > 0 ? column : column.map((y) => -y)));
}

/** Low and high ends, a column per objective, minimised. */
export function minimisedBounds(plan: SweepPlan, rows: FrontRows): { low: Float64Array[]; high: Float64Array[] } {
  const signs = signsOf(plan.objectives);
  const width = signs.length;
  const empty = (): Float64Array[] => signs.map(() => new Float64Array(rows.points.length));
  const [low, high] = [empty(), empty()];
  for (let i = 0; i < rows.points.length; i++) {
    for (const [o, sign] of signs.entries()) {
      const k = i * width + o;
      [low[o]![i], high[o]![i]] = turnedBounds(rows.objectives[k]!, { low: rows.low[k]!, high: rows.high[k]! }, sign);
    }
  }
  return { low, high };
}
