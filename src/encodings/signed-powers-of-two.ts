/**
 * The canonical signed-digit form: an integer as the fewest signed powers of two, no two of them neighbours.
 * Formula: while v != 0: an odd v gives the digit d = 2 - (v mod 4), v := v - d; then v := v / 2.
 * Source: Reitwiesner 1960; the K-hot weights of QFX are integers of at most K such digits.
 */

export interface SignedPowerOfTwo {
  readonly sign: 1 | -1;
  readonly shift: number;
}

/** Digits of an integer below 2^30 in magnitude, lowest first; none of 0. Throws RangeError for other numbers. */
export function signedPowersOfTwo(value: number): SignedPowerOfTwo[] {
  if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 30) throw new RangeError(`no signed digits of ${value}`);
  const digits: SignedPowerOfTwo[] = [];
  let rest = value;
  for (let shift = 0; rest !== 0; shift++, rest /= 2) {
    if (rest % 2 === 0) continue;
    const sign = (rest & 3) === 1 ? 1 : -1;
    digits.push({ sign, shift });
    rest -= sign;
  }
  return digits;
}
