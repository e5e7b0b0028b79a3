import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { operandFormat } from '../../../src/formats/index.js';
import { float16Bits, float16FromBits } from '../../../src/numeric/float16.js';
import type { Matrix } from '../../../src/numeric/matrix.js';
import { seededRandom } from '../../../src/numeric/random.js';
import { kvQuantizerNamed, kvQuantizers } from '../../../src/quantizers/kv/index.js';
import type { CacheShape, KvQuantizer } from '../../../src/quantizers/kv/kv-quantizer.js';
import { parseOptions } from '../../../src/quantizers/quantize-options.js';

const names = Object.keys(kvQuantizers);
const shape: CacheShape = { kvHeads: 2, headDim: 64 };
const width = shape.kvHeads * shape.headDim;
const optionsOf = (name: string, raw: object = {}): object => parseOptions(kvQuantizerNamed(name), { ...raw });

function randomCache(tokens: number, seed: number): Matrix {
  const { normal } = seededRandom(seed);
  return { rows: tokens, cols: width, data: Float32Array.from({ length: tokens * width }, () => normal()) };
}

const rowsOf = ({ data, cols }: Matrix, from: number, to: number): Float32Array => data.subarray(from * cols, to * cols);
const head = (cache: Matrix, tokens: number): Matrix => ({ ...cache, rows: tokens, data: cache.data.slice(0, tokens * cache.cols) });

/** Per element, of both sides together. */
const bits = (name: string, tokens: number, raw: object = {}): number => {
  const { codes, side, exact } = kvQuantizerNamed(name).bytes(tokens, shape, optionsOf(name, raw));
  return ((codes + side + exact) * 8) / (2 * tokens * width);
};

describe.each(names)('cache quantizer %s', (name) => {
  const quantizer: KvQuantizer = kvQuantizerNamed(name);
  const options = optionsOf(name);

  it('has a page that names its options, a source and a known format', () => {
    const page = new URL('../../../docs/quantizers/kv-caches.md', import.meta.url);
    expect(existsSync(page)).toBe(true);
    const text = readFileSync(page, 'utf8');
    for (const word of [`\`${name}\``, ...Object.keys(options)]) expect(text).toContain(word);
    expect(quantizer.name).toBe(name);
    expect(quantizer.source).toBeTruthy();
    expect(operandFormat(quantizer.formatName(options)).payload_bitsPerElement).toBeGreaterThan(0);
  });

  it('never changes a coded row when tokens are added, and reads exact rows only to the newest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 60 }), fc.nat(1000), (before, more, seed) => {
        const longer = randomCache(before + more, seed);
        for (const side of ['keys', 'values'] as const) {
          const first = quantizer[side](head(longer, before), shape, options);
          const second = quantizer[side](longer, shape, options);
          const coded = first.exactFrom(before - 1);
          expect(coded).toBeGreaterThanOrEqual(0);
          expect(coded).toBeLessThanOrEqual(before);
          expect(second.exactFrom(before - 1)).toBe(coded);
          expect(rowsOf(second.values, 0, coded)).toEqual(rowsOf(first.values, 0, coded));
        }
      }),
      { numRuns: 15 },
    );
  });

  it('codes the more exactly the more of it is exact: never further off than its step', () => {
    const cache = randomCache(256, 7);
    for (const side of ['keys', 'values'] as const) {
      const { values } = quantizer[side](cache, shape, options);
      for (const [i, x] of cache.data.entries()) expect(Math.abs(values.data[i]! - x)).toBeLessThan(3.5);
    }
    expect([...cache.data]).toEqual([...randomCache(256, 7).data]);
  });

  it('stores no more bytes than FP16 with its scales, and more for more tokens', () => {
    const total = (tokens: number): number => {
      const { codes, side, exact } = quantizer.bytes(tokens, shape, options);
      return codes + side + exact;
    };
    expect(total(0)).toBe(0);
    expect(total(4096)).toBeLessThan((4096 * width * 2 * 16) / 8 / 2);
    expect(total(8192)).toBeGreaterThan(total(4096));
  });
});

describe('KIVI', () => {
  const kivi = kvQuantizerNamed('kivi');
  const options = optionsOf('kivi');
  const token = 2 * width * 2;

  it.each([
    [127, 127, 127],
    [128, 0, 128],
    [129, 1, 128],
    [300, 44, 128],
  ])('with %d tokens keeps %d keys and %d values in FP16', (n, keys, values) => {
    const { codes, side, exact } = kivi.bytes(n, shape, options);
    expect(exact).toBe((keys + values) * (token / 2));
    const coded = 2 * n - keys - values;
    expect(codes).toBe((coded * width * 2) / 8);
    expect(side).toBe((coded * width) / 8);
  });

  it('takes 2 h d (3 (n - n mod R) + 16 (n mod R) + 3 max(0, n - R) + 16 min(n, R)) / 16 bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20000 }), (n) => {
        const { codes, side, exact } = kivi.bytes(n, shape, options);
        const published = (2 * width * (3 * (n - (n % 128)) + 16 * (n % 128) + 3 * Math.max(0, n - 128) + 16 * Math.min(n, 128))) / 16;
        expect(codes + side + exact).toBe(published);
      }),
    );
  });

  it('lets the query at token t read its own key and value exactly, all keys of the last unfinished R, and R values', () => {
    const cache = randomCache(300, 1);
    const keys = kivi.keys(cache, shape, options);
    const values = kivi.values(cache, shape, options);
    expect([127, 128, 129, 256, 299].map((t) => keys.exactFrom(t))).toEqual([0, 128, 128, 256, 256]);
    expect([0, 127, 128, 129, 299].map((t) => values.exactFrom(t))).toEqual([0, 0, 0, 1, 171]);
  });

  it('refuses a residual that is no multiple of the group', () => {
    expect(() => optionsOf('kivi', { residual: 100 })).toThrow(/residual.*multiple of group/s);
  });
});

