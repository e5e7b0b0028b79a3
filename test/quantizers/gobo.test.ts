/** Does GOBO store apart what is improbable, choose a table no step of its k-means improves, and count what it stores? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNamed } from '../../src/formats/index.js';
import { matrix, type Matrix } from '../../src/numeric/matrix.js';
import { moments } from '../../src/numeric/moments.js';
import { seededRandom } from '../../src/numeric/random.js';
import { peNamed } from '../../src/pe/index.js';
import { quantize } from '../../src/quantizers/index.js';
import { bitsPerWeight, type QuantizedTensor } from '../../src/quantizers/quantizer.js';
import { tensorStatistics } from '../../src/quantizers/statistics.js';
import { heavyTailed } from './random-matrix.js';
import { matrices, readBack } from './weight-matrices.js';

const gaussian = (rows: number, cols: number, std: number, seed = 5): Matrix => {
  const { normal } = seededRandom(seed);
  return matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, () => normal() * std),
  );
};

/** Flat indices of the outliers, from positions and counts of runs of 65,536. */
function outlierIndices({ side }: QuantizedTensor): number[] {
  const positions = [...side['outlierPositions']!];
  return [...side['outlierCounts']!].flatMap((count, run) => positions.splice(0, count).map((position) => run * 65536 + position));
}

/** Sum of |value - nearest entry|. */
const l1 = (values: readonly number[], table: readonly number[]): number =>
  values.reduce((sum, value) => sum + Math.min(...table.map((entry) => Math.abs(value - entry))), 0);

describe('the outliers of GOBO', () => {
  it('are the weights whose Gaussian log-density lies below the threshold, and no others', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(-6, -4, -2, 0), fc.constantFrom(0.01, 0.3, 2), (seed, threshold, size) => {
        const data = heavyTailed(300, seed, size);
        const quantized = quantize('gobo', matrix(3, 100, data), { threshold });
        const { mean, std } = moments(data);
        const density = (w: number): number => Math.exp(-((w - mean) ** 2) / (2 * std * std)) / (std * Math.sqrt(2 * Math.PI));
        const expected = [...data.keys()].filter((i) => density(data[i]!) < Math.exp(threshold));
        expect(outlierIndices(quantized)).toEqual(expected);
        expect(quantized.outlierShare).toBe(expected.length / 300);
      }),
    );
  });

  it('of a Gaussian tensor with the spread of a language model are the share its tail has beyond that density', () => {
    // std 0.04: -4 is reached at |w| = 3.552 std, beyond which lie 3.83e-4 of a Gaussian; 262,144 draws leave 1e2 +- 1e1.
    const { outlierShare } = quantize('gobo', gaussian(512, 512, 0.04));
    expect(outlierShare).toBeGreaterThan(3.83e-4 * 0.8);
    expect(outlierShare).toBeLessThan(3.83e-4 * 1.2);
  });

  it('are read back exactly, in every run of 65,536 weights, and reach the statistics', () => {
    const tensor = gaussian(3, 65536, 0.02);
    const planted = [0, 65535, 65536, 70000, 3 * 65536 - 1];
    for (const index of planted) tensor.data[index] = 0.1234 + index / 2 ** 20;
    const quantized = quantize('gobo', tensor);
    const values = readBack(quantized);
    const found = outlierIndices(quantized);
    expect(found).toEqual(expect.arrayContaining(planted));
    for (const index of found) expect(values[index]).toBe(tensor.data[index]);
    expect(tensorStatistics(tensor, quantized, values).outlierShare).toBe(found.length / tensor.data.length);
  });

  it('are none among equal weights, and all where the density is below the threshold everywhere', () => {
    const equal = quantize('gobo', matrix(1, 5, new Float32Array(5).fill(3)));
    expect([equal.outlierShare, ...readBack(equal)]).toEqual([0, 3, 3, 3, 3, 3]);
    const wide = gaussian(4, 64, 100);
    const all = quantize('gobo', wide);
    expect([all.outlierShare, readBack(all)]).toEqual([1, wide.data]);
  });

  it('do not pull the table towards them', () => {
    const tensor = gaussian(4, 256, 0.02);
    tensor.data[100] = 1;
    const { centroids, outliers } = quantize('gobo', tensor).side;
    expect(outliers).toContain(1);
    expect(Math.max(...centroids!)).toBeLessThan(0.1);
  });
});

