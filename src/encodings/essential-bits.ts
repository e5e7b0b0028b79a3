/**
 * Essential bits: the ones of a magnitude, which is all a term-serial PE steps through; zero bits cost nothing.
 * Formula: value = sign * sum 2^(offset_t), offsets rising. Source: Bit-Pragmatic, MICRO 2017, section II (oneffsets).
 * Left out: its improved encoding, signed offsets that need fewer terms (7 = 8 - 1).
 */

/** A signed power of two: one step of a lane. */
export interface SignedPower {
  readonly sign: 1 | -1;
  readonly offset: number;
}

/** Terms of an integer, lowest offset first; none of 0. Throws RangeError for other numbers. */
export function essentialBits(value: number): SignedPower[] {
  if (!Number.isSafeInteger(value)) throw new RangeError(`essential bits of ${value}`);
  const sign = value < 0 ? -1 : 1;
  const terms: SignedPower[] = [];
  for (let rest = Math.abs(value), offset = 0; rest > 0; rest = Math.floor(rest / 2), offset++)
    if (rest % 2 === 1) terms.push({ sign, offset });
  return terms;
}
