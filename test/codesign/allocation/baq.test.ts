import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { baqGain, baqRates, levelCounts } from '../../../src/codesign/allocation/baq-rates.js';
import { allocate } from '../../../src/codesign/allocation/index.js';

const coefficients = fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { minLength: 1, maxLength: 20 });

describe('the closed form of BAQ', () => {
  it('gives every column the same loss and keeps the mean rate', () => {
    fc.assert(
      fc.property(coefficients, (c) => {
        const rates = baqRates(c, 4);
        const losses = c.map((value, j) => value * 2 ** (-2 * rates[j]!));
        for (const loss of losses) expect(loss / losses[0]!).toBeCloseTo(1, 9);
        expect(rates.reduce((sum, rate) => sum + rate, 0) / c.length).toBeCloseTo(4, 9);
      }),
    );
  });

  it('gains geometric over arithmetic mean on uniform bits', () => {
    fc.assert(
      fc.property(coefficients, (c) => {
        const total = (rates: ArrayLike<number>): number => c.reduce((sum, value, j) => sum + value * 2 ** (-2 * rates[j]!), 0);
        expect(total(baqRates(c, 4)) / total(c.map(() => 4))).toBeCloseTo(baqGain(c), 9);
        expect(baqGain(c)).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
    expect(baqGain([1, 4])).toBeCloseTo(2 / 2.5, 12);
    expect(Array.from(baqRates([1, 4], 3))).toEqual([2.5, 3.5]);
  });

  it('beats every other split of the same rate', () => {
    fc.assert(
      fc.property(coefficients, fc.double({ min: -0.5, max: 0.5, noNaN: true }), (c, moved) => {
        const rates = baqRates(c, 4);
        const other = rates.map((rate, j) => (j === 0 ? rate + moved : j === c.length - 1 && j > 0 ? rate - moved : rate));
        if (c.length === 1) return;
        const total = (values: ArrayLike<number>): number => c.reduce((sum, value, j) => sum + value * 2 ** (-2 * values[j]!), 0);
        expect(total(other)).toBeGreaterThanOrEqual(total(rates) * (1 - 1e-12));
      }),
    );
  });

  it('gives no bits to columns that would get fewer than none, and shares the rest', () => {
    expect(Array.from(baqRates([1, 1, 2 ** -20], 1))).toEqual([1.5, 1.5, 0]);
    expect(Array.from(baqRates([0, 1], 1))).toEqual([0, 2]);
  });

  it('equalizes the loss per weight where columns differ in size', () => {
    const rates = baqRates([8, 1], 3, { sizes: [2, 1] });
    expect((8 / 2) * 2 ** (-2 * rates[0]!)).toBeCloseTo(2 ** (-2 * rates[1]!), 12);
    expect((2 * rates[0]! + rates[1]!) / 3).toBeCloseTo(3, 12);
  });

  it('rounds level counts, at least one', () => {
    expect(Array.from(levelCounts([0, 0.4, Math.log2(3), 3.9]))).toEqual([1, 1, 3, 15]);
  });

  it('refuses a mean rate below zero', () => {
    expect(() => baqRates([1], -0.1)).toThrow(/mean rate is below zero: -0.1/);
  });
});

describe('BAQ over items', () => {
  it('moves bits to the item with the larger coefficient at the same budget', async () => {
    const bits = [2, 3, 4, 5, 6];
    const scale = [1, 256];
    const error = Float64Array.from(scale.flatMap((c) => bits.map((b) => c * 2 ** (-2 * b))));
    const cost = Float64Array.from(scale.flatMap(() => bits));
    const problem = {
      items: scale.map((_, i) => ({ name: `${i}`, weights: 1 })),
      options: bits.map((b) => `int${b}`),
      error,
      cost,
      budget: 8,
      signals: { codeBits: Float64Array.from(bits) },
    };
    // log2(256) / 2 = 4 bits apart: 2 and 6.
    expect(Array.from((await allocate('baq', problem)).choice)).toEqual([0, 4]);
    expect((await allocate('ilp', problem)).choice).toEqual((await allocate('baq', problem)).choice);
    expect((await allocate('uniform', problem)).choice).toEqual(Int32Array.of(2, 2));
  });

  it('takes an error measured below zero as none, whatever its size', async () => {
    const bits = [2, 3, 4];
    const allocated = async (measured: number): Promise<number[]> => {
      const problem = {
        items: ['a', 'b'].map((name) => ({ name, weights: 1 })),
        options: bits.map((b) => `int${b}`),
        error: Float64Array.of(0.3, measured, 0.02, 0.3, 0.08, 0.02),
        cost: Float64Array.of(...bits, ...bits),
        budget: 6,
        signals: { codeBits: Float64Array.from(bits) },
      };
      return Array.from((await allocate('baq', problem, { options: { reference: 'int3' } })).choice);
    };
    expect(await allocated(0.08)).toEqual([1, 1]);
    for (const below of [0, -0.001, -1]) expect(await allocated(below)).toEqual([0, 2]);
  });
});
