/**
 * What a part of a sweep adds to the whole (rows/part-summary.ts), made from its rows alone: rows read back from a file give the same. Feasible are rows
 * that did not fail and violate no constraint. An objective that is not a finite number (unknown, or divided by zero) keeps its row from the front, the
 * contenders and the sample; the row still counts as feasible and for the effects of axes on the other objectives.
 */
import type { Admission } from '../plan/space.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { FrontRows, PartSummary, UnknownRows } from '../rows/part-summary.js';
import type { RowBatch } from '../rows/row-batch.js';
import { alikeAxesOfRows } from './alike-axes.js';
import { boundContenders } from './contender-rows.js';
import { contenders } from './contenders.js';
import { effectsLayout, type EffectsLayout } from './effects-layout.js';
import { countUnknown, feasibleRows, noUnknownRows } from './feasible-rows.js';
import { rowsUpTo } from './flat-points.js';
import { paretoFront } from './front.js';
import { frontRowsOf, sampleRowsOf } from './front-rows.js';
import { signsOf, turnedBounds } from './minimised.js';
import { lexicographicOrder } from './order.js';
import { sampleOf } from './sample.js';
import { effectsOf } from './sensitivity.js';

/** Contenders that a part carries at most. */
const mostContenders = 20_000;

const layouts = new WeakMap<SweepPlan, EffectsLayout>();

export function summarise(plan: SweepPlan, batch: RowBatch, admission: Admission): PartSummary {
  const { rows, violated, violatedAlone, unknown } = feasibleRows(batch);
  const ordered = byPoint(batch.points, rows);
  const objectives = signsOf(plan.objectives).map((sign, o) => gather(batch.objectives[o]!, ordered, sign));
  const axes = batch.axes.map((axis) => (ordered.length === batch.length && ordered === rows ? axis : gatherIndexes(axis, ordered)));
  const known = finiteRows(objectives, ordered.length);
  const front = objectives.length === 0 ? undefined : paretoFront(objectives, known);
  const toBatch = (chosen: Int32Array): Int32Array => chosen.map((i) => ordered[i]!);
  const knownInBatch = objectives.length === 0 ? new Int32Array() : toBatch(known);
  return {
    rows: batch.length,
    feasible: rows.length,
    failed: batch.errors.size,
    excluded: admission.excluded,
    violated: plus(admission.violated, violated),
    violatedAlone: plus(admission.violatedAlone, violatedAlone),
    unknown: { counts: unknown.counts.slice(0, plan.constraints.length), points: unknown.points.slice(0, plan.constraints.length) },
    unvalued: unvaluedRows(batch, ordered, objectives, known.length),
    incomparable: objectives.length === 0 ? 0 : ordered.length - known.length,
    front:
      front === undefined
        ? frontRowsOf(batch, new Int32Array(), new Float64Array())
        : frontRowsOf(batch, toBatch(front.rows), front.same, alikeAxesOfRows(front, axes)),
    ...contendersOf(plan, batch, knownInBatch),
    effects: effectsOf(layoutOf(plan), { length: ordered.length, axes, objectives }),
    sample: sampleRowsOf(batch, sampleOf(batch.points, knownInBatch)),
    errors: errorKinds(batch),
  };
}

/** Made once per plan: a sweep has many parts. */
function layoutOf(plan: SweepPlan): EffectsLayout {
  const layout = layouts.get(plan) ?? effectsLayout(plan);
  layouts.set(plan, layout);
  return layout;
}

/** The rows in rising order of their points, so that of equal rows the one of the lowest number comes first. */
function byPoint(points: Float64Array, rows: Int32Array): Int32Array {
  for (let i = 1; i < rows.length; i++) {
    if (points[rows[i]!]! < points[rows[i - 1]!]!) return lexicographicOrder([points], rows).map((position) => rows[position]!);
  }
  return rows;
}

function gather(column: Float64Array, rows: Int32Array, sign: number): Float64Array {
  const gathered = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) gathered[i] = sign * column[rows[i]!]!;
  return gathered;
}

function gatherIndexes(column: Int32Array, rows: Int32Array): Int32Array {
  const gathered = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) gathered[i] = column[rows[i]!]!;
  return gathered;
}

/** Rows whose objectives are all finite numbers. */
function finiteRows(objectives: readonly Float64Array[], length: number): Int32Array {
  const rows = new Int32Array(length);
  let count = 0;
  for (let i = 0; i < length; i++) {
    rows[count] = i;
    let finite = 1;
    for (const column of objectives) if (!Number.isFinite(column[i])) finite = 0;
    count += finite;
  }
  return rows.subarray(0, count);
}

/** Rows without a finite value by objective; `known`: how many rows have all of them. */
function unvaluedRows({ points }: RowBatch, rows: Int32Array, objectives: readonly Float64Array[], known: number): UnknownRows {
  const unvalued = noUnknownRows(objectives.length);
  if (known === rows.length) return unvalued;
  for (const [o, column] of objectives.entries()) {
    for (let i = 0; i < rows.length; i++) if (!Number.isFinite(column[i])) countUnknown(unvalued, o, points[rows[i]!]!);
  }
  return unvalued;
}

function plus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((x, i) => x + b[i]!);
}

function contendersOf(plan: SweepPlan, batch: RowBatch, known: Int32Array): { contenders: FrontRows; contendersLeftOut: number } {
  const found = plan.errorBars ? contendersAmong(plan, batch, known) : new Int32Array();
  const { kept, leftOut } = boundContenders(plan, frontRowsOf(batch, found, new Float64Array(found.length).fill(1)), mostContenders);
  return { contenders: kept, contendersLeftOut: leftOut };
}

/** Only their ends are looked at before it is known which few of the rows are contenders. */
function contendersAmong(plan: SweepPlan, { objectives, bounds }: RowBatch, known: Int32Array): Int32Array {
  if (known.length === 0 || bounds === undefined) return new Int32Array();
  const ends = signsOf(plan.objectives).map((sign, o) => {
    const [low, high] = [new Float64Array(known.length), new Float64Array(known.length)];
    for (let i = 0; i < known.length; i++) {
      const row = known[i]!;
      const stated = { low: bounds[o]!.low[row]!, high: bounds[o]!.high[row]! };
      [low[i], high[i]] = turnedBounds(objectives[o]![row]!, stated, sign);
    }
    return { low, high };
  });
  const found = contenders(
    ends.map(({ low }) => low),
    ends.map(({ high }) => high),
    rowsUpTo(known.length),
  );
  return found.rows.map((i) => known[i]!);
}

function errorKinds({ errors, points }: RowBatch): { message: string; count: number; point: number }[] {
  const kinds = new Map<string, { message: string; count: number; point: number }>();
  for (const [row, message] of [...errors].sort(([a], [b]) => a - b)) {
    const kind = kinds.get(message);
    if (kind === undefined) kinds.set(message, { message, count: 1, point: points[row]! });
    else kind.count++;
  }
  return [...kinds.values()];
}
