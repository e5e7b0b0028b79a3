/**
 * Sobol sequence on integer axes: low discrepancy, any prefix is spread evenly.
 * Source: Joe and Kuo (joe-kuo.ts); recurrence and Gray-code order of Antonov and Saleev (1979) as in Bratley and Fox, Algorithm 659 (1988):
 *   m_k = 2 a_1 m_(k-1) xor ... xor 2^s m_(k-s) xor m_(k-s),   v_k = m_k 2^(32-k),   x_(i+1) = x_i xor v_(position of the lowest zero bit of i)
 * A digital shift by the seed (x xor a random word per dimension, Cranley-Patterson in base 2) gives each seed its own sequence; the word x
 * becomes position floor(x size / 2^32). Digits that conditions keep out are put at 0. Points that come again are dropped; what a long run does
 * not find is filled up with random points.
 */
import { LowbitError } from '../../lowbit-error.js';
import { seededRandom } from '../../numeric/random.js';
import type { Space } from '../plan/space.js';
import { joeKuo } from './joe-kuo.js';
import { fillUp, rememberedLength } from './latin-hypercube.js';
import type { PointSequence } from './point-sequence.js';
import { settler } from './settle.js';

const BITS = 32;
/** Steps of the sequence for each point wanted before random points fill the gaps. */
const PATIENCE = 16;

export function sobolSequence(space: Space, evaluations: number, seed: number): PointSequence {
  const count = rememberedLength('sobol', space, evaluations);
  const random = seededRandom(seed);
  const shift = Uint32Array.from(space.sizes, () => random.integer(2 ** 32));
  const next = sobolWords(space.sizes.length);
  const settle = settler(space);
  const digits = new Int32Array(space.sizes.length);
  const points = new Set<number>();
  for (let steps = 0; points.size < count && steps < PATIENCE * count; steps++) {
    const words = next();
    for (let d = 0; d < digits.length; d++) digits[d] = Math.floor((((words[d]! ^ shift[d]!) >>> 0) * space.sizes[d]!) / 2 ** BITS);
    settle(digits);
    points.add(space.pointOf(digits));
  }
  fillUp(points, count, space, random);
  const list = Float64Array.from(points);
  return { length: list.length, points: (from, to) => list.slice(from, to) };
}

/** The sequence without shift: each call gives the next point as 32-bit fractions (the same array, changed in place), from the origin on. @internal */
export function sobolWords(dimensions: number): () => Uint32Array {
  if (dimensions > joeKuo.length + 1) {
    throw new LowbitError(`sobol has direction numbers for ${joeKuo.length + 1} dimensions`, {
      value: String(dimensions),
      place: 'axes',
      remedy: 'use latin-hypercube or random',
    });
  }
  const directions = Array.from({ length: dimensions }, (_, d) => directionNumbers(d));
  const words = new Uint32Array(dimensions);
  let index = -1;
  return () => {
    index++;
    if (index === 0) return words;
    // Lowest zero bit of the index before, which is the lowest set bit of this one.
    const bit = 31 - Math.clz32(index & -index);
    for (let d = 0; d < dimensions; d++) words[d]! ^= directions[d]![bit]!;
    return words;
  };
}

/** v_1 .. v_32 of a dimension counted from 0. */
function directionNumbers(dimension: number): Uint32Array {
  if (dimension === 0) return Uint32Array.from({ length: BITS }, (_, k) => 2 ** (BITS - 1 - k));
  const { a, m } = joeKuo[dimension - 1]!;
  const degree = m.length;
  const v = new Uint32Array(BITS);
  for (let k = 0; k < BITS; k++) {
    if (k < degree) {
      v[k] = m[k]! * 2 ** (BITS - 1 - k);
      continue;
    }
    let word = v[k - degree]! ^ (v[k - degree]! >>> degree);
    for (let i = 1; i < degree; i++) if ((a >> (degree - 1 - i)) & 1) word ^= v[k - i]!;
    v[k] = word;
  }
  return v;
}
