import { quantize } from '../../src/quantizers/index.js';
import { matrix } from '../../src/numeric/matrix.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { antFormat, antNormalisedValues, antTypes } from '../../src/formats/ant-grid.js';
import { ant } from '../../src/quantizers/ant.js';
import { bitsPerWeight } from '../../src/quantizers/quantizer.js';
import fixture from '../fixtures/ant/ant_vectors.json' with { type: 'json' };
import { percents, quantizedAt, searched } from './ant-reference.js';
import { heavyTailed, matrices } from './random-matrix.js';

const values = (data: Float32Array) => Array.from(data, (x) => (x === 0 ? 0 : x));

describe('the ANT quantizer', () => {
  it.each(fixture.vectors)('gives the released output for $name', (vector) => {
    const [, granularity, bits, unsigned, type] = /^per_(channel|tensor)_[wa](\d)_(unsigned_)?([a-z]+)/.exec(vector.name)!;
    const options = ant.options.parse({
      bits: Number(bits),
      granularity,
      type,
      signed: unsigned === undefined,
      clipLow: vector.lb,
      clipHigh: vector.ub,
    });
    const rows = vector.rows ?? 1;
    const quantized = ant.quantize({ rows, cols: vector.input.length / rows, data: Float32Array.from(vector.input) }, options);
    expect(values(ant.dequantize(quantized))).toEqual(values(Float32Array.from(vector.output)));
  });

  it('equals the plain released search on random rows of every type, width and sign', () => {
    const cases = fc.record({
      bits: fc.integer({ min: 3, max: 8 }),
      type: fc.constantFrom(...antTypes),
      signed: fc.boolean(),
      matrix: matrices,
      long: fc.boolean(),
    });
    fc.assert(
      fc.property(cases, ({ bits, type, signed, matrix, long }) => {
        const cols = long ? 300 : matrix.cols;
        const data = long ? heavyTailed(cols, matrix.data.length) : matrix.data.slice(0, cols);
        const options = ant.options.parse({ bits, type, signed, granularity: 'channel' });
        const output = ant.dequantize(ant.quantize({ rows: 1, cols, data }, options));
        const order = antNormalisedValues(antFormat(type, bits, signed)).sort();
        const base = data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        const plain = searched(data, base, percents(bits > 6 ? 95 : 75, 150, 1), (alpha) => quantizedAt(data, alpha, order, 10));
        expect(values(output)).toEqual(values(plain.output));
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('takes the type with the smallest summed error, the earlier one on ties', () => {
    const data = heavyTailed(4 * 96, 7);
    const error = (type: string) => ant.quantize({ rows: 4, cols: 96, data }, ant.options.parse({ type })).choices.summedMse as number;
    const chosen = ant.quantize({ rows: 4, cols: 96, data }, ant.options.parse({})).choices;
    expect(chosen.summedMse).toBe(Math.min(...antTypes.map(error)));
    expect(chosen.type).toBe(antTypes.find((type) => error(type) === chosen.summedMse));
    const zeros = ant.quantize({ rows: 1, cols: 8, data: new Float32Array(8) }, ant.options.parse({}));
    expect(zeros.choices.type).toBe('int');
  });

  it('reads its own output back as the same codes, whatever the tensor', () => {
    const cases = fc.record({
      matrix: matrices,
      bits: fc.integer({ min: 3, max: 8 }),
      granularity: fc.constantFrom('tensor', 'channel', 'group'),
      type: fc.constantFrom('auto', ...antTypes),
    });
    fc.assert(
      fc.property(cases, ({ matrix, bits, granularity, type }) => {
        const quantized = ant.quantize(matrix, ant.options.parse({ bits, granularity, type, group: 32, clipStep: 10 }));
        expect(ant.encode(ant.dequantize(quantized), quantized)).toEqual(quantized.codes);
      }),
      { numRuns: 80, seed: 2 },
    );
  });

  it('quantizes at a fixed clip without searching', () => {
    const data = Float32Array.of(-9, -7, 0.4, 0.5, 1.5, 3, 7, 100);
    const quantized = ant.quantize({ rows: 1, cols: 8, data }, ant.options.parse({ type: 'int', alpha: 7 }));
    const scale = Math.fround(0.7);
    expect(ant.dequantize(quantized)).toEqual(quantizedAt(data, 7, antNormalisedValues(antFormat('int', 4, true)).sort(), 10));
    expect(quantized.side.scales).toEqual(Float32Array.of(scale));
    expect(() => ant.options.parse({ alpha: 0 })).toThrow();
  });

  it('is unsigned on its own only for a whole tensor without a negative value', () => {
    const positive = { rows: 1, cols: 4, data: Float32Array.of(0, 1, 2, 3) };
    const signOf = (granularity: string, data = positive.data) =>
      ant.quantize({ ...positive, data }, ant.options.parse({ granularity })).choices.signed;
    expect(signOf('tensor')).toBe(false);
    expect(signOf('channel')).toBe(true);
    expect(signOf('tensor', Float32Array.of(0, 1, 2, -1e-30))).toBe(true);
  });

  it('pays 32 bits per scale, and a whole scale for a short last group', () => {
    const matrix = { rows: 2, cols: 100, data: heavyTailed(200, 3) };
    const bits = (granularity: string) => ant.quantize(matrix, ant.options.parse({ granularity, group: 64, type: 'int' })).bits;
    expect(bitsPerWeight(bits('tensor'))).toBe(4 + 32 / 200);
    expect(bits('channel').channel).toBe(32 / 100);
    expect(bits('group').group).toBe((32 * 2) / 100);
  });

  it('refuses a clip range without a candidate, and accepts one with one', () => {
    expect(() => ant.options.parse({ clipLow: 100, clipHigh: 100 })).toThrow(/above clipLow/);
    const data = Float32Array.of(1, -2, 3, 0.5);
    const quantized = ant.quantize({ rows: 1, cols: 4, data }, ant.options.parse({ clipLow: 100, clipHigh: 100.5 }));
    expect(ant.encode(ant.dequantize(quantized), quantized)).toEqual(quantized.codes);
  });
});

describe('a clip search on weights whose squares leave float32', () => {
  it('is refused by ANT and OliVe instead of keeping whatever clip came first', () => {
    const huge = matrix(
      2,
      32,
      Float32Array.from({ length: 64 }, (_, i) => (i - 31.5) * 1e24),
    );
    for (const name of ['ant', 'olive'])
      expect(() => quantize(name, huge), name).toThrow(/weights are too large for a clip search.*divide the tensor/);
  });
});