describe('bits of other caches', () => {
  it('are 4 + 32/headDim for QServe, 4 + 32/g of full groups for COMET', () => {
    expect(bits('qoq-kv4', 10)).toBe(4 + 32 / 64);
    expect(bits('comet-kv4', 64)).toBe(4 + 32 / 64);
    expect(bits('comet-kv4', 63)).toBe(16);
    expect(bits('comet-kv4', 65)).toBeCloseTo((64 * 4.5 + 16) / 65, 12);
  });

  it('count a side that is left alone with 16 bits', () => {
    expect(bits('per-token', 32, { bits: 2, sides: 'keys', group: 32 })).toBe((3 + 16) / 2);
    expect(bits('per-channel', 32, { bits: 2, sides: 'values' })).toBe((16 + 3) / 2);
  });
});

describe('groups of a cache', () => {
  it('hold a constant channel exactly per channel, and a constant token exactly per token', () => {
    const data = Float32Array.from({ length: 32 * width }, (_, i) => i % width);
    const cache = { rows: 32, cols: width, data };
    expect(kvQuantizerNamed('per-channel').keys(cache, shape, optionsOf('per-channel', { bits: 2 })).values.data).toEqual(data);
    const byToken = Float32Array.from({ length: 32 * width }, (_, i) => Math.floor(i / width));
    const turned = { ...cache, data: byToken };
    expect(kvQuantizerNamed('per-token').values(turned, shape, optionsOf('per-token', { bits: 2 })).values.data).toEqual(byToken);
  });

  it('give the two ends of a group back, and step evenly between them', () => {
    const row = Float32Array.from({ length: width }, (_, i) => (i % 64) / 63);
    const { values } = kvQuantizerNamed('qoq-kv4').keys({ rows: 1, cols: width, data: row }, shape, {});
    expect(values.data[0]).toBe(0);
    expect(new Set(values.data).size).toBe(16);
    expect(Math.abs(values.data[63]! - 1)).toBeLessThan(1e-3);
  });

  it('cannot hold what FP16 cannot', () => {
    const data = Float32Array.from({ length: width }, () => -1e6);
    expect(() => kvQuantizerNamed('qoq-kv4').keys({ rows: 1, cols: width, data }, shape, {})).toThrow(/do not fit FP16/);
  });
});

describe('RotateKV', () => {
  it('codes values with an integer zero point: zero is exact, every value a multiple of the scale, and 16 + bits are stored beside a group', () => {
    const data = Float32Array.from({ length: 8 * width }, (_, i) => ((i * 37) % 64) / 10 - 1.3);
    data[4 * width] = 0;
    const quantizer = kvQuantizerNamed('rotatekv');
    const chosen = optionsOf('rotatekv', { bits: 2, sinks: 0 });
    const { values } = quantizer.values({ rows: 8, cols: width, data }, shape, chosen);
    expect(values.data[4 * width]).toBe(0);
    for (let head = 0; head < values.data.length; head += shape.headDim) {
      const run = data.subarray(head, head + shape.headDim);
      const scale = float16FromBits(float16Bits((Math.max(...run) - Math.min(...run)) / 3));
      const zero = Math.round(-Math.min(...run) / scale);
      for (const [i, value] of values.data.subarray(head, head + shape.headDim).entries()) {
        const code = Math.min(3, Math.max(0, Math.round(run[i]! / scale) + zero));
        expect(value).toBe(Math.fround((code - zero) * scale) || 0);
      }
    }
    expect(bits('rotatekv', 8, { bits: 2, sinks: 0 })).toBe(2 + 18 / 64);
    expect(bits('rotatekv', 8, { bits: 4, sinks: 4 })).toBe((4 + 20 / 64 + 16) / 2);
  });

  it('keeps the first tokens, and spreads a single large channel', () => {
    const cache = randomCache(16, 3);
    for (let t = 0; t < 16; t++) cache.data[t * width + 5]! *= 50;
    const rotate = kvQuantizerNamed('rotatekv');
    const options = optionsOf('rotatekv', { bits: 4 });
    const { values } = rotate.keys(cache, shape, options);
    expect(rowsOf(values, 0, 4)).toEqual(rowsOf(cache, 0, 4));
    const error = (coded: Matrix): number => cache.data.reduce((sum, x, i) => sum + (x - coded.data[i]!) ** 2, 0);
    const plain = kvQuantizerNamed('per-token').keys(cache, shape, optionsOf('per-token')).values;
    expect(error(values)).toBeLessThan(error(plain));
  });
});
