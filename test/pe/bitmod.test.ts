import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNamed } from '../../src/formats/index.js';
import { bitSerialDequantizer } from '../../src/pe/datapath/bitmod-dequantization.js';
import { bitmod } from '../../src/pe/bitmod.js';
import { bitSerialTerms, type CodeVector } from '../../src/pe/processing-element.js';
import { codePairs, finiteCode, shareOfBound } from './exact-product.js';

const fp16 = formatNamed('fp16');
const stallLaw = (group: number, terms: number, scale_bits: number) => bitmod.dequantStall_cycles?.(group, terms, scale_bits);
const weights = ['fp3-er+', 'fp3-ea-', 'fp4-er-', 'fp4-ea+', 'int3', 'int5', 'int6', 'int8'].map(formatNamed);

function halves(...values: number[]): CodeVector {
  return { format: fp16, codes: values.map(fp16.encode) };
}

function integers(name: string, ...values: number[]): CodeVector {
  return { format: formatNamed(name), codes: values.map(formatNamed(name).encode) };
}

describe('the bitmod datapath', () => {
  it('keeps three guard bits: a product three binades below the largest is exact, one four below is rounded half to even', () => {
    const odd = (exponent: number) => 2 ** exponent * (1 + 2 ** -10);
    const w = integers('int2', 1, 1, 0, 0);
    expect(bitmod.dot(w, halves(1, odd(-3), 0, 0))).toEqual({ value: 1 + odd(-3), cycles: 1, roundingBound: 0 });
    // 2^-14 is half of the last guard bit: half to even drops it, three times it goes up.
    expect(bitmod.dot(w, halves(1, odd(-4), 0, 0))).toEqual({ value: 1 + 2 ** -4, cycles: 1, roundingBound: 2 ** -14 });
    expect(bitmod.dot(w, halves(1, 2 ** -4 * (1 + 3 * 2 ** -10), 0, 0)).value).toBe(1 + 2 ** -4 * (1 + 2 ** -8));
  });

  it('aligns four lanes at a time: the same products apart lose nothing', () => {
    const small = 2 ** -4 * (1 + 2 ** -10);
    const together = bitmod.dot(integers('int2', 1, 1, 0, 0, 0, 0, 0, 0), halves(1, small, 0, 0, 0, 0, 0, 0));
    const apart = bitmod.dot(integers('int2', 1, 0, 0, 0, 1, 0, 0, 0), halves(1, 0, 0, 0, small, 0, 0, 0));
    expect([together.value === 1 + small, apart.value === 1 + small]).toEqual([false, true]);
  });

  it('aligns to the largest activation of the lanes even where the weight bit is 0', () => {
    const small = 2 ** -4 * (1 + 2 ** -10);
    expect(bitmod.dot(integers('int2', 0, 1), halves(1, small)).value).toBe(2 ** -4);
    expect(bitmod.dot(integers('int2', 1, 1), halves(0, small)).value).toBe(small);
  });

  it('multiplies subnormal activations', () => {
    expect(bitmod.dot(integers('int8', -77), halves(2 ** -24)).value).toBe(-77 * 2 ** -24);
  });

  it('takes the steps of four weights times the terms of the format', () => {
    const cycles = (name: string, k: number) =>
      bitmod.dot(integers(name, ...Array<number>(k).fill(1)), halves(...Array<number>(k).fill(1))).cycles;
    expect([cycles('fp3-er+', 128), cycles('fp4-er+', 128), cycles('int6', 128), cycles('int8', 128)]).toEqual([64, 64, 96, 128]);
    expect([cycles('int8', 4), cycles('int8', 5)]).toEqual([4, 8]);
  });
});

