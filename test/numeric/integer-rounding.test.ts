/** Do the vector kernels give, to the bit, what exact division and rounding half to even give: at ties, at the ends, in short groups, in long ones? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../property-seed.js';
import type { GroupedSpans } from '../../src/numeric/group-runs.js';
import { fittedCodes, integerValues, roundedCodes } from '../../src/numeric/integer-rounding.js';
import { seededRandom } from '../../src/numeric/random.js';
import { roundHalfEven, roundToFloat16 } from '../../src/numeric/rounding.js';

interface Case {
  readonly values: Float32Array;
  readonly spans: GroupedSpans;
  readonly scales: Float32Array;
  readonly zeros: Uint8Array | undefined;
  readonly bits: number;
  readonly fullRange: boolean;
}

/** Index of the group of every element. */
function groupOf({ spanLength, group }: GroupedSpans, at: number): number {
  const inSpan = at % spanLength;
  return Math.floor(at / spanLength) * Math.ceil(spanLength / group) + Math.floor(inSpan / group);
}

const rangeOf = ({ bits, zeros, fullRange }: Case) => {
  const half = 2 ** (bits - 1);
  return zeros === undefined ? { bits, low: fullRange ? -half : 1 - half, high: half - 1 } : { bits, low: 0, high: 2 ** bits - 1 };
};

/** The rule in float64: x / s is exact enough there, since (h + 1/2) s has few bits. */
function codeByRule(input: Case, at: number): number {
  const { values, spans, scales, zeros, bits } = input;
  const { low, high } = rangeOf(input);
  const group = groupOf(spans, at);
  const zero = zeros?.[group] ?? 0;
  const q = Math.min(high - zero, Math.max(low - zero, roundHalfEven(values[at]! / scales[group]!)));
  return (q + zero) & (2 ** bits - 1);
}

/** Numbers on, just beside and between the ties of a scale, far ones, zeros of both signs and subnormals. */
function awkward(scale: number, random: ReturnType<typeof seededRandom>): number {
  const kind = random.integer(6);
  if (kind === 0) return random.normal() * scale * 10;
  if (kind === 1) return [0, -0, 1e-42, -1e-42, 1e38, -1e38, 2 ** -126][random.integer(7)]!;
  const tie = Math.fround((random.integer(515) - 257 + 0.5) * scale);
  if (kind === 2) return tie;
  const pattern = new Int32Array(Float32Array.of(tie).buffer);
  pattern[0]! += kind === 3 ? 1 : -1;
  return new Float32Array(pattern.buffer)[0]!;
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    spans: fc.integer({ min: 1, max: 4 }),
    spanLength: fc.integer({ min: 1, max: 90 }),
    group: fc.integer({ min: 1, max: 40 }),
    bits: fc.integer({ min: 2, max: 8 }),
    symmetric: fc.boolean(),
    fullRange: fc.boolean(),
    exponent: fc.integer({ min: -24, max: 12 }),
    seed: fc.nat(),
  })
  .map(({ spans, spanLength, group, bits, symmetric, fullRange, exponent, seed }) => {
    const random = seededRandom(seed);
    const shape = { spans, spanLength, group };
    const count = spans * Math.ceil(spanLength / group);
    const scales = Float32Array.from({ length: count }, () => Math.max(2 ** -24, roundToFloat16((1 + random.uniform()) * 2 ** exponent)));
    const zeros = symmetric ? undefined : Uint8Array.from({ length: count }, () => random.integer(2 ** bits));
    const values = Float32Array.from({ length: spans * spanLength }, (_, at) => awkward(scales[groupOf(shape, at)]!, random));
    return { values, spans: shape, scales, zeros, bits, fullRange };
  });

const sidesOf = ({ scales, zeros }: Case) => (zeros === undefined ? { scales } : { scales, zeros });

describe('integer rounding', () => {
  it('gives the code of the exact quotient, and values that are code words times scales', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const codes = roundedCodes(input.values, input.spans, rangeOf(input), sidesOf(input));
        expect([...codes]).toEqual(Array.from(input.values, (_, at) => codeByRule(input, at)));
        const shift = input.zeros === undefined ? 32 - input.bits : 0;
        const values = Float32Array.from(codes, (code, at) => {
          const group = groupOf(input.spans, at);
          return (((code << shift) >> shift) - (input.zeros?.[group] ?? 0)) * input.scales[group]!;
        });
        expect(integerValues(codes, input.spans, input.bits, sidesOf(input))).toEqual(values);
      }),
      { numRuns: 300 },
    );
  });

  it('takes every significand of FP16 at the ties and beside them', () => {
    const random = seededRandom(3);
    for (let significand = 1024; significand < 2048; significand++) {
      const scale = significand / 1024;
      const values = Float32Array.from({ length: 64 }, () => awkward(scale, random));
      const input = {
        values,
        spans: { spans: 1, spanLength: 64, group: 64 },
        scales: Float32Array.of(scale),
        zeros: undefined,
        bits: 8,
        fullRange: true,
      };
      const codes = roundedCodes(values, input.spans, rangeOf(input), sidesOf(input));
      expect([...codes]).toEqual(Array.from(values, (_, at) => codeByRule(input, at)));
    }
  });

  it('hands the extremes of every group to the fit, 0 among them, in groups shorter and longer than its memory', () => {
    for (const [spans, spanLength, group] of [
      [3, 37, 16],
      [2, 64, 8],
      [1, 50_000, 50_000],
      [2, 20_000, 16_384],
      [2, 16_385, 16_385],
      [300, 100, 100],
    ] as const) {
      const { normal } = seededRandom(spanLength);
      const values = Float32Array.from({ length: spans * spanLength }, (_, i) => normal() + (i % 1000 < 500 ? 3 : -3));
      const shape = { spans, spanLength, group };
      const count = spans * Math.ceil(spanLength / group);
      const [mins, maxs] = [new Float64Array(count), new Float64Array(count)];
      values.forEach((value, at) => {
        const index = groupOf(shape, at);
        mins[index] = Math.min(mins[index]!, value);
        maxs[index] = Math.max(maxs[index]!, value);
      });
      const scales = new Float32Array(count);
      const seen: number[] = [];
      const range = { bits: 8, low: -127, high: 127 };
      const codes = fittedCodes(values, shape, range, {
        scales,
        fit(index, min, max) {
          seen.push(index);
          expect([min, max]).toEqual([mins[index]! + 0, maxs[index]]);
          scales[index] = 0.0625;
        },
      });
      expect(seen).toEqual(Array.from({ length: count }, (_, i) => i));
      expect(codes).toEqual(roundedCodes(values, shape, range, { scales }));
    }
  });

  it('shows NaN and infinities to the fit, whatever their sign and wherever they are', () => {
    for (const length of [1, 9, 40, 40_000]) {
      for (const bad of [NaN, Infinity, -Infinity]) {
        const values = new Float32Array(length).fill(1);
        values[length - 1] = bad;
        if (Number.isNaN(bad)) new Int32Array(values.buffer)[length - 1]! |= -(2 ** 31);
        const finite: boolean[] = [];
        const scales = new Float32Array(1).fill(1);
        fittedCodes(
          values,
          { spans: 1, spanLength: length, group: length },
          { bits: 4, low: -7, high: 7 },
          {
            scales,
            fit: (_, min, max) => finite.push(Number.isFinite(min) && Number.isFinite(max)),
          },
        );
        expect(finite).toEqual([false]);
      }
    }
  });
});
