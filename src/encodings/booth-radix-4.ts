/**
 * Booth radix-4 recoding: a two's complement integer as ceil(bits/2) digits of -2..2, one per serial step.
 * Formula: d_i = b_(2i-1) + b_(2i) - 2 b_(2i+1), value = sum d_i 4^i, with b_(-1) = 0 and the sign extended.
 * Source: Booth 1951, MacSorley 1961; used by BitMoD, HPCA 2025, section IV for INT8 (4 steps), INT6 and INT5 (3).
 */

/** Digits of `value`, least significant first. Throws RangeError when it does not fit in `bits`. */
export function boothDigits(value: number, bits: number): number[] {
  if (!Number.isInteger(value) || value < -(2 ** (bits - 1)) || value >= 2 ** (bits - 1))
    throw new RangeError(`${value} is no ${bits}-bit integer`);
  return Array.from({ length: Math.ceil(bits / 2) }, (_, i) => {
    const bit = (position: number) => (position < 0 ? 0 : (value >> position) & 1);
    return bit(2 * i - 1) + bit(2 * i) - 2 * bit(2 * i + 1);
  });
}
