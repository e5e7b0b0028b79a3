import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { olive } from '../../src/quantizers/olive.js';
import { oliveGrid } from '../../src/quantizers/olive-grid.js';
import type { PairRule } from '../../src/quantizers/olive-search.js';
import codecFixture from '../fixtures/olive/ovp_codec_vectors.json' with { type: 'json' };
import fixture from '../fixtures/olive/ovp_vectors.json' with { type: 'json' };
import { kernel, percents, searched, threeSigma } from './ant-reference.js';
import { heavyTailed, matrices } from './random-matrix.js';

const values = (data: Float32Array) => Array.from(data, (x) => (x === 0 ? 0 : x));

/** Quantized row at a clip value, pair by pair; an odd end pairs with nothing. */
function pairsAt(x: Float32Array, alpha: number, kind: 'int' | 'flint', rule: PairRule): Float32Array {
  const { table, normalValues } = oliveGrid(4, kind, true);
  const scale = Math.fround(alpha / normalValues.at(-1)!);
  if (scale === 0) return new Float32Array(x.length);
  const grid = Array.from(x, (value) => kernel(Math.fround(value / scale), table.order));
  for (let i = 0; i + 1 < x.length; i += 2) {
    const left = Math.abs(grid[i]!) > 32;
    const right = Math.abs(grid[i + 1]!) > 32;
    const keepRight = left && right ? rule === 'paper' && Math.abs(x[i + 1]!) > Math.abs(x[i]!) : right;
    if (left || right) grid[keepRight ? i : i + 1] = 0;
  }
  return Float32Array.from(grid, (value) => value * scale);
}

