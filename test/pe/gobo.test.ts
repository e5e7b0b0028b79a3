import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNamed } from '../../src/formats/index.js';
import { LowbitError } from '../../src/lowbit-error.js';
import { gobo } from '../../src/pe/gobo.js';
import { codePairs, shareOfBound } from './exact-product.js';

const [int3, fp16] = [formatNamed('int3'), formatNamed('fp16')];

describe('gobo', () => {
  it('takes outliers from their list instead of the table, within the bound', () => {
    const outlier = fc.tuple(fc.nat(29), fc.float({ min: -8, max: 8, noNaN: true, noDefaultInfinity: true }));
    const outliers = fc.uniqueArray(outlier, { selector: ([index]) => index, maxLength: 5 });
    fc.assert(
      fc.property(codePairs(formatNamed('nf4'), fp16, 30), outliers, ([plain, activation], drawn) => {
        const inside = drawn.filter(([index, value]) => index < plain.codes.length && Math.abs(value) > 2 ** -40);
        const weight = { ...plain, outliers: inside.map(([index, value]) => ({ index, value })) };
        const result = gobo.dot(weight, activation);
        expect(shareOfBound(weight, activation, result)).toBeLessThanOrEqual(1);
        expect(result.cycles).toBe(Math.max(plain.codes.length, 64 * inside.length));
      }),
    );
  });

  it('waits for the shared outlier multiplier from one outlier in 64 weights on', () => {
    const cycles = (k: number, count: number) => {
      const outliers = Array.from({ length: count }, (_, index) => ({ index, value: 9 }));
      return gobo.dot({ format: int3, codes: Array<number>(k).fill(1), outliers }, { format: fp16, codes: Array<number>(k).fill(0) })
        .cycles;
    };
    expect([cycles(128, 2), cycles(127, 2), cycles(64, 2)]).toEqual([128, 128, 128]);
    expect(cycles(129, 2)).toBe(129);
  });

  it('adds integers in its bins without any rounding', () => {
    fc.assert(
      fc.property(codePairs(int3, formatNamed('int8'), 200), ([w, a]) => {
        expect(gobo.dot(w, a).roundingBound).toBe(0);
        expect(shareOfBound(w, a, gobo.dot(w, a))).toBe(0);
      }),
    );
  });

  it('refuses outliers of activations, outliers beyond single precision, and places outside the vector', () => {
    const w = { format: int3, codes: [1] };
    const a = { format: fp16, codes: [1] };
    expect(() => gobo.dot(w, { ...a, outliers: [{ index: 0, value: 1 }] })).toThrow(LowbitError);
    expect(() => gobo.dot({ ...w, outliers: [{ index: 0, value: 0.1 }] }, a)).toThrow(/single precision/);
    expect(() => gobo.dot({ ...w, outliers: [{ index: 0, value: Infinity }] }, a)).toThrow(LowbitError);
    expect(() => gobo.dot({ ...w, outliers: [{ index: 1, value: 1 }] }, a)).toThrow(RangeError);
    expect(() => gobo.dot({ ...w, codes: [8] }, a)).toThrow(RangeError);
    const huge = { ...w, outliers: [{ index: 0, value: 2 ** 127 }] };
    expect(gobo.dot(huge, { format: fp16, codes: [fp16.encode(1)] }).value).toBe(2 ** 127);
    expect(() => gobo.dot(huge, { format: fp16, codes: [fp16.encode(2)] })).toThrow(/beyond single precision/);
  });
});
