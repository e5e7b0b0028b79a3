/**
 * What is read off a front: hypervolume, knees, epsilon front. The hypervolume is the share of the box between the ideal point (the best of the front in
 * each objective) and the reference, which lies beyond the worst of the front by 10 % of its range, so that the ends of the front count as well
 * (Ishibuchi et al., "How to specify a reference point in hypervolume calculation", Evolutionary Computation 26(3), 2018). An objective that is
 * the same all over the front has no range and is left out of it; so is the whole figure for a front of one point. Shares of different sweeps do not
 * compare: their boxes differ.
 */
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { FrontRows } from '../rows/part-summary.js';
import type { SweepResult } from '../sweep-result.js';
import { epsilonFront } from './epsilon-front.js';
import { flatten, rowsUpTo } from './flat-points.js';
import { minimisedColumns } from './front-rows.js';
import { hypervolume } from './hypervolume.js';
import { knees } from './knees.js';
import { signsOf } from './minimised.js';

const beyondWorst = 0.1;
const usualEpsilon = 0.05;

export function measuresOf(
  plan: SweepPlan,
  front: FrontRows,
  epsilon = usualEpsilon,
): Pick<SweepResult, 'hypervolume' | 'knees' | 'epsilonFront'> {
  if (front.points.length === 0) return { hypervolume: null, knees: [], epsilonFront: null };
  const columns = minimisedColumns(plan, front);
  const points = { flat: flatten(columns, rowsUpTo(front.points.length)), objectives: columns.length };
  const toPoints = (rows: readonly number[]): number[] => rows.map((i) => front.points[i]!);
  return {
    hypervolume: shareOfBox(plan, columns),
    knees: toPoints(knees(points)),
    epsilonFront: { epsilon, points: toPoints(epsilonFront(points, epsilon)) },
  };
}

function shareOfBox(plan: SweepPlan, columns: readonly Float64Array[]): SweepResult['hypervolume'] {
  const ends = columns.map((column) => {
    const ideal = column.reduce((least, value) => Math.min(least, value), Infinity);
    const worst = column.reduce((largest, value) => Math.max(largest, value), -Infinity);
    return { ideal, reference: worst + beyondWorst * (worst - ideal) };
  });
  const varying = columns.flatMap((column, o) => {
    const { ideal, reference } = ends[o]!;
    return reference > ideal ? [column.map((value) => (value - ideal) / (reference - ideal))] : [];
  });
  if (varying.length === 0) return null;
  const { value, exact } = hypervolume(
    flatten(varying, rowsUpTo(varying[0]!.length)),
    varying.length,
    new Float64Array(varying.length).fill(1),
  );
  const asWritten = (end: 'ideal' | 'reference'): number[] => signsOf(plan.objectives).map((sign, o) => sign * ends[o]![end]);
  return { value, exact, reference: asWritten('reference'), ideal: asWritten('ideal') };
}