describe('the OliVe quantizer', () => {
  it.each(fixture.vectors)('gives the released output for $name', (vector) => {
    const normal = vector.name.includes('flint4') ? 'flint' : 'int';
    const [rows, cols] = vector.rows === undefined ? (vector.shape ?? [1, vector.input.length]) : [vector.rows, vector.cols];
    const search = vector.name.startsWith('fixed')
      ? { alpha: vector.alpha, granularity: 'tensor' }
      : { granularity: vector.rows === undefined ? 'tensor' : 'channel', clipLow: vector.lb, clipHigh: vector.ub, clipStep: vector.step };
    const data = Float32Array.from(vector.input);
    const quantized = olive.quantize(
      { rows: rows!, cols: cols!, data },
      olive.options.parse({ normal, pairRule: 'released-code', ...search }),
    );
    expect(values(olive.dequantize(quantized))).toEqual(values(Float32Array.from(vector.output)));
    expect(olive.encode(olive.dequantize(quantized), quantized)).toEqual(quantized.codes);
  });

  it('starts from the released three-sigma base', () => {
    const [channel] = fixture.vectors.filter(({ name }) => name === 'searched_per_channel_int4');
    const rows = [0, 1, 2, 3].map((row) => Float32Array.from(channel!.input.slice(16 * row, 16 * row + 16)));
    expect(rows.map(threeSigma)).toEqual(channel!.three_sigma);
  });

  it.each(codecFixture.pairs)('codes the pair $input with $normal as $codes', ({ normal, input, codes }) => {
    const alpha = normal === 'int4' ? 7 : 16;
    const options = olive.options.parse({
      normal: normal === 'int4' ? 'int' : 'flint',
      pairRule: 'released-code',
      granularity: 'tensor',
      signed: true,
      alpha,
    });
    const quantized = olive.quantize({ rows: 1, cols: 2, data: Float32Array.from(input) }, options);
    expect(Array.from(quantized.codes, (code) => code.toString(2).padStart(4, '0'))).toEqual(codes);
  });

  it('equals the plain search on random rows under both pair rules', () => {
    const cases = fc.record({
      matrix: matrices,
      long: fc.boolean(),
      kind: fc.constantFrom('int' as const, 'flint' as const),
      rule: fc.constantFrom('paper' as const, 'released-code' as const),
    });
    fc.assert(
      fc.property(cases, ({ matrix, long, kind, rule }) => {
        const cols = long ? 301 : matrix.cols;
        const data = long ? heavyTailed(cols, matrix.data.length, 0.1) : matrix.data.slice(0, cols);
        const output = olive.dequantize(olive.quantize({ rows: 1, cols, data }, olive.options.parse({ normal: kind, pairRule: rule })));
        const plain = searched(data, threeSigma(data), percents(75, 250, 2), (alpha) => pairsAt(data, alpha, kind, rule));
        expect(values(output)).toEqual(values(plain.output));
      }),
      { numRuns: 50, seed: 3 },
    );
  });

  it('reads its own output back as the same codes, whatever the tensor', () => {
    const cases = fc.record({
      matrix: matrices,
      bits: fc.constantFrom(4, 8),
      granularity: fc.constantFrom('tensor', 'channel', 'group'),
      signed: fc.constantFrom('auto', true),
      positive: fc.boolean(),
    });
    fc.assert(
      fc.property(cases, ({ matrix, bits, granularity, signed, positive }) => {
        const data = positive ? matrix.data.map(Math.abs) : matrix.data;
        const quantized = olive.quantize({ ...matrix, data }, olive.options.parse({ bits, granularity, signed, group: 32, clipStep: 25 }));
        expect(olive.encode(olive.dequantize(quantized), quantized)).toEqual(quantized.codes);
      }),
      { numRuns: 80, seed: 4 },
    );
  });

  it.each([
    ['paper', [0, -96]],
    ['released-code', [-12, 0]],
  ])('keeps of two outliers the one the rule %s names', (pairRule, kept) => {
    const options = olive.options.parse({ normal: 'int', pairRule, alpha: 7, granularity: 'tensor' });
    expect(values(olive.dequantize(olive.quantize({ rows: 1, cols: 2, data: Float32Array.of(-12, -96) }, options)))).toEqual(kept);
  });

  it('never pairs over the end of an odd row: its last outlier takes a padding element', () => {
    const options = olive.options.parse({ normal: 'int', alpha: 7, granularity: 'tensor' });
    const quantized = olive.quantize({ rows: 2, cols: 3, data: Float32Array.of(1, -2, 50, 3, 50, 4) }, options);
    expect(values(olive.dequantize(quantized))).toEqual([1, -2, 48, 0, 48, 4]);
    expect(quantized.side.padding).toEqual(Uint8Array.of(8, 0));
    expect(quantized.bits.payload).toBe((4 * 4) / 3);
    expect(quantized.outlierPairs).toEqual({ normalNormal: 0.5, outlierNormal: 0.5, outlierOutlier: 0 });
  });

  it('needs a fifth bit for unsigned codes, and has no unsigned 8-bit code', () => {
    const data = Float32Array.of(0, 1, 40, 2);
    const quantized = olive.quantize({ rows: 1, cols: 4, data }, olive.options.parse({ normal: 'int', granularity: 'tensor', alpha: 15 }));
    expect(quantized.codeBits).toBe(5);
    expect([...quantized.codes]).toEqual([0, 1, expect.any(Number), 16]);
    expect(() => olive.quantize({ rows: 1, cols: 4, data }, olive.options.parse({ bits: 8, signed: false }))).toThrow(
      /no unsigned 8-bit codes/,
    );
    expect(olive.quantize({ rows: 1, cols: 4, data }, olive.options.parse({ bits: 8, granularity: 'tensor' })).choices.signed).toBe(true);
  });

  it('refuses an odd group size, whose pairs would span two scales', () => {
    expect(() => olive.options.parse({ group: 31 })).toThrow();
    expect(olive.options.parse({ group: 32 }).group).toBe(32);
  });

  it('refuses a clip range without a candidate, and accepts one with one', () => {
    expect(() => olive.options.parse({ clipLow: 100, clipHigh: 100 })).toThrow(/above clipLow/);
    const data = Float32Array.of(1, -2, 3, 0.5);
    const quantized = olive.quantize({ rows: 1, cols: 4, data }, olive.options.parse({ clipLow: 100, clipHigh: 100.5 }));
    expect(olive.encode(olive.dequantize(quantized), quantized)).toEqual(quantized.codes);
  });
});
