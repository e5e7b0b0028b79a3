/** Neighbourhood on ordered integer axes: what lies one or several positions away in one dimension. */
import type { SearchProblem } from './search.js';

/** The point with dimension d moved by `step` positions, settled; null where the axis ends or the space does not hold it. */
function moved(problem: SearchProblem, digits: ArrayLike<number>, d: number, step: number): Int32Array | null {
  const position = digits[d]! + step;
  if (position < 0 || position >= problem.sizes[d]!) return null;
  const neighbour = Int32Array.from(digits);
  neighbour[d] = position;
  problem.settle(neighbour);
  return problem.contains(neighbour) ? neighbour : null;
}

/** All points one step away in one dimension, in a fixed order. */
export function neighbours(problem: SearchProblem, digits: ArrayLike<number>, step: number): Int32Array[] {
  const found: Int32Array[] = [];
  for (let d = 0; d < problem.sizes.length; d++) {
    for (const signed of [-step, step]) {
      const neighbour = moved(problem, digits, d, signed);
      if (neighbour !== null) found.push(neighbour);
    }
  }
  return found;
}
