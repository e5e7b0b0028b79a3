/** Are rows under a quantizer of their own what they would be in a matrix of that quantizer, with exact bits, in a whole model as in a single matrix? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../property-seed.js';
import { codeExactPlan } from '../../src/accuracy/code-exact.js';
import { evaluateScheme } from '../../src/accuracy/evaluate-scheme.js';
import { quantizeModel } from '../../src/accuracy/quantize-model.js';
import { quantizeWeight } from '../../src/accuracy/quantize-rows.js';
import { perplexity } from '../../src/accuracy/perplexity.js';
import { schemeNumbers } from '../../src/accuracy/scheme-numbers.js';
import { matrix } from '../../src/numeric/matrix.js';
import { quantize, quantizerNamed } from '../../src/quantizers/index.js';
import { bitsPerWeight } from '../../src/quantizers/quantizer.js';
import { rowsText } from '../../src/trace/row-ranges.js';
import { schemeSchema, type SchemeConfig } from '../../src/trace/scheme-config.js';
import { smallModel } from '../decoder/rewrites/small-models.js';
import { heavyTailed } from '../quantizers/random-matrix.js';
import { calibrationOf, syntheticInputs } from '../quantizers/synthetic-calibration.js';

const [ROWS, COLS] = [12, 64];
const rowSets = fc
  .uniqueArray(fc.integer({ min: 0, max: ROWS - 1 }), { minLength: 1, maxLength: ROWS })
  .map((rows) => rows.sort((a, b) => a - b));
const choice = fc.constantFrom(
  { quantizer: 'rtn', options: { bits: 8, group: 24 } },
  { quantizer: 'rtn', options: { bits: 3, granularity: 'channel', symmetric: false } },
  { quantizer: 'bitmod', options: { bits: 4, group: 32 } },
  { quantizer: 'gptq', options: { bits: 3, group: 16 } },
  { quantizer: 'mx', options: {} },
);
const seen = calibrationOf(syntheticInputs(80, COLS, 3));

describe('a matrix with rows under a quantizer of their own', () => {
  it('has in every row the values of a matrix under its quantizer, and the bits of both kinds with one per row that says which', () => {
    fc.assert(
      fc.property(rowSets, fc.nat(), choice, choice, (rows, seed, rest, own) => {
        const tensor = matrix(ROWS, COLS, heavyTailed(ROWS * COLS, seed));
        const { values, bits } = quantizeWeight(tensor, { ...rest, rowBlocks: [{ ...own, rows: Int32Array.from(rows) }] }, seen);
        const [others, listed] = [rest, own].map(({ quantizer, options }) => quantize(quantizer, tensor, options, seen));
        const [all, high] = [others!, listed!].map((whole) => quantizerNamed(whole.quantizer).dequantize(whole));
        const expected = Float32Array.from(values, (_, i) => (rows.includes(Math.floor(i / COLS)) ? high! : all!)[i]!);
        expect(values).toEqual(expected);
        const share = rows.length / ROWS;
        const map = rows.length === ROWS ? 0 : 1 / COLS;
        const mean = share * bitsPerWeight(listed!.bits) + (1 - share) * bitsPerWeight(others!.bits);
        expect(bitsPerWeight(bits)).toBeCloseTo(mean + map, 12);
      }),
      { numRuns: 40 },
    );
  });
});

const model = smallModel({ family: 'llama', hidden: 16, feedForward: 24, kvHeads: 1, heads: 2, headDim: 8, layers: 2, seed: 3 });
const tokens = Int32Array.from({ length: 240 }, (_, i) => (i * 7 + ((i * i) % 5)) % 19);
const scheme = (layers: readonly object[], fields: object = {}): SchemeConfig =>
  schemeSchema.parse({ name: 's', weight: { quantizer: 'rtn', bits: 4, group: 16 }, layers, ...fields });
const up = { match: 'layers.1.mlp.up_proj', of: 24, weight: { quantizer: 'rtn', bits: 8, group: 16 } };

describe('a model with rows under a quantizer of their own', () => {
  it('evaluates with the bits of its blocks, three kinds of rows taking two bits each to tell them apart', () => {
    const layers = [
      { ...up, rows: '0-5' },
      { ...up, rows: '7', weight: { quantizer: 'rtn', bits: 6, group: 16 } },
    ];
    const { products } = evaluateScheme({ model, scheme: scheme(layers), evaluation: tokens, windows: 1 });
    const { bitsPerWeight: stored, format } = products.find(({ format: own }) => own.includes('+'))!;
    expect(format).toBe('int4-g16 + int8-g16 + int6-g16');
    expect(stored).toBeCloseTo((17 * 5 + 6 * 9 + 1 * 7) / 24 + 2 / 16, 12);
  });

  it('is between its two quantizers, and each of them at the ends', () => {
    const perplexityOf = (layers: readonly object[]): number =>
      evaluateScheme({ model, scheme: scheme(layers), evaluation: tokens, windows: 2 }).result.perplexity;
    expect(perplexityOf([{ ...up, rows: '0-23' }])).toBe(perplexityOf([{ match: up.match, weight: up.weight }]));
    expect(perplexityOf([{ ...up, rows: rowsText([0, 5]), weight: { quantizer: 'rtn', bits: 4, group: 16 } }])).toBe(perplexityOf([]));
  });

  it('runs on the code words of its blocks as on the values read back', () => {
    const numbers = schemeNumbers(scheme([{ ...up, rows: '0-5,9' }]));
    const { model: quantized } = quantizeModel(model, numbers);
    const activation = { quantizer: 'rtn', options: { bits: 8, granularity: 'channel' } };
    const { activation: fake, products } = codeExactPlan(activation);
    const exact = perplexity(quantized, tokens, { plan: { activation: fake, products } }).loss_nats;
    expect(exact).toBeCloseTo(perplexity(quantized, tokens, { plan: { activation: fake } }).loss_nats, 5);
  });

  it('is refused beside rows that stay floats', () => {
    const floats = scheme([{ ...up, rows: '0-5' }], { weight: { format: 'fp16' } });
    expect(() => evaluateScheme({ model, scheme: floats, evaluation: tokens })).toThrow(/rows beside others that stay floats.*layers\.0/s);
  });
});
