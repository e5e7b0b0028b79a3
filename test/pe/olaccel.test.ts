import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNamed } from '../../src/formats/index.js';
import { LowbitError } from '../../src/lowbit-error.js';
import { olaccel } from '../../src/pe/olaccel.js';

const int4 = formatNamed('int4');
const uint8 = formatNamed('uint8');

/** Code words, some of whose places hold an outlier of 16 bits instead. */
const elements = (codes: number) =>
  fc.array(
    fc.record({
      code: fc.integer({ min: 0, max: codes - 1 }),
      outlier: fc.option(fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }), { freq: 5 }),
    }),
    { minLength: 20, maxLength: 20 },
  );
type Elements = readonly { readonly code: number; readonly outlier: number | null }[];

function vectorOf(format: typeof int4, list: Elements) {
  const outliers = list.flatMap(({ outlier }, index) => (outlier === null ? [] : [{ index, value: outlier }]));
  return { format, codes: list.map(({ code }) => code), outliers };
}

describe('the OLAccel element', () => {
  it('adds the outliers of either side exactly, at the price of 16 cycles each', () => {
    fc.assert(
      fc.property(elements(16), elements(256), (weights, activations) => {
        const w = weights.map(({ code, outlier }) => outlier ?? int4.decode(code));
        const a = activations.map(({ code, outlier }) => outlier ?? uint8.decode(code));
        const exact = w.reduce((sum, value, i) => sum + value * a[i]!, 0);
        const outlierProducts = w.filter((_, i) => weights[i]!.outlier !== null || activations[i]!.outlier !== null).length;
        try {
          const { value, cycles, roundingBound } = olaccel.dot(vectorOf(int4, weights), vectorOf(uint8, activations));
          expect(value + 0).toBe(exact + 0);
          expect(cycles).toBe(Math.max(20, 16 * outlierProducts));
          expect(roundingBound).toBe(0);
        } catch (error) {
          // Three products of two outliers can fill the accumulator.
          if (!(error instanceof LowbitError)) throw error;
          expect(error.what).toBe('sum beyond the 32-bit accumulator');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps its dense pace up to one outlier in 16 elements', () => {
    const codes = new Array<number>(32).fill(1);
    const dense = { format: int4, codes };
    const with_ = (...places: number[]) => ({ ...dense, outliers: places.map((index) => ({ index, value: 1000 })) });
    expect(olaccel.dot(dense, dense).cycles).toBe(32);
    expect(olaccel.dot(with_(0, 31), dense)).toEqual({ value: 2030, cycles: 32, roundingBound: 0 });
    expect(olaccel.dot(with_(0, 31), with_(0, 31)).cycles).toBe(32);
    expect(olaccel.dot(with_(0, 31), with_(1)).cycles).toBe(48);
  });

  it('refuses outliers that are no 16-bit integers, takes those at the ends', () => {
    const one = (value: number) => olaccel.dot({ format: int4, codes: [0], outliers: [{ index: 0, value }] }, { format: int4, codes: [1] });
    expect(one(32767).value).toBe(32767);
    expect(one(-32768).value).toBe(-32768);
    for (const value of [32768, -32769, 0.5, NaN]) expect(() => one(value)).toThrow(/outlier that is no 16-bit integer in units of int4/);
  });

  it('fills its accumulator to -2^31 and not one more', () => {
    const products = (count: number) => {
      const codes = new Array<number>(count).fill(0);
      const outliers = (value: number) => codes.map((_, index) => ({ index, value }));
      return olaccel.dot({ format: int4, codes, outliers: outliers(-(2 ** 15)) }, { format: int4, codes, outliers: outliers(2 ** 14) })
        .value;
    };
    expect(products(4)).toBe(-(2 ** 31));
    expect(() => products(5)).toThrow(/sum beyond the 32-bit accumulator: -2684354560/);
  });

  it('refuses a place outside the vector, and one that is given twice', () => {
    const at =
      (...places: number[]) =>
      () =>
        olaccel.dot(
          { format: int4, codes: [0, 0], outliers: places.map((index) => ({ index, value: 9 })) },
          { format: int4, codes: [1, 1] },
        );
    expect(at(2)).toThrow('outlier at 2 of 2 elements, each place once');
    expect(at(-1)).toThrow(RangeError);
    expect(at(1, 1)).toThrow(RangeError);
  });
});
