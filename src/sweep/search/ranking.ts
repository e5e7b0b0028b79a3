/**
 * Order of points under constraints: constrained domination (Deb et al., IEEE TEC 6 (2002), section VI), then crowding.
 * A feasible point is before every infeasible one; feasible ones by non-dominated rank, infeasible ones by the number of violated constraints;
 * within a rank those with more room around them come first, then those asked earlier.
 */
import { crowdingDistance } from '../pareto/crowding.js';
import { nonDominatedRanks } from '../pareto/ranks.js';
import type { Archive } from './archive.js';

export interface Ranking {
  /** Entries, best first. */
  readonly order: Int32Array;
  /** By place in `order`: 0 is the front, or the fewest violations where nothing is feasible. */
  readonly rank: Int32Array;
  readonly crowding: Float64Array;
}

export function rankingOf(archive: Archive, entries: ArrayLike<number>, objectives: number): Ranking {
  const count = entries.length;
  const rank = new Int32Array(count);
  const crowding = new Float64Array(count);
  const feasible = Int32Array.from({ length: count }, (_, i) => i).filter((i) => archive.violations(entries[i]!) === 0);
  const values = Array.from({ length: objectives }, (_, o) => Float64Array.from(feasible, (i) => archive.objective(entries[i]!, o)));
  const ranks = nonDominatedRanks(values);
  const members: number[][] = [];
  for (const [row, r] of ranks.entries()) (members[r] ??= []).push(row);
  for (const [r, rows] of members.entries()) {
    const distance = crowdingDistance(values, Int32Array.from(rows));
    for (const [at, row] of rows.entries()) {
      rank[feasible[row]!] = r;
      crowding[feasible[row]!] = distance[at]!;
    }
  }
  rankInfeasible(archive, entries, rank, members.length);
  const places = Array.from({ length: count }, (_, i) => i);
  places.sort((a, b) => rank[a]! - rank[b]! || descending(crowding[a]!, crowding[b]!) || entries[a]! - entries[b]!);
  return {
    order: Int32Array.from(places, (i) => entries[i]!),
    rank: Int32Array.from(places, (i) => rank[i]!),
    crowding: Float64Array.from(places, (i) => crowding[i]!),
  };
}

function rankInfeasible(archive: Archive, entries: ArrayLike<number>, rank: Int32Array, first: number): void {
  const counts = new Set<number>();
  for (let i = 0; i < rank.length; i++) counts.add(archive.violations(entries[i]!));
  counts.delete(0);
  const sorted = [...counts].sort((a, b) => (a < b ? -1 : 1));
  const rankOf = new Map(sorted.map((violations, i) => [violations, first + i]));
  for (let i = 0; i < rank.length; i++) rank[i] = rankOf.get(archive.violations(entries[i]!)) ?? rank[i]!;
}

/** Both may be infinite, whose difference is no number. */
function descending(a: number, b: number): number {
  return a === b ? 0 : a > b ? -1 : 1;
}
