import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { specialValueFormats } from '../../src/formats/special-value.js';
import { roundHalfEven, roundToFloat16 } from '../../src/numeric/rounding.js';
import { bitmod } from '../../src/quantizers/bitmod.js';
import { bitmodTermHistogram } from '../../src/quantizers/bitmod-term-histogram.js';
import { meanSquaredError } from './ant-reference.js';
import { heavyTailed, matrices } from './random-matrix.js';

/** Nearest by midpoints in float32, a midpoint going to the lower entry. */
function nearest(x: number, grid: readonly number[]): number {
  let k = 0;
  while (k + 1 < grid.length && x > (grid[k]! + grid[k + 1]!) / 2) k++;
  return grid[k]!;
}

/** One group as the paper states it: candidate, float32 scale and output of the best special value. */
function plainGroup(group: Float32Array, bits: 3 | 4) {
  const unit = bits === 4 ? 2 : 1;
  let best: { selector: number; scale: number; output: Float32Array; error: number } | undefined;
  specialValueFormats(bits).forEach(({ values }, selector) => {
    const grid = [...new Set(values)].sort((a, b) => a - b);
    const magnitude = group.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const largest = Math.max(...grid.map(Math.abs));
    const scale = Math.min(Math.max(Math.fround(magnitude / largest), Math.fround(1e-5) * unit), 1e4 * unit);
    const output = group.map((x) => Math.fround(nearest(Math.fround(x / scale), grid) * scale));
    const error = meanSquaredError(output, group);
    if (best === undefined || error < best.error) best = { selector, scale, output, error };
  });
  return best!;
}

const exact = { secondLevel: 'none', scaleFormat: 'fp32' };

describe('the BitMoD quantizer', () => {
  it('equals the plain search over four special values, group by group', () => {
    fc.assert(
      fc.property(matrices, fc.constantFrom(3 as const, 4 as const), fc.constantFrom(7, 32, 128), (matrix, bits, group) => {
        const quantized = bitmod.quantize(matrix, bitmod.options.parse({ bits, group, ...exact }));
        const output = bitmod.dequantize(quantized);
        const expected = { selectors: [] as number[], scales: [] as number[], output: [] as number[] };
        for (let row = 0; row < matrix.rows; row++) {
          for (let col = 0; col < matrix.cols; col += group) {
            const range = [row * matrix.cols + col, row * matrix.cols + Math.min(col + group, matrix.cols)] as const;
            const plain = plainGroup(matrix.data.subarray(...range), bits);
            expected.selectors.push(plain.selector);
            expected.scales.push(Math.fround(plain.scale));
            for (const x of plain.output) expected.output.push(x + 0);
          }
        }
        const { selectors, scales } = quantized.side;
        const actual = { selectors: [...selectors!], scales: [...scales!], output: Array.from(output, (x) => x + 0) };
        expect(actual).toEqual(expected);
      }),
      { numRuns: 150, seed: 5 },
    );
  });

  it('sends a value on a midpoint to the lower entry, and the next float32 above it to the upper one', () => {
    const above = 4.5 + 2 ** -21;
    const data = Float32Array.of(6, 0.25, -0.25, 1.25, -1.25, 5, 5, 5, 4.5, above, -5, 5.5, ...new Array<number>(12).fill(5));
    const quantized = bitmod.quantize({ rows: 1, cols: data.length, data }, bitmod.options.parse({ bits: 4, ...exact }));
    expect(quantized.side.selectors).toEqual(Uint8Array.of(0));
    expect(Array.from(bitmod.dequantize(quantized), (x) => x + 0).slice(0, 13)).toEqual([6, 0, -0.5, 1, -1.5, 5, 5, 5, 4, 5, -6, 5, 5]);
  });

  it('never has more error than the basic float of the same scale before the second level', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(3 as const, 4 as const), (seed, bits) => {
        const data = heavyTailed(128, seed, 0.02);
        const basic = specialValueFormats(bits)[0]!.values.slice();
        basic[2 ** (bits - 1)] = 0;
        const grid = [...new Set(basic)].sort((a, b) => a - b);
        const scale = Math.fround(data.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / grid.at(-1)!);
        const plain = data.map((x) => Math.fround(nearest(Math.fround(x / scale), grid) * scale));
        const output = bitmod.dequantize(bitmod.quantize({ rows: 1, cols: 128, data }, bitmod.options.parse({ bits, ...exact })));
        expect(meanSquaredError(output, data)).toBeLessThanOrEqual(meanSquaredError(plain, data));
      }),
      { numRuns: 200, seed: 6 },
    );
  });

  it.each([
    ['int8', 127],
    ['int6', 31],
    ['int4', 7],
    ['int2', 1],
  ])('codes the group again under its scale of the second level %s, selector unchanged, scale code 1 to %i', (secondLevel, largest) => {
    const matrix = { rows: 3, cols: 300, data: heavyTailed(900, 8, 0.1) };
    matrix.data.fill(0, 128, 256);
    const first = bitmod.quantize(matrix, bitmod.options.parse(exact));
    const second = bitmod.quantize(matrix, bitmod.options.parse({ secondLevel }));
    expect(second.side.selectors).toEqual(first.side.selectors);
    for (let row = 0; row < 3; row++) {
      const scales = first.side.scales!.slice(3 * row, 3 * row + 3);
      const channel = roundToFloat16(Math.max(...scales) / largest);
      expect(second.side.channelScales![row]).toBe(channel);
      expect(Array.from(second.side.scaleCodes!.slice(3 * row, 3 * row + 3))).toEqual(
        Array.from(scales, (s) => Math.min(largest, Math.max(1, roundHalfEven(s / channel)))),
      );
    }
    expect(second.side.scaleCodes![1]).toBe(1);
  });

  it('reads its own output back as the same codes, whatever the tensor', () => {
    const cases = fc.record({
      matrix: matrices,
      bits: fc.constantFrom(3, 4, 6, 8),
      group: fc.constantFrom(5, 32, 128),
      secondLevel: fc.constantFrom('int8', 'int2', 'none'),
    });
    fc.assert(
      fc.property(cases, ({ matrix, ...options }) => {
        const quantized = bitmod.quantize(matrix, bitmod.options.parse(options));
        expect(bitmod.encode(bitmod.dequantize(quantized), quantized)).toEqual(quantized.codes);
      }),
      { numRuns: 120, seed: 7 },
    );
  });

  it.each([
    [3, 3.078125],
    [4, 4.078125],
    [6, 6.0625],
    [8, 8.0625],
  ])('stores %i-bit weights in %f bits per weight and 16/K per channel', (bits, expected) => {
    const matrix = { rows: 2, cols: 256, data: heavyTailed(512, 9) };
    const stored = bitmod.quantize(matrix, bitmod.options.parse({ bits })).bits;
    expect(stored.payload + stored.group).toBe(expected);
    expect(stored.channel).toBe(16 / 256);
  });

  it('counts the terms of its codes with the special value of each group', () => {
    const data = Float32Array.of(6, 0, 0.5, 3, 1.5, 5, 5, 5);
    const quantized = bitmod.quantize({ rows: 1, cols: 8, data }, bitmod.options.parse({ bits: 4, group: 8, ...exact }));
    expect(bitmodTermHistogram(quantized)).toEqual([1 / 8, 1 / 8, 6 / 8]);
    const integers = bitmod.quantize({ rows: 1, cols: 3, data: Float32Array.of(127, 1, 0) }, bitmod.options.parse({ bits: 8, ...exact }));
    expect(bitmodTermHistogram(integers)).toEqual([1 / 3, 1 / 3, 1 / 3, 0, 0]);
  });
});
