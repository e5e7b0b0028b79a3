/**
 * Merging what parts of a sweep add to the whole. The front of a union is the front of the union of fronts, and so it is with contenders and the sample: how the
 * rows were cut into parts does not show, but for the last bits of sums. Fronts wait until as many rows have gathered as the front holds already, so that merging
 * costs a constant times the rows, and memory stays at a few fronts.
 */
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { FrontRows, PartSummary } from '../rows/part-summary.js';
import type { SweepResult } from '../sweep-result.js';
import { alikeAxesOfFront } from './alike-axes.js';
import { boundContenders } from './contender-rows.js';
import { effectsLayout } from './effects-layout.js';
import { addUnknown, noUnknownRows } from './feasible-rows.js';
import { rowsUpTo } from './flat-points.js';
import { frontInOrder } from './front.js';
import { joinByPoint, minimisedColumns, pick } from './front-rows.js';
import { resultOf, type RunState, type Totals } from './result.js';
import { sampleOf } from './sample.js';
import { addEffects, emptyEffects } from './sensitivity.js';

export interface SummaryMerger {
  /** Adds a part; parts come in order of their number. */
  add(summary: PartSummary): void;
  /** The result so far. */
  result(state: RunState): SweepResult;
}

/** Rows that wait at least before a front is made anew. */
const patience = 8192;
/** Contenders a sweep holds at most. */
const mostContenders = 200_000;
/** Messages of failed points that are counted one by one. */
const mostKinds = 50;

export function summaryMerger(plan: SweepPlan): SummaryMerger {
  const layout = effectsLayout(plan);
  const effects = emptyEffects(layout);
  const totals = emptyTotals(plan);
  const front = gathering((rows) => frontOf(plan, rows));
  const contenders = gathering((rows) => {
    const { kept, leftOut } = boundContenders(plan, rows, mostContenders);
    totals.contendersLeftOut += leftOut;
    return kept;
  });
  const sample = gathering((rows) => pick(rows, ...onesOf(sampleOf(rows.points, rowsUpTo(rows.points.length)))));
  const failures = failureKinds();
  return {
    add(summary) {
      for (const count of ['rows', 'feasible', 'failed', 'excluded', 'incomparable', 'contendersLeftOut'] as const)
        totals[count] += summary[count];
      for (const of of ['violated', 'violatedAlone'] as const)
        for (let c = 0; c < totals[of].length; c++) totals[of][c]! += summary[of][c]!;
      for (const of of ['unknown', 'unvalued'] as const) addUnknown(totals[of], summary[of]);
      addEffects(layout, effects, summary.effects);
      front.add(summary.front);
      contenders.add(summary.contenders);
      sample.add(summary.sample);
      failures.add(summary.errors);
    },
    result: (state) =>
      resultOf(plan, {
        ...state,
        ...{ layout, effects },
        ...{ front: front.rows(), contenders: contenders.rows(), sample: sample.rows() },
        // After the contenders: making them may leave some out.
        totals,
        ...failures.found(),
      }),
  };
}

function emptyTotals({ constraints, objectives }: SweepPlan): Totals {
  const [violated, violatedAlone] = [new Float64Array(constraints.length), new Float64Array(constraints.length)];
  return {
    ...{ rows: 0, feasible: 0, failed: 0, excluded: 0, incomparable: 0, contendersLeftOut: 0, violated, violatedAlone },
    ...{ unknown: noUnknownRows(constraints.length), unvalued: noUnknownRows(objectives.length) },
  };
}

function onesOf(rows: Int32Array): [Int32Array, Float64Array] {
  return [rows, new Float64Array(rows.length).fill(1)];
}

/** The front of rows in the order of their points. */
function frontOf(plan: SweepPlan, rows: FrontRows): FrontRows {
  if (plan.objectives.length === 0) return rows;
  const front = frontInOrder(minimisedColumns(plan, rows), rowsUpTo(rows.points.length), rows.same);
  return pick(rows, front.rows, front.same, alikeAxesOfFront(front, rows, plan.axes.length));
}

/** Rows of which only some matter: `reduce` chooses among rows in the order of their points, and choosing twice changes nothing. */
function gathering(reduce: (rows: FrontRows) => FrontRows): { add(rows: FrontRows): void; rows(): FrontRows } {
  let held: FrontRows[] = [];
  let [settled, waiting] = [0, 0];
  const rows = (): FrontRows => {
    const kept = reduce(joinByPoint(held));
    held = [kept];
    [settled, waiting] = [kept.points.length, 0];
    return kept;
  };
  return {
    add(more) {
      if (more.points.length === 0) return;
      held.push(more);
      waiting += more.points.length;
      if (waiting > Math.max(patience, settled)) rows();
    },
    rows,
  };
}

interface Failure {
  readonly message: string;
  count: number;
  readonly point: number;
}

/** The first kinds of failures with their counts, and how many points failed in further ways. */
function failureKinds(): { add(errors: PartSummary['errors']): void; found(): { failures: Failure[]; otherFailures: number } } {
  const kinds = new Map<string, Failure>();
  let otherFailures = 0;
  return {
    add(errors) {
      for (const { message, count, point } of errors) {
        const kind = kinds.get(message);
        if (kind !== undefined) kind.count += count;
        else if (kinds.size < mostKinds) kinds.set(message, { message, count, point });
        else otherFailures += count;
      }
    },
    found: () => ({
      failures: [...kinds.values()].map((kind) => ({ ...kind })).sort((a, b) => b.count - a.count || a.point - b.point),
      otherFailures,
    }),
  };
}
