/** The merged parts of a sweep as its result: points by name and value, the front with what is read off it, and notes on what is left out. */
import { evenIndexesWith } from '../../numeric/even-choice.js';
import { spaceOf } from '../plan/space.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { FrontRows, UnknownRows } from '../rows/part-summary.js';
import { resultColumns } from '../rows/result-columns.js';
import type { SweepPoint, SweepResult } from '../sweep-result.js';
import type { AxisBlock, EffectsLayout } from './effects-layout.js';
import { measuresOf } from './front-measures.js';
import { rowsUpTo } from './flat-points.js';
import { mainEffectsOf, sensitivityOf } from './sensitivity.js';

/** Sums over the parts; constraints in the order of the plan. */
export interface Totals {
  rows: number;
  feasible: number;
  failed: number;
  excluded: number;
  contendersLeftOut: number;
  readonly violated: Float64Array;
  readonly violatedAlone: Float64Array;
  incomparable: number;
  readonly unknown: UnknownRows;
  readonly unvalued: UnknownRows;
}

/** What whoever ran the sweep knows of it besides its rows. */
export interface RunState {
  readonly complete: boolean;
  /** Shown before those on the rows. */
  readonly notes: readonly string[];
  /** Points simulated at each rung of the plan, the last one included; absent: not counted rung by rung. */
  readonly rungPoints?: readonly number[];
  /** List only the points of the front that come within a factor 1 + epsilon of the others; absent: all. */
  readonly epsilon?: number;
}

export interface Merged extends RunState {
  readonly totals: Totals;
  readonly layout: EffectsLayout;
  readonly effects: Float64Array;
  readonly front: FrontRows;
  readonly contenders: FrontRows;
  readonly sample: FrontRows;
  readonly failures: SweepResult['failures'];
  readonly otherFailures: number;
}

/** Points within the error that are listed; all are counted. */
const mostListed = 1000;
/** Points of the front that are listed: a document of more is slow to read and tells no more. */
const mostOfFront = 10_000;
/** Values of an axis whose mean and best are listed. */
const mostValues = 1000;

export function resultOf(plan: SweepPlan, merged: Merged): SweepResult {
  const { totals, front, layout, effects, sample } = merged;
  const width = plan.objectives.length;
  const measures = measuresOf(plan, front, merged.epsilon);
  return {
    name: plan.name,
    description: plan.description,
    source: plan.source,
    complete: merged.complete,
    seed: plan.seed,
    strategy: {
      name: plan.strategy.name,
      settings: { ...plan.strategy.settings },
      evaluations: plan.strategy.evaluations ?? null,
      rungs: plan.rungs.map(({ name }, rung) => ({ name, points: merged.rungPoints?.[rung] ?? 0 })),
    },
    axes: plan.axes.map(({ name, path, values }) => ({ name, path, values: [...values] })),
    columns: plan.columns.map((name) => ({ name, unit: resultColumns.find((column) => column.name === name)?.unit ?? '' })),
    counts: {
      space: spaceOf(plan).size,
      excluded: plan.strategy.name === 'grid' ? totals.excluded : null,
      rows: totals.rows,
      feasible: totals.feasible,
      unknown: totals.incomparable,
      failed: totals.failed,
      front: front.points.length,
    },
    constraints: plan.constraints.map(({ text }, c) => ({
      text,
      violated: totals.violated[c]!,
      violatedAlone: totals.violatedAlone[c]!,
      unknown: totals.unknown.counts[c]!,
    })),
    unknowns: unknownsOf(plan, totals),
    objectives: plan.objectives.map(({ name, text, direction, unit }) => ({ name, text, direction, unit })),
    front: listedFront(merged, measures).map((i) => pointAt(plan, front, i)),
    withinError: plan.errorBars && width > 0 ? withinError(plan, merged) : null,
    ...measures,
    sensitivity: sensitivityOf(plan, layout, effects),
    mainEffects: mainEffectsOf(plan, withoutLongAxes(layout), effects),
    sample: Array.from(sample.points, (point, i) => ({ point, objectives: [...sample.objectives.subarray(i * width, (i + 1) * width)] })),
    failures: merged.failures,
    notes: [...merged.notes, ...notesOf(plan, merged)],
  };
}

/** Rows of the front that are listed. */
function listedFront({ front, epsilon }: Merged, { knees, epsilonFront }: Pick<SweepResult, 'knees' | 'epsilonFront'>): number[] {
  const rowOf = (point: number): number => front.points.indexOf(point);
  if (epsilon === undefined) return evenIndexesWith(front.points.length, mostOfFront, knees.map(rowOf));
  const chosen = epsilonFront?.points ?? [];
  const kept = new Set(evenIndexesWith(chosen.length, mostOfFront, []).map((i) => chosen[i]));
  return [...rowsUpTo(front.points.length)].filter((i) => kept.has(front.points[i]));
}

const isLong = ({ size }: AxisBlock): boolean => size > mostValues;

