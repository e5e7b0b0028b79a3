/** Does every quantizer say whether a row of a matrix is stored as it would be alone? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../property-seed.js';
import { matrix, type Matrix } from '../../src/numeric/matrix.js';
import { seededRandom } from '../../src/numeric/random.js';
import { quantizerNamed, quantizers } from '../../src/quantizers/index.js';
import { parseOptions } from '../../src/quantizers/quantize-options.js';
import { heavyTailed } from './random-matrix.js';
import { quantizeSeeing } from './synthetic-calibration.js';

const [ROWS, COLS] = [12, 256];
type Options = Readonly<Record<string, unknown>>;
/** Beside the defaults of every quantizer. */
const variants: readonly (readonly [string, Options])[] = [
  ...Object.keys(quantizers).map((name) => [name, {}] as const),
  ...['rtn', 'float'].flatMap((name) => ['tensor', 'channel', 'group'].map((granularity) => [name, { granularity }] as const)),
  ...['ant', 'olive'].map((name) => [name, { granularity: 'tensor' }] as const),
  ['ant', { type: 'flint' }],
  ['ant', { bits: 8 }],
  ['olive', { normal: 'flint' }],
  ['olive', { bits: 8 }],
  ['nf4', { doubleQuantization: true }],
  ['lq-lora', { rank: 0 }],
  ['bitmod', { bits: 6 }],
  ['qoq', { granularity: 'channel' }],
  ['gptq', { actOrder: true, symmetric: false }],
  // So damped the loop hardly differs from round to nearest: rows choose differently.
  ['gptq', { fallback: 'rtn', damping: 100 }],
  ['mr-gptq', { target: 'nvfp4' }],
];

/** Rows of very different sizes and shapes (heavy tails, uniform, few large values), so that what they share shows. */
function uneven(seed: number): Matrix {
  const { uniform, normal } = seededRandom(seed);
  const shapes = [(heavy: number) => heavy, () => uniform() - 0.5, () => normal() ** 3];
  const value = (heavy: number, row: number): number => shapes[row % 3]!(heavy) * 2 ** (row % 5);
  return matrix(
    ROWS,
    COLS,
    heavyTailed(ROWS * COLS, seed).map((heavy, i) => value(heavy, Math.floor(i / COLS))),
  );
}

function valuesAlone(name: string, options: Options, { cols, data }: Matrix, rows: readonly number[]): Float32Array {
  const own = new Float32Array(rows.length * cols);
  for (const [i, row] of rows.entries()) own.set(data.subarray(row * cols, (row + 1) * cols), i * cols);
  return quantizerNamed(name).dequantize(quantizeSeeing(name, matrix(rows.length, cols, own), options));
}

const rowSets = fc
  .uniqueArray(fc.integer({ min: 0, max: ROWS - 1 }), { minLength: 1, maxLength: 4 })
  .map((rows) => rows.sort((a, b) => a - b));

describe.each(variants)('%s %j', (name, options) => {
  const quantizer = quantizerNamed(name);
  const shared = quantizer.rowsShare?.(parseOptions(quantizer, options));

  it(shared === undefined ? 'stores rows as they would be alone' : `has rows that share ${shared}`, () => {
    const different = (rows: readonly number[], seed: number): boolean => {
      const tensor = uneven(seed);
      const whole = quantizer.dequantize(quantizeSeeing(name, tensor, options));
      const alone = valuesAlone(name, options, tensor, rows);
      return rows.some((row, i) => alone.subarray(i * COLS, (i + 1) * COLS).some((value, k) => value !== whole[row * COLS + k]));
    };
    if (shared === undefined) {
      fc.assert(
        fc.property(rowSets, fc.nat(), (rows, seed) => !different(rows, seed)),
        { numRuns: 6 },
      );
    } else {
      const tried = Array.from({ length: 12 }, (_, seed) => different([seed % ROWS], seed));
      expect(tried).toContain(true);
    }
  });
});
