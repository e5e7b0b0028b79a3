import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBlocks, packBlock, unpackBlock } from '../../src/formats/gguf/block-bytes.js';
import { blockTypeNames, blockTypes, emptyFields } from '../../src/formats/gguf/block-types.js';
import { matrix } from '../../src/numeric/matrix.js';
import { seededRandom } from '../../src/numeric/random.js';
import { ggufBytes } from '../../src/quantizers/gguf.js';
import { quantize } from '../../src/quantizers/index.js';
import { bitsPerWeight } from '../../src/quantizers/quantizer.js';
import { referenceBlocks, referenceValues } from './gguf-reference.js';
import { matrices, readBack } from './weight-matrices.js';

const STATED_BITS = { q4_0: 4.5, q4_1: 5, q5_0: 5.5, q5_1: 6, q8_0: 8.5, q2_k: 2.625, q3_k: 3.4375, q4_k: 4.5, q5_k: 5.5, q6_k: 6.5625 };

/** Values at the front of one block, zeros behind them. */
function block(type: 'q4_0' | 'q8_0', values: readonly number[]): { codes: number[]; d: number } {
  const data = new Float32Array(32);
  data.set(values);
  const { codes, side } = quantize('gguf', matrix(1, 32, data), { type });
  return { codes: [...codes.subarray(0, values.length)], d: side['d']![0]! };
}

describe.each(blockTypeNames)('%s', (type) => {
  const { elements, bytes: size } = blockTypes[type];

  it('is written as bytes that a reader straight from the table of the format reads alike', () => {
    fc.assert(
      fc.property(matrices(elements), (tensor) => {
        const quantized = quantize('gguf', tensor, { type });
        const bytes = ggufBytes(quantized);
        expect(bytes.length).toBe((tensor.data.length / elements) * size);
        expect(readBack(quantized)).toEqual(referenceValues(type, bytes));
      }),
      { numRuns: 25 },
    );
  });

  it('reads any bytes as that reader does, and writes them back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: size, maxLength: size }), (bytes) => {
        const values = new Float32Array(elements);
        decodeBlocks(blockTypes[type], bytes, values, { at: 0, count: elements });
        expect([...values].map((value) => value + 0)).toEqual([...referenceValues(type, bytes)].map((value) => value + 0));
        const fields = emptyFields();
        unpackBlock(blockTypes[type], bytes, 0, fields);
        fc.pre(Number.isFinite(fields.d) && Number.isFinite(fields.min));
        const again = new Uint8Array(size);
        packBlock(blockTypes[type], fields, again, 0);
        expect(again).toEqual(bytes);
      }),
      { numRuns: 100 },
    );
  });

  it('takes the bits its bytes say', () => {
    const quantized = quantize('gguf', matrix(2, 512, new Float32Array(1024)), { type });
    expect(bitsPerWeight(quantized.bits)).toBe(STATED_BITS[type]);
    expect((8 * ggufBytes(quantized).length) / 1024).toBe(STATED_BITS[type]);
    expect(referenceBlocks[type]).toMatchObject({ bytes: size, elements });
  });

  it('stores a block of zeros as zeros', () => {
    const quantized = quantize('gguf', matrix(1, 256, new Float32Array(256)), { type });
    expect(readBack(quantized).every((value) => value === 0)).toBe(true);
    if (elements === 256) expect(ggufBytes(quantized).every((byte) => byte === 0)).toBe(true);
  });

  it('refuses rows that are not whole blocks, naming the multiple', () => {
    for (const cols of [elements - 1, elements + 1, elements + 16]) {
      expect(() => quantize('gguf', matrix(1, cols, new Float32Array(cols)), { type })).toThrow(
        `rows of ${cols} elements do not divide into ${type} blocks; the number of columns must be a multiple of ${elements}`,
      );
    }
  });

  it('refuses scales that half precision does not hold', () => {
    const data = new Float32Array(256).fill(1e9);
    data[3] = -1e9;
    expect(() => quantize('gguf', matrix(1, 256, data), { type })).toThrow(/scale does not fit FP16/);
    expect(() => quantize('gguf', matrix(1, 256, data.fill(2 ** 126)), { type })).toThrow(/scale does not fit FP16/);
  });
});

describe('Q4_0', () => {
  it('takes its scale from the first extreme, so that a later one of the other sign is clipped', () => {
    expect(block('q4_0', [-8, 8, 1, -1])).toEqual({ codes: [0, 15, 9, 7], d: 1 });
    expect(block('q4_0', [8, -8, 1, -1])).toEqual({ codes: [0, 15, 7, 9], d: -1 });
  });

  it('cuts between two codes at the half', () => {
    expect(block('q4_0', [-8, 0.5, 0.4999, -0.5, -0.5001]).codes).toEqual([0, 9, 8, 8, 7]);
  });
});

describe('Q8_0', () => {
  it('rounds halves away from zero', () => {
    expect(block('q8_0', [127, 0.5, 1.5, -0.5, 0.4999])).toEqual({ codes: [127, 1, 2, 255, 0], d: 1 });
  });
});

describe('errors of the types', () => {
  const { normal } = seededRandom(3);
  const tensor = matrix(
    8,
    512,
    Float32Array.from({ length: 4096 }, () => normal()),
  );
  const errorOf = (name: string, options: Readonly<Record<string, unknown>>): number => {
    const values = readBack(quantize(name, tensor, options));
    return values.reduce((sum, value, i) => sum + (value - tensor.data[i]!) ** 2, 0) / values.length;
  };

  it('fall with the bits, and at 4.5 bits the k type is better than the plain one', () => {
    const errors = ['q2_k', 'q3_k', 'q4_k', 'q5_k', 'q6_k', 'q8_0'].map((type) => errorOf('gguf', { type }));
    expect([...errors].sort((a, b) => b - a)).toEqual(errors);
    expect(errorOf('gguf', { type: 'q4_k' })).toBeLessThan(errorOf('gguf', { type: 'q4_0' }));
  });

  it('of the fitted scales are below those of the range alone at the same group and bits', () => {
    expect(errorOf('gguf', { type: 'q4_k' })).toBeLessThan(errorOf('rtn', { bits: 4, symmetric: false, group: 32 }));
    expect(errorOf('gguf', { type: 'q6_k' })).toBeLessThan(errorOf('rtn', { bits: 6, group: 16, fullRange: true }));
  });
});
