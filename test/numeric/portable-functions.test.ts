/** Are the exponential, sine and transform of the forward pass what they say, to the bound they state? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../property-seed.js';
import { fastExp } from '../../src/numeric/fast-exp.js';
import { hadamardInPlace } from '../../src/numeric/hadamard.js';
import { cosineAndSine } from '../../src/numeric/sine.js';

describe('the exponential for hot loops', () => {
  it('has a relative error below 1e-13 between -700 and 700', () => {
    fc.assert(
      fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (y) => {
        expect(Math.abs(fastExp(y) / Math.exp(y) - 1)).toBeLessThan(1e-13);
      }),
      { numRuns: 2000 },
    );
  });

  it('is 1 at 0, and 0 or infinite beyond its range', () => {
    expect(fastExp(0)).toBe(1);
    expect([fastExp(-701), fastExp(701), fastExp(-Infinity), fastExp(Infinity)]).toEqual([0, Infinity, 0, Infinity]);
  });
});

describe('sine and cosine', () => {
  it('are within 1e-15 of those of the machine up to 2^20', () => {
    fc.assert(
      fc.property(fc.double({ min: -(2 ** 20), max: 2 ** 20, noNaN: true }), (x) => {
        const [cosine, sine] = cosineAndSine(x);
        expect(Math.abs(cosine - Math.cos(x))).toBeLessThan(1e-15);
        expect(Math.abs(sine - Math.sin(x))).toBeLessThan(1e-15);
      }),
      { numRuns: 2000 },
    );
  });

  it('turn a quarter exactly, and refuse what lies beyond', () => {
    expect(cosineAndSine(0)).toEqual([1, 0]);
    expect(() => cosineAndSine(2 ** 20 + 1)).toThrow(RangeError);
    expect(() => cosineAndSine(NaN)).toThrow(RangeError);
  });
});

describe('the Walsh-Hadamard transform', () => {
  it('multiplies every block with the matrix of its definition', () => {
    const block = 8;
    const data = Float32Array.from({ length: 16 }, (_, i) => Math.sin(i + 1));
    const byDefinition = Array.from(data, (_, at) => {
      const [base, i] = [at - (at % block), at % block];
      let sum = 0;
      for (let j = 0; j < block; j++) sum += (bitsSet(i & j) % 2 === 0 ? 1 : -1) * (data[base + j] ?? NaN);
      return sum / Math.sqrt(block);
    });
    hadamardInPlace(data, block);
    for (const [i, value] of byDefinition.entries()) expect(data[i]).toBeCloseTo(value, 6);
  });

  it('undoes itself to rounding and keeps the length of a vector', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 64, maxLength: 64 }), (values) => {
        const data = Float32Array.from(values);
        hadamardInPlace(data, 32);
        const length = data.reduce((sum, value) => sum + value * value, 0);
        expect(length).toBeCloseTo(
          values.reduce((sum, value) => sum + value * value, 0),
          3,
        );
        hadamardInPlace(data, 32);
        for (const [i, value] of values.entries()) expect(Math.abs((data[i] ?? NaN) - value)).toBeLessThan(1e-5);
      }),
    );
  });

  it('refuses blocks that are no power of two or do not divide the length', () => {
    expect(() => hadamardInPlace(new Float32Array(12), 12)).toThrow(RangeError);
    expect(() => hadamardInPlace(new Float32Array(12), 8)).toThrow(RangeError);
    expect(() => hadamardInPlace(new Float32Array(12), 0)).toThrow(RangeError);
    expect(() => hadamardInPlace(new Float32Array(12), 1.5)).toThrow(RangeError);
  });
});

function bitsSet(x: number): number {
  return x === 0 ? 0 : (x & 1) + bitsSet(x >> 1);
}
