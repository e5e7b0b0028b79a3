import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNamed } from '../../src/formats/index.js';
import { LowbitError } from '../../src/lowbit-error.js';
import { lqer } from '../../src/pe/lqer.js';
import type { GroupScales } from '../../src/pe/processing-element.js';
import { codePairs, shareOfBound } from './exact-product.js';

const [int4, int8, e8m0] = [formatNamed('int4'), formatNamed('int8'), formatNamed('e8m0')];

function exponents(codes: readonly number[], size = 16): GroupScales {
  return { size, format: e8m0, codes };
}

describe('lqer', () => {
  const codes = fc.array(fc.integer({ min: 127 - 20, max: 127 + 20 }), { minLength: 4, maxLength: 4 });

  it('adds blocks under their shared exponents within the bound, whichever operand has them', () => {
    fc.assert(
      fc.property(codePairs(int4, int8, 64), codes, codes, fc.constantFrom('both', 'weight', 'activation'), ([w, a], ew, ea, side) => {
        const weight = side === 'activation' ? w : { ...w, groupScales: exponents(ew) };
        const activation = side === 'weight' ? a : { ...a, groupScales: exponents(ea) };
        expect(shareOfBound(weight, activation, lqer.dot(weight, activation))).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is exact while the blocks have one exponent', () => {
    fc.assert(
      fc.property(codePairs(int4, int8, 64), fc.integer({ min: 0, max: 200 }), ([w, a], code) => {
        const weight = { ...w, groupScales: exponents([code, code, code, code]) };
        const { value, roundingBound } = lqer.dot(weight, a);
        expect([value, roundingBound]).toEqual([lqer.dot(w, a).value * e8m0.decode(code) + 0, 0]);
      }),
    );
  });

  it('keeps a bound at both ends of the range of exponents, and refuses a sum beyond it', () => {
    const vectors = (e: number) => [{ format: int4, codes: [7], groupScales: exponents([e]) }, { format: int8, codes: [127], groupScales: exponents([e]) }] as const; // prettier-ignore
    const tiny = lqer.dot(...vectors(0));
    expect([tiny.value, tiny.roundingBound]).toEqual([0, 2 ** -150]);
    expect(() => lqer.dot(...vectors(254))).toThrow(/beyond single precision/);
    expect(() => lqer.dot(...vectors(255))).toThrow(LowbitError);
  });

  it('takes weights of more than 4 bits in two cycles, to the same number', () => {
    fc.assert(
      fc.property(codePairs(int8, int8, 64), ([w, a]) => {
        const exact = Array.from(w.codes).reduce((sum, code, i) => sum + int8.decode(code) * int8.decode(a.codes[i]!), 0);
        expect(lqer.dot(w, a)).toEqual({ value: exact + 0, cycles: 2 * w.codes.length, roundingBound: 0 });
      }),
    );
    expect([4, 5, 8].map((bits) => lqer.terms(bits))).toEqual([1, 2, 2]);
  });

  it('refuses blocks of two sizes and scales that are no shared exponents', () => {
    const w = { format: int4, codes: [1], groupScales: exponents([127], 16) };
    expect(() => lqer.dot(w, { format: int8, codes: [1], groupScales: exponents([127], 32) })).toThrow(/one size: 16 and 32/);
    const integers = { size: 16, format: formatNamed('uint8'), codes: [3] };
    expect(() => lqer.dot({ ...w, groupScales: integers }, { format: int8, codes: [1] })).toThrow(/expected one of: e8m0/);
  });
});
