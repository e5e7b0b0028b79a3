/**
 * Latin hypercube sample on integer axes: with n points every position of a dimension of size s is used floor(n / s) or ceil(n / s) times, and no
 * point twice.
 * Source: McKay, Beckman and Conover, Technometrics 21 (1979); here with cells as wide as a position of the axis.
 * Start: the first n steps of the diagonal walk (1, 1, ...) around the torus of positions, a new walk begun in an unused coset whenever one closes:
 * balanced and distinct for every n. Then positions are relabelled at random, and one Fisher-Yates pass per dimension swaps digits between
 * points wherever both stay new. For sparse samples nearly every swap is, and the columns are random permutations as in the paper.
 * Conditions: digits they keep out are put at 0, what that makes equal is replaced by random points; balance then holds only nearly.
 */
import { LowbitError } from '../../lowbit-error.js';
import { seededRandom, type Random } from '../../numeric/random.js';
import type { Space } from '../plan/space.js';
import { keyedPermutation } from './keyed-permutation.js';
import type { PointSequence } from './point-sequence.js';
import { settler } from './settle.js';

/** Points a sequence that remembers them may have. @internal */
export const MOST_REMEMBERED = 2 ** 20;

export function latinHypercubeSequence(space: Space, evaluations: number, seed: number): PointSequence {
  const points = latinHypercubePoints(space, rememberedLength('latin-hypercube', space, evaluations), seededRandom(seed));
  return { length: points.length, points: (from, to) => points.slice(from, to) };
}

/** Points of a sequence that remembers them. Throws LowbitError when they are too many. */
export function rememberedLength(strategy: string, space: Space, evaluations: number): number {
  const length = Math.min(evaluations, space.size);
  if (length <= MOST_REMEMBERED) return length;
  throw new LowbitError(`${strategy} remembers its points and takes at most ${MOST_REMEMBERED} of them`, {
    value: String(length),
    place: 'strategy.evaluations',
    remedy: 'random has no such limit',
  });
}

function latinHypercubePoints(space: Space, count: number, random: Random): Float64Array {
  const dimensions = space.sizes.length;
  const settle = settler(space);
  const digits = latinHypercube(space.sizes, Math.min(count, space.rawSize), random);
  const points = new Set<number>();
  for (let i = 0; i < count; i++) {
    const point = digits.subarray(i * dimensions, (i + 1) * dimensions);
    settle(point);
    points.add(space.pointOf(point));
  }
  fillUp(points, count, space, random);
  return Float64Array.from(points);
}

/** Adds random points that exist until there are `count` (at most the size of the space). */
export function fillUp(points: Set<number>, count: number, space: Space, random: Random): void {
  if (points.size >= count) return;
  const rankAt = keyedPermutation(space.size, random);
  for (let position = 0; points.size < count; position++) points.add(space.nth(rankAt(position)));
}

/** Digits of `count` distinct points of a box without holes, row by row; `count` is at most the product of the sizes. */
export function latinHypercube(sizes: readonly number[], count: number, random: Random): Int32Array {
  const dimensions = sizes.length;
  const digits = diagonalWalk(sizes, count);
  for (let d = 0; d < dimensions; d++) {
    const labels = shuffled(sizes[d]!, random);
    for (let i = d; i < digits.length; i += dimensions) digits[i] = labels[digits[i]!]!;
  }
  swapDigits(digits, sizes, random);
  return digits;
}

function diagonalWalk(sizes: readonly number[], count: number): Int32Array {
  let period = 1;
  // Cosets of the walk: dimension d starts at one of gcd(period of the dimensions before it, its size) positions.
  const starts = sizes.map((size) => {
    const common = greatestCommonDivisor(period, size);
    period = (period / common) * size;
    return common;
  });
  const digits = new Int32Array(count * sizes.length);
  for (let i = 0; i < count; i++) {
    let coset = Math.floor(i / period);
    for (const [d, size] of sizes.entries()) {
      const start = coset % starts[d]!;
      coset = (coset - start) / starts[d]!;
      digits[i * sizes.length + d] = (start + (i % period)) % size;
    }
  }
  return digits;
}

function swapDigits(digits: Int32Array, sizes: readonly number[], random: Random): void {
  const dimensions = sizes.length;
  const count = digits.length / Math.max(1, dimensions);
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    for (let d = 0; d < dimensions; d++) numbers[i] = numbers[i]! * sizes[d]! + digits[i * dimensions + d]!;
  }
  const taken = new Set(numbers);
  let stride = 1;
  for (let d = dimensions - 1; d >= 0; d--) {
    for (let i = count - 1; i > 0; i--) {
      const j = random.integer(i + 1);
      const [mine, other] = [digits[i * dimensions + d]!, digits[j * dimensions + d]!];
      if (mine === other) continue;
      const moved = numbers[i]! + (other - mine) * stride;
      const exchanged = numbers[j]! + (mine - other) * stride;
      if (taken.has(moved) || taken.has(exchanged)) continue;
      taken.delete(numbers[i]!);
      taken.delete(numbers[j]!);
      taken.add(moved).add(exchanged);
      numbers[i] = moved;
      numbers[j] = exchanged;
      digits[i * dimensions + d] = other;
      digits[j * dimensions + d] = mine;
    }
    stride *= sizes[d]!;
  }
}

function shuffled(size: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: size }, (_, i) => i);
  for (let i = size - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