describe('the table of GOBO', () => {
  const dense = { threshold: -1e6 };

  it('rises, and every weight has the code of its nearest entry', () => {
    fc.assert(
      fc.property(matrices(1), fc.integer({ min: 2, max: 5 }), (tensor, bits) => {
        const { codes, side } = quantize('gobo', tensor, { bits, ...dense });
        const table = [...side['centroids']!];
        expect(table).toEqual([...table].sort((a, b) => a - b));
        tensor.data.forEach((value, i) =>
          expect(Math.abs(value - table[codes[i]!]!)).toBe(Math.min(...table.map((entry) => Math.abs(value - entry)))),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('is no worse in L1 than the means of equally filled bins, and one more step does not improve it', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const data = heavyTailed(400, seed);
      const values = [...data];
      const { codes, side } = quantize('gobo', matrix(1, 400, data), dense);
      const table = [...side['centroids']!];
      const sorted = values.toSorted((a, b) => a - b);
      const mean = (part: readonly number[]): number => part.reduce((sum, value) => sum + value, 0) / part.length;
      const start = Array.from({ length: 8 }, (_, i) => mean(sorted.slice(50 * i, 50 * i + 50)));
      const step = table.map((_, code) => mean(values.filter((_value, i) => codes[i] === code))).filter(Number.isFinite);
      expect(l1(values, table)).toBeLessThanOrEqual(l1(values, start) * (1 + 1e-6));
      expect(l1(values, step)).toBeGreaterThanOrEqual(l1(values, table) * (1 - 1e-6));
    }
  });

  it('holds up to 2^b different weights exactly', () => {
    const data = Float32Array.from({ length: 64 }, (_, i) => [-3, -1, 0.5, 2, 2.5, 7, 8, 11][i % 8]!);
    const quantized = quantize('gobo', matrix(4, 16, data), dense);
    expect(readBack(quantized)).toEqual(data);
  });
});

describe('the bits of GOBO', () => {
  it('are the published 3 + 48 r, and what it takes to find table and positions', () => {
    const { normal } = seededRandom(3);
    // 1,000 far weights among 1,000,000 near ones: r = 0.1 %.
    const data = Float32Array.from({ length: 1_000_000 }, (_, i) => (i % 1000 === 7 ? 1 : Math.max(-3, Math.min(3, normal())) * 0.04));
    const { bits, outlierShare } = quantize('gobo', matrix(1000, 1000, data));
    expect(outlierShare).toBe(0.001);
    const counts = (16 * 32) / 1e6;
    expect(bits.payload + bits.outlier).toBeCloseTo(3.048 + counts, 12);
    expect(bitsPerWeight(bits)).toBeCloseTo(3.048 + counts + 256 / 1e6, 12);
  });

  it('are those of everything stored, whatever the matrix', () => {
    fc.assert(
      fc.property(matrices(1), fc.integer({ min: 2, max: 8 }), (tensor, codeBits) => {
        const { bits, codes, side } = quantize('gobo', tensor, { bits: codeBits, threshold: -1 });
        const stored =
          codes.length * codeBits + 32 * (side['centroids']!.length + side['outliers']!.length + side['outlierCounts']!.length);
        expect(bitsPerWeight(bits) * codes.length).toBeCloseTo(stored + 16 * side['outlierPositions']!.length, 6);
      }),
    );
  });
});

describe('a row of GOBO on its processing element', () => {
  it('gives the product of the dequantized weights, outliers included, within the bound of float32', () => {
    const { decode } = formatNamed('int8');
    for (let seed = 1; seed <= 10; seed++) {
      const tensor = matrix(1, 512, heavyTailed(512, seed, 0.05));
      const quantized = quantize('gobo', tensor);
      const outliers = outlierIndices(quantized).map((index, i) => ({ index, value: quantized.side['outliers']![i]! }));
      expect(outliers.length).toBeGreaterThan(0);
      const values = Float64Array.from(quantized.side['centroids']!);
      const table = { ...formatNamed('nf3'), name: 'table', values, decode: (code: number) => values[code]! };
      const activations = Array.from({ length: 512 }, (_, i) => (i * 37 + seed) & 0x7f);
      const { value, roundingBound, cycles } = peNamed('gobo').dot(
        { format: table, codes: quantized.codes, outliers },
        { format: formatNamed('int8'), codes: activations },
      );
      const exact = readBack(quantized).reduce((sum, weight, i) => sum + weight * decode(activations[i]!), 0);
      expect(Math.abs(value - exact)).toBeLessThanOrEqual(roundingBound * (1 + 1e-9));
      expect(cycles).toBe(Math.max(512, 64 * outliers.length));
    }
  });
});
