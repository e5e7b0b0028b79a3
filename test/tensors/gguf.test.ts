import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockTypeNames, blockTypes } from '../../src/formats/gguf/block-types.js';
import { LowbitError } from '../../src/lowbit-error.js';
import { bfloat16Bits, float16Bits } from '../../src/numeric/float16.js';
import { matrix } from '../../src/numeric/matrix.js';
import { seededRandom } from '../../src/numeric/random.js';
import { ggufBytes } from '../../src/quantizers/gguf.js';
import { quantize, quantizerNamed } from '../../src/quantizers/index.js';
import { openWeights, type WeightSource } from '../../src/tensors/weight-source.js';
import { f32Bytes, ggufFile, textPair, u32Pair, type GgufParts, type GgufTensor } from './gguf-bytes.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder();
let files = 0;

async function opened(parts: GgufParts | Uint8Array): Promise<WeightSource> {
  const path = join(folder, `${files++}.gguf`);
  writeFileSync(path, parts instanceof Uint8Array ? parts : ggufFile(parts));
  return openWeights(path);
}

const normals = (count: number, seed: number): Float32Array => {
  const { normal } = seededRandom(seed);
  return Float32Array.from({ length: count }, () => normal());
};

const halves = (values: Float32Array, bits: (x: number) => number): Uint8Array => new Uint8Array(Uint16Array.from(values, bits).buffer);

function f32(name: string, dimensions: readonly number[], values: ArrayLike<number>): GgufTensor {
  return { name, dimensions, type: 0, data: f32Bytes(values) };
}

describe('a GGUF file', () => {
  it('gives its keys, and its tensors with the contiguous dimension last', async () => {
    const source = await opened({
      pairs: [
        textPair('general.architecture', 'qwen2'),
        u32Pair('qwen2.block_count', 3),
        { key: 'a.flag', type: 7, value: true },
        { key: 'a.long', type: 10, value: 2n ** 60n },
        { key: 'tokens', type: 8, value: ['a', 'ü', ''] },
        { key: 'scores', type: 6, value: [0.5, -1] },
      ],
      tensors: [f32('w', [2, 3], [0, 1, 2, 3, 4, 5]), f32('norm', [2], [1, 2])],
    });
    expect(source.format).toBe('gguf');
    expect(Object.fromEntries(source.metadata!)).toEqual({
      'general.architecture': 'qwen2',
      'qwen2.block_count': 3,
      'a.flag': true,
      'a.long': 2n ** 60n,
      tokens: ['a', 'ü', ''],
      scores: Float64Array.of(0.5, -1),
    });
    const w = await source.readMatrix('w');
    expect([w.rows, w.cols, [...w.data]]).toEqual([3, 2, [0, 1, 2, 3, 4, 5]]);
    expect(source.tensors.map(({ name, role, reason }) => [name, role, reason])).toEqual([
      ['w', 'linear', undefined],
      ['norm', 'other', 'it is a vector, no matrix'],
    ]);
    await source.close();
  });

  it('holds plain numbers of three widths', async () => {
    const values = normals(64, 1);
    const source = await opened({
      tensors: [
        f32('a', [32, 2], values),
        { name: 'b', dimensions: [32, 2], type: 1, data: halves(values, float16Bits) },
        { name: 'c', dimensions: [32, 2], type: 30, data: halves(values, bfloat16Bits) },
      ],
    });
    expect(source.tensors.map(({ dtype, storedBits }) => [dtype, storedBits])).toEqual([
      ['F32', 32],
      ['F16', 16],
      ['BF16', 16],
    ]);
    expect(await source.readFloats('a')).toEqual(values);
    expect((await source.readFloats('b'))[5]).toBeCloseTo(values[5]!, 3);
    expect((await source.readFloats('c'))[5]).toBeCloseTo(values[5]!, 1);
    await source.close();
  });

  it.each(blockTypeNames)('reads %s as the quantizer reads what it wrote', async (type) => {
    const quantized = quantize('gguf', matrix(3, 512, normals(1536, 5)), { type });
    const source = await opened({ tensors: [{ name: 'w', dimensions: [512, 3], type: blockTypes[type].id, data: ggufBytes(quantized) }] });
    expect(source.tensors[0]).toMatchObject({ dtype: type.toUpperCase(), layout: { n: 3, k: 512 } });
    expect(source.tensors[0]!.storedBits).toBe((blockTypes[type].bytes * 8) / blockTypes[type].elements);
    expect(await source.readFloats('w')).toEqual(quantizerNamed('gguf').dequantize(quantized));
    await source.close();
  });

  it('reads MXFP4 blocks: a power of two, then low halves before high halves', async () => {
    const data = new Uint8Array(34);
    data.set([128, 0x21, 0x97]);
    data[17] = 255;
    const source = await opened({ tensors: [{ name: 'w', dimensions: [32, 2], type: 39, data }] });
    const values = await source.readFloats('w');
    expect([values[0], values[16], values[1], values[17]]).toEqual([1, 2, 12, -1]);
    expect(source.tensors[0]!.storedBits).toBe(4.25);
    expect(values.subarray(32).every(Number.isNaN)).toBe(true);
    await source.close();
  });

  it('is read in pieces when a tensor is larger than one', async () => {
    const rows = 5200;
    const values = normals(rows * 256, 9);
    const quantized = quantize('gguf', matrix(rows, 256, values), { type: 'q8_0' });
    const bytes = ggufBytes(quantized);
    const many = Buffer.concat(Array.from({ length: 4 }, () => bytes));
    const source = await opened({ tensors: [{ name: 'w', dimensions: [256, 4 * rows], type: 8, data: many }] });
    const read = await source.readFloats('w');
    const once = quantizerNamed('gguf').dequantize(quantized);
    for (let part = 0; part < 4; part++)
      expect(Buffer.compare(f32Bytes(read.subarray(part * once.length, (part + 1) * once.length)), f32Bytes(once))).toBe(0);
    await source.close();
  });

  it('with a header longer than the first piece is read too', async () => {
    const tokens = Array.from({ length: 90_000 }, (_, i) => `token number ${i}`);
    const source = await opened({ pairs: [{ key: 'tokens', type: 8, value: tokens }], tensors: [f32('w', [2, 1], [1, 2])] });
    expect((source.metadata!.get('tokens') as string[]).at(-1)).toBe('token number 89999');
    expect(await source.readFloats('w')).toEqual(Float32Array.of(1, 2));
    await source.close();
  });

  it('respects its own alignment', async () => {
    const parts = { pairs: [u32Pair('general.alignment', 64)], alignment: 64, tensors: [f32('v', [1], [7]), f32('w', [2, 1], [1, 2])] };
    const source = await opened(parts);
    expect(await source.readFloats('w')).toEqual(Float32Array.of(1, 2));
    await source.close();
  });
});

