/**
 * Variation on ordered integer axes: how children of a genetic search come from their parents.
 * Crossover: each digit is one of the parents' or any position between the two, both included: the discrete counterpart of blend crossover
 * (Eshelman and Schaffer, FOGA 1993, BLX-0). Mutation: a step of k positions with probability 2^-k, either way, turned round at the ends of the
 * axis; one in four is a uniform draw instead, because the positions of an axis of names have no order.
 */
import type { Random } from '../../numeric/random.js';

const BLENDED = 0.5;
const UNIFORM_DRAWS = 0.25;

export function crossed(a: Int32Array, b: Int32Array, random: Random): Int32Array {
  return a.map((mine, d) => {
    const other = b[d]!;
    const kind = random.uniform();
    if (kind >= BLENDED) return kind < (1 + BLENDED) / 2 ? mine : other;
    return Math.min(mine, other) + random.integer(Math.abs(mine - other) + 1);
  });
}

/** Changes digit d in place. */
export function mutate(digits: Int32Array, d: number, size: number, random: Random): void {
  if (size === 1) return;
  if (random.uniform() < UNIFORM_DRAWS) {
    digits[d] = random.integer(size);
    return;
  }
  let length = 1;
  while (length < size - 1 && random.uniform() < 0.5) length++;
  const step = random.uniform() < 0.5 ? -length : length;
  const position = digits[d]!;
  const inside = (at: number): boolean => at >= 0 && at < size;
  const end = step < 0 ? 0 : size - 1;
  digits[d] = inside(position + step) ? position + step : inside(position - step) ? position - step : end;
}
