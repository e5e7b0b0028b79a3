/**
 * A keyed permutation of 0 .. size-1: position -> number and no memory, so that a sample without repetition of any space can be read from anywhere.
 * Source: Black and Rogaway, "Ciphers with arbitrary finite domains" (CT-RSA 2002): a generalised Feistel network on pairs (left, right) of
 * Z_a x Z_b with a b >= size, left += F(right) mod a, right += F(left) mod b, and cycle walking: numbers past the end are permuted on until one
 * falls inside. F is the finalizer of MurmurHash3 (Appleby) over the key of the round.
 * Left out: security; eight rounds mix well enough for samples.
 */
import type { Random } from '../../numeric/random.js';

const ROUNDS = 8;

/** A permutation of the integers below `size` (1 to 2^53), chosen by the random stream. */
export function keyedPermutation(size: number, random: Random): (position: number) => number {
  if (!(size >= 1 && size <= 2 ** 53)) throw new RangeError(`a permutation of ${size} numbers`);
  const keys = Uint32Array.from({ length: ROUNDS }, () => random.integer(2 ** 32));
  const a = Math.ceil(Math.sqrt(size));
  const b = Math.ceil(size / a);
  const pass = (number: number): number => {
    let left = number % a;
    let right = Math.floor(number / a);
    for (let round = 0; round < ROUNDS; round += 2) {
      left = (left + mixed(right, keys[round]!)) % a;
      right = (right + mixed(left, keys[round + 1]!)) % b;
    }
    return right * a + left;
  };
  return (position) => {
    let number = pass(position);
    while (number >= size) number = pass(number);
    return number;
  };
}

function mixed(value: number, key: number): number {
  let hash = Math.imul(value ^ key, 0x9e3779b1) ^ key;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
