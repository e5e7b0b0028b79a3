/** Words about constraints and objectives that points of a sweep have no value for. */
import { LowbitError } from '../../lowbit-error.js';
import type { SweepDocument } from '../../report/documents.js';
import { grouped } from '../../report/number-text.js';
import { shellCommand } from '../../sweep/cluster/shell-quote.js';
import { spaceOf } from '../../sweep/plan/space.js';
import type { SweepPlan } from '../../sweep/plan/sweep-plan.js';
import { simulateWords } from './sweep-point.js';

type Unknown = SweepDocument['unknowns'][number];

export function unknownText({ of, count, point, why }: Unknown): string {
  const reason = why.length === 0 ? 'its expression has no finite value' : why.join('; ');
  return `${of} is unknown for ${grouped(count)} ${count === 1 ? 'point' : 'points'} (at point ${point} ${reason})`;
}

/** What helps: the missing numbers; nothing is loosened or widened where there is no value. */
export function unknownRemedy(plan: SweepPlan, [first]: readonly Unknown[]): string[] {
  if (first === undefined) return [];
  const space = spaceOf(plan);
  const digits = new Int32Array(space.sizes.length);
  const axes = new Int32Array(plan.axes.length);
  space.digitsOf(first.point, digits);
  space.axesOf(digits, axes);
  const command = shellCommand(simulateWords(plan, axes));
  const missing =
    first.why.length === 0
      ? `leave out points for which ${first.of} has no value`
      : 'state the missing numbers under set (hardware.KEY: NUMBER)';
  return [`where ${first.of} is unknown, ${missing}, or do without it; point ${first.point} alone, with its omissions: ${command}`];
}

/** Throws LowbitError where points are feasible, and yet none can be compared in all objectives: such a sweep has no answer. */
export function refuseIncomparable({ counts, objectives, front, unknowns }: SweepDocument, plan: SweepPlan): void {
  if (counts.feasible === 0 || objectives.length === 0 || front.length > 0) return;
  const without = unknowns.filter(({ kind }) => kind === 'objective');
  throw new LowbitError('no feasible point has a value for every objective', {
    value: without.map(unknownText).join('; '),
    remedy: unknownRemedy(plan, without).join('; '),
  });
}
