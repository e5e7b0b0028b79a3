/**
 * Remarks on a result that take a simulation of single points: what the points of the front rest on beyond their numbers, and why constraints and
 * objectives are unknown. The first points of the front are asked, and of each unknown the lowest point: the same for any number of workers and shards.
 */
import { LowbitError } from '../../lowbit-error.js';
import { pointRemarks, type PointRemarks } from '../evaluate/point-remarks.js';
import { totalsColumns } from '../evaluate/totals-columns.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { SweepResult } from '../sweep-result.js';

/** Points of the front whose notes are asked for; a simulation takes up to tens of milliseconds. */
const asked = 20;
const mostNotes = 40;

/** The result with the notes of its front, and the reasons of what is unknown. */
export function withRemarks(plan: SweepPlan, result: SweepResult): SweepResult {
  const remarks = pointRemarks(plan);
  const remarksOf = (point: number): PointRemarks => {
    try {
      return remarks(point);
    } catch (error) {
      // Rows of a folder hold: that a point cannot be simulated here and now takes nothing from them but its remarks.
      if (error instanceof LowbitError) return { notes: [], omissions: [] };
      throw error;
    }
  };
  return {
    ...result,
    unknowns: result.unknowns.map((unknown) => ({ ...unknown, why: reasonsOf(plan, unknown, remarksOf(unknown.point)) })),
    notes: [...result.notes, ...frontNotes(result, remarksOf)],
  };
}

/** Notes of the simulations behind the front, each once with the number of its points. */
function frontNotes({ front }: SweepResult, remarksOf: (point: number) => PointRemarks): string[] {
  const points = front.slice(0, asked).map(({ point }) => point);
  const counts = new Map<string, { count: number; readonly first: number }>();
  for (const point of points) {
    for (const note of new Set(remarksOf(point).notes)) {
      const counted = counts.get(note);
      if (counted === undefined) counts.set(note, { count: 1, first: point });
      else counted.count++;
    }
  }
  const part = front.length > points.length;
  const some = part ? `first ${points.length} points of the front` : `${points.length} points of the front`;
  const ofFront = (count: number, first: number): string => {
    if (front.length === 1) return `point ${first}, the only one of the front`;
    if (count === points.length) return part ? `all of the ${some}` : `all ${some}`;
    return `${count} of the ${some}, point ${first} the first`;
  };
  const notes = [...counts].map(([note, { count, first }]) => `${note} [${ofFront(count, first)}]`);
  const left = notes.length - mostNotes;
  return left > 0
    ? [...notes.slice(0, mostNotes), `${left} further notes on points of the front; lowbit simulate gives those of each`]
    : notes;
}

/** What is unknown among the parts that the expression reads. */
function reasonsOf(plan: SweepPlan, { of, kind }: SweepResult['unknowns'][number], { omissions }: PointRemarks): string[] {
  const found = kind === 'constraint' ? plan.constraints.find(({ text }) => text === of) : plan.objectives.find(({ name }) => name === of);
  const needs = new Set((found?.program.columns ?? []).flatMap((name) => totalsColumns[name]?.needs ?? []));
  // No source has a number for area.other: no total waits for it.
  const isArea = (part: string): boolean => part.startsWith('area.') && part !== 'area.other';
  const read = omissions.filter(
    ({ part, status }) =>
      status === 'unknown' && ((needs.has('area') && isArea(part)) || (needs.has('energy') && !part.startsWith('area'))),
  );
  return [...new Set(read.map(({ part, reason }) => `${part}: ${reason}`))];
}