describe('the bit-serial dequantization', () => {
  it('multiplies a group sum by its scale exactly, one bit per cycle', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true, min: -65504, max: 65504 }), fc.nat(255), (sum, scale) => {
        const dequantizer = bitSerialDequantizer(8);
        dequantizer.load(sum, scale);
        let cycles = 0;
        for (; dequantizer.busy; cycles++) dequantizer.tick();
        expect(cycles).toBe(8);
        expect(dequantizer.product + 0).toBe(sum * scale + 0);
      }),
    );
  });

  it('scales every group within the bound', () => {
    const scales = fc.array(fc.nat(127), { minLength: 8, maxLength: 8 });
    for (const format of weights) {
      fc.assert(
        fc.property(codePairs(format, fp16, 64), scales, fc.constantFrom(8, 16, 48), ([plain, activation], codes, size) => {
          const weight = { ...plain, groupScales: { size, format: formatNamed('int8'), codes } };
          expect(shareOfBound(weight, activation, bitmod.dot(weight, activation))).toBeLessThanOrEqual(1);
        }),
        { numRuns: 40 },
      );
    }
  });

  /** Stall per group as the stepped machine shows it: the cycles of two groups beyond those of the first and of the dot products. */
  function steppedStall(group: number, format: string, scale_bits: number, groups: number): number {
    const codes = Array<number>(groups * group).fill(1);
    const plain = { format: formatNamed(format), codes };
    const activation = { format: fp16, codes };
    const groupScales = { size: group, format: formatNamed(`uint${scale_bits}`), codes: Array<number>(groups).fill(1) };
    const dense = groups * Math.ceil(group / 4) * bitSerialTerms(plain.format.bits);
    return (bitmod.dot({ ...plain, groupScales }, activation).cycles - dense) / (groups - 1);
  }

  it('stalls exactly when group / 4 * terms is below the bits of the scale, by the difference, for every group', () => {
    const formatNames = fc.constantFrom('fp3-er+', 'int2', 'int5', 'int6', 'int8');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), formatNames, fc.integer({ min: 2, max: 8 }), fc.integer({ min: 2, max: 6 }), (group, name, bits, groups) => {
        const terms = bitSerialTerms(formatNamed(name).bits);
        const stall = steppedStall(group, name, bits, groups);
        expect(stall).toBe(stallLaw(group, terms, bits));
        if (group % 4 === 0) expect(stall > 0).toBe((group / 4) * terms < bits);
      }),
    ); // prettier-ignore
  });

  it('hides an 8-bit scale from group 16 on at two terms, and just not below', () => {
    expect([stallLaw(16, 2, 8), stallLaw(12, 2, 8), stallLaw(128, 2, 8)]).toEqual([0, 2, 0]);
    expect([steppedStall(16, 'fp3-er+', 8, 4), steppedStall(12, 'fp3-er+', 8, 4)]).toEqual([0, 2]);
  });

  it('refuses scales that do not cover the vector', () => {
    const dot = (size: number, count: number) =>
      bitmod.dot(
        { ...integers('int4', 1, 1, 1), groupScales: { size, format: formatNamed('uint8'), codes: Array<number>(count).fill(1) } },
        halves(1, 1, 1),
      );
    expect([dot(2, 2).value, dot(3, 1).value, dot(8, 1).value]).toEqual([3, 3, 3]);
    for (const [size, count] of [[2, 1], [0, 3], [1, 2]] as const) expect(() => dot(size, count)).toThrow(RangeError); // prettier-ignore
  });

  it('refuses scales that are no integers from 0 up', () => {
    const dot = (name: string, code: number) =>
      bitmod.dot({ ...integers('int4', 1), groupScales: { size: 4, format: formatNamed(name), codes: [code] } }, halves(1));
    expect(dot('int8', 127).value).toBe(127);
    for (const [name, code] of [['int8', 255], ['e8m0', 0], ['e2m1', 1]] as const) expect(() => dot(name, code)).toThrow(/integer scales only/); // prettier-ignore
    fc.assert(fc.property(finiteCode(formatNamed('uint8')), (code) => dot('uint8', code).value === code));
  });
});