describe('rows of rotary matrices', () => {
  // Two heads of four rows: the file holds (0, 2, 1, 3), (4, 6, 5, 7) of the model's rows.
  const interleaved = [0, 2, 1, 3, 4, 6, 5, 7];
  const pairs = (architecture: string) => [
    textPair('general.architecture', architecture),
    u32Pair(`${architecture}.attention.head_count`, 2),
    u32Pair(`${architecture}.attention.head_count_kv`, 1),
  ];
  const tensors = [
    f32('blk.0.attn_q.weight', [1, 8], interleaved),
    f32('blk.0.attn_k.weight', [1, 4], [0, 2, 1, 3]),
    f32('blk.0.attn_q.bias', [8], interleaved),
    f32('blk.0.attn_v.weight', [1, 4], [0, 2, 1, 3]),
  ];

  it('of a Llama file are put back', async () => {
    const source = await opened({ pairs: pairs('llama'), tensors });
    expect([...(await source.readMatrix('blk.0.attn_q.weight')).data]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([...(await source.readFloats('blk.0.attn_q.bias'))]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([...(await source.readFloats('blk.0.attn_k.weight'))]).toEqual([0, 1, 2, 3]);
    expect([...(await source.readFloats('blk.0.attn_v.weight'))]).toEqual([0, 2, 1, 3]);
    await source.close();
  });

  it('of other architectures stay', async () => {
    const source = await opened({ pairs: pairs('qwen2'), tensors });
    expect([...(await source.readFloats('blk.0.attn_q.weight'))]).toEqual(interleaved);
    await source.close();
  });

  it('that do not fit the heads are refused', async () => {
    await expect(opened({ pairs: pairs('llama'), tensors: [f32('blk.0.attn_q.weight', [1, 6], [0, 1, 2, 3, 4, 5])] })).rejects.toThrow(
      /6 rows of the tensor do not divide into pairs of that many heads: 2 \(.*blk\.0\.attn_q\.weight\)/,
    );
    await expect(
      opened({ pairs: [textPair('general.architecture', 'llama')], tensors: [f32('blk.0.attn_q.weight', [1, 6], [0, 1, 2, 3, 4, 5])] }),
    ).rejects.toThrow(/llama\.attention\.head_count is missing/);
  });
});

describe('a faulty GGUF file', () => {
  const w = f32('w', [2, 1], [1, 2]);
  it.each<[string, GgufParts, RegExp]>([
    ['bad magic', { magic: 'GGML', tensors: [w] }, /not a GGUF file: it does not start with GGUF: "GGML"/],
    ['version 1', { version: 1, tensors: [w] }, /this version of GGUF is not read: 1 \(.*byte 4\); expected one of: 2, 3/],
    ['big endian', { version: 0x03000000, tensors: [w] }, /a big-endian file/],
    [
      'unknown type',
      { tensors: [{ ...w, type: 20 }] },
      /unknown or unsupported type of a tensor: 20 \(.*tensor w.*\); expected one of: 0 \(F32\)/,
    ],
    ['offset outside', { tensors: [{ ...w, offset: 3200 }] }, /the tensor \(bytes \d+ to \d+\) ends beyond the file/],
    ['offset between', { tensors: [{ ...w, offset: 4 }] }, /offset of the tensor is no multiple of 32: 4/],
    [
      'overlap',
      {
        tensors: [
          { ...w, name: 'a' },
          { ...w, offset: 0 },
        ],
      },
      /the tensor overlaps a, which ends at byte/,
    ],
    ['same name', { tensors: [w, w] }, /two tensors have one name: w/],
    ['no dimensions', { tensors: [{ ...w, dimensions: [] }] }, /a tensor has 1 to 4 dimensions: 0/],
    ['huge', { tensors: [{ ...w, dimensions: [2 ** 30, 2 ** 30] }] }, /more elements than any file can hold/],
    ['part of a block', { tensors: [{ ...w, dimensions: [40], type: 2 }] }, /rows of 40 elements do not divide into Q4_0 blocks of 32/],
    ['same key', { pairs: [u32Pair('a', 1), u32Pair('a', 2)] }, /duplicate key: a/],
    ['type of a value', { pairs: [{ ...u32Pair('a', 1), type: 13 }] }, /unknown type of a value: 13 of key a/],
    ['alignment', { pairs: [u32Pair('general.alignment', 12)] }, /general.alignment must be a multiple of 8: 12/],
    ['split', { pairs: [u32Pair('split.count', 3), u32Pair('split.no', 1)] }, /one part of a split model: 2 of 3/],
  ])('is refused with its place (%s)', async (_, parts, message) => {
    await expect(opened(parts)).rejects.toThrow(message);
    await expect(opened(parts)).rejects.toThrow(LowbitError);
  });

  it('that was cut anywhere, or of which any byte is wrong, gives an error that says so or tensors, and never more than it can hold', async () => {
    const quantized = quantize('gguf', matrix(1, 256, normals(256, 2)), { type: 'q4_k' });
    const whole = ggufFile({
      pairs: [
        textPair('general.architecture', 'llama'),
        { key: 'tokens', type: 8, value: ['a', 'b'] },
        { key: 'n', type: 4, value: [1, 2] },
      ],
      tensors: [{ name: 'w', dimensions: [256, 1], type: 12, data: ggufBytes(quantized) }, f32('v', [3], [1, 2, 3])],
    });
    const cut = fc.nat(whole.length - 1).map((length) => whole.subarray(0, length));
    const changed = fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => {
      const bytes = Buffer.from(whole);
      bytes[at] = byte;
      return bytes;
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(cut, changed), async (bytes) => {
        const source = await opened(bytes).catch((error: unknown) => error);
        if (source instanceof Error) {
          expect(source).toBeInstanceOf(LowbitError);
          return;
        }
        const weights = source as WeightSource;
        for (const { name, shape, reason } of weights.tensors) {
          if (reason?.includes('no floating-point') === true) continue;
          const values = await weights.readFloats(name);
          expect(values.length).toBe(shape.reduce((product, size) => product * size, 1));
        }
        await weights.close();
      }),
      { numRuns: 400 },
    );
  });
});
