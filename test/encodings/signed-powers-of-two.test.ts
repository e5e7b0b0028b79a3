import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signedPowersOfTwo } from '../../src/encodings/signed-powers-of-two.js';

describe('the signed powers of two of an integer', () => {
  it('add up to it, with no two neighbours', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 30) + 1, max: 2 ** 30 - 1 }), (value) => {
        const digits = signedPowersOfTwo(value);
        expect(digits.reduce((sum, { sign, shift }) => sum + sign * 2 ** shift, 0)).toBe(value + 0);
        digits.slice(1).forEach(({ shift }, i) => expect(shift - digits[i]!.shift).toBeGreaterThan(1));
      }),
    );
  });

  it('are as few as any sum of signed powers can be', () => {
    const powers = Array.from({ length: 9 }, (_, i) => [2 ** i, -(2 ** i)]).flat();
    let reach = new Set([0]);
    for (let count = 0; count <= 3; count++) {
      for (const value of reach) if (Math.abs(value) < 256) expect(signedPowersOfTwo(value).length).toBeLessThanOrEqual(count);
      reach = new Set([...reach].flatMap((value) => powers.map((power) => value + power)));
    }
  });

  it('exist for integers below 2^30 only', () => {
    expect(signedPowersOfTwo(2 ** 30 - 1).length).toBe(2);
    for (const value of [2 ** 30, -(2 ** 30), 0.5, NaN]) expect(() => signedPowersOfTwo(value)).toThrow(RangeError);
  });
});