function withoutLongAxes(layout: EffectsLayout): EffectsLayout {
  return { ...layout, axes: layout.axes.filter((axis) => !isLong(axis)) };
}

/** What has no value in some rows; why, whoever can simulate a point adds. */
function unknownsOf({ constraints, objectives }: SweepPlan, { unknown, unvalued }: Totals): SweepResult['unknowns'] {
  const listed = (kind: 'constraint' | 'objective', names: readonly string[], { counts, points }: UnknownRows): SweepResult['unknowns'] =>
    names.flatMap((of, i) => (counts[i]! > 0 ? [{ of, kind, count: counts[i]!, point: points[i]!, why: [] }] : []));
  return [
    ...listed(
      'constraint',
      constraints.map(({ text }) => text),
      unknown,
    ),
    ...listed(
      'objective',
      objectives.map(({ name }) => name),
      unvalued,
    ),
  ];
}

function pointAt(plan: SweepPlan, rows: FrontRows, i: number): SweepPoint {
  const objectiveAt = (values: Float64Array, o: number): number => values[i * plan.objectives.length + o]!;
  const axes = plan.axes.flatMap(({ name, values }, a) => {
    const index = rows.axes[i * plan.axes.length + a]!;
    return index < 0 ? [] : [[name, values[index]!] as const];
  });
  const columns = plan.columns.map((name, c) => [name, finiteOrNull(rows.columns[i * plan.columns.length + c]!)] as const);
  const alike = plan.axes.flatMap(({ name }, a) => (rows.alike[i * plan.axes.length + a] === 1 ? [name] : []));
  const bounds = plan.objectives.map(({ name }, o): [string, [number, number]] => {
    const value = objectiveAt(rows.objectives, o);
    return [name, [finiteOrNull(objectiveAt(rows.low, o)) ?? value, finiteOrNull(objectiveAt(rows.high, o)) ?? value]];
  });
  return {
    point: rows.points[i]!,
    axes: Object.fromEntries(axes),
    columns: Object.fromEntries(columns),
    objectives: Object.fromEntries(plan.objectives.map(({ name }, o) => [name, objectiveAt(rows.objectives, o)])),
    ...(plan.errorBars ? { bounds: Object.fromEntries(bounds) } : {}),
    same: rows.same[i]!,
    ...(rows.alike.length === 0 ? {} : { alike }),
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Contenders that are not on the front, and not equal to a point of it. */
function withinError(plan: SweepPlan, { front, contenders }: Merged): SweepResult['withinError'] {
  const width = plan.objectives.length;
  const key = (rows: FrontRows, i: number): string => rows.objectives.subarray(i * width, (i + 1) * width).join();
  const onFront = new Set(Array.from(front.points, (_, i) => key(front, i)));
  const others = Array.from(rowsUpTo(contenders.points.length)).filter((i) => !onFront.has(key(contenders, i)));
  return {
    count: others.reduce((count, i) => count + contenders.same[i]!, 0),
    points: others.slice(0, mostListed).map((i) => pointAt(plan, contenders, i)),
  };
}

function notesOf(plan: SweepPlan, { totals, layout, front, epsilon, contenders, otherFailures }: Merged): string[] {
  const notes: string[] = [];
  if (epsilon !== undefined) {
    notes.push(
      `listed are points of the front that come within ${(epsilon * 100).toPrecision(2)} % of all its ${front.points.length} points`,
    );
  } else if (front.points.length > mostOfFront) {
    notes.push(
      `of the ${front.points.length} points of the front ${mostOfFront} are listed, evenly chosen by the first objective with both ends, and the knees besides; rows.parquet holds every row`,
    );
  }
  const long = layout.axes.filter(isLong).map(({ axis }) => plan.axes[axis]!.name);
  if (long.length > 0 && plan.objectives.length > 0) {
    notes.push(`mean and best by value are left out for axes of more than ${mostValues} values: ${long.join(', ')}`);
  }
  if (layout.skipped.length > 0) {
    notes.push(`sensitivity to pairs of axes with too many combinations of values is left out: ${layout.skipped.join(', ')}`);
  }
  for (const [o, unknown] of totals.unvalued.counts.entries()) {
    if (unknown > 0) {
      const [rows, are] = unknown === 1 ? ['row', 'is'] : ['rows', 'are'];
      notes.push(
        `${plan.objectives[o]!.name} is unknown for ${unknown} of ${totals.feasible} feasible rows; the ${rows} ${are} not considered for the front`,
      );
    }
  }
  if (totals.contendersLeftOut > 0) {
    notes.push(
      `so many points lie within the stated errors of the front that only some were followed up: ${totals.contendersLeftOut} are not counted`,
    );
  }
  if (plan.errorBars && contenders.points.length > mostListed) {
    notes.push(`of the points within the stated errors the first ${mostListed} are listed; rows.parquet holds the bounds of all`);
  }
  if (otherFailures > 0) notes.push(`${otherFailures} more points failed with further messages; they stand in the rows`);
  return notes;
}
