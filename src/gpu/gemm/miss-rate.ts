/**
 * Share of what takes turns in L2 that L2 has lost when its turn comes again. Between once and one and a half times the capacity the rate rises
 * from 0 to 1: cyclic use of more than a cache holds misses all of it, and hashing over slices blurs the edge.
 */
export function missRate(demand_bytes: number, l2_bytes: number): number {
  const excess = 2 * (demand_bytes / l2_bytes - 1);
  if (excess <= 0) return 0;
  return excess < 1 ? excess : 1;
}
