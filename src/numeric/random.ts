/**
 * Seeded random numbers: xoshiro128** (Blackman and Vigna, 2018), state filled by splitmix32; 32-bit integer arithmetic only.
 * Normal deviates by Marsaglia's polar method with this folder's own logarithm, so a seed gives the same bytes on every machine.
 */
import { portableLn } from './logarithm.js';

/** A reproducible stream of random numbers. */
export interface Random {
  /** Uniform in [0, 1), a multiple of 2^-32. */
  readonly uniform: () => number;
  /** Uniform integer in [0, bound), bound <= 2^32, without bias beyond 2^-32 bound. */
  readonly integer: (bound: number) => number;
  /** Standard normal deviate. */
  readonly normal: () => number;
}

/** A generator for a seed, an integer in [0, 2^53). */
export function seededRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`a seed is an integer in [0, 2^53), got ${seed}`);
  const next = xoshiro128(seed);
  const uniform = (): number => next() / 2 ** 32;
  let spare: number | undefined;
  return {
    uniform,
    integer: (bound) => Math.floor(uniform() * bound),
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      for (;;) {
        const u = 2 * uniform() - 1;
        const v = 2 * uniform() - 1;
        const square = u * u + v * v;
        if (square >= 1 || square === 0) continue;
        const factor = Math.sqrt((-2 * portableLn(square)) / square);
        spare = v * factor;
        return u * factor;
      }
    },
  };
}

function xoshiro128(seed: number): () => number {
  const fill = splitmix32((seed ^ Math.floor(seed / 2 ** 32)) >>> 0);
  let [a, b, c, d] = [fill(), fill(), fill(), fill()];
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return result;
  };
}

function rotateLeft(x: number, count: number): number {
  return (x << count) | (x >>> (32 - count));
}

function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}
