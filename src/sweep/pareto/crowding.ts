/**
 * Crowding distance: how far a point of a front stands from its neighbours. Deb, Pratap, Agarwal and Meyarivan, "A fast and elitist multiobjective
 * genetic algorithm: NSGA-II", IEEE TEC 6(2), 2002, section III-B: the sum over objectives of the distance between the two neighbours in the order
 * of that objective, over the range of the objective; the first and last of an objective stand infinitely far.
 * Of equal values the one earlier in `rows` comes first. An objective without a finite range above 0 among the rows tells nothing and adds nothing.
 */
import { lexicographicOrder } from './order.js';

/** The distance of each of `rows`, in their order; `values` holds a column per objective. Rows with NaN do not belong on a front. */
export function crowdingDistance(values: readonly Float64Array[], rows: Int32Array): Float64Array {
  const distance = new Float64Array(rows.length);
  if (rows.length <= 2) return distance.fill(Infinity);
  for (const column of values) {
    const order = lexicographicOrder([column], rows);
    const at = (position: number): number => column[rows[order[position]!]!]!;
    const range = at(rows.length - 1) - at(0);
    if (!(range > 0 && range < Infinity)) continue;
    distance[order[0]!] = Infinity;
    distance[order[rows.length - 1]!] = Infinity;
    for (let i = 1; i < rows.length - 1; i++) distance[order[i]!]! += (at(i + 1) - at(i - 1)) / range;
  }
  return distance;
}
