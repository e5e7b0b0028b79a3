import { appendFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LowbitError } from '../../src/lowbit-error.js';
import { openSafetensors } from '../../src/tensors/safetensors/reader.js';
import { writeSafetensors } from '../../src/tensors/safetensors/writer.js';
import { entry, safetensorsBytes } from './safetensors-bytes.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder();
const path = join(folder, 'model.safetensors');

async function readAll(bytes: Uint8Array): Promise<Record<string, number[]>> {
  writeFileSync(path, bytes);
  const file = await openSafetensors(path);
  try {
    const all: Record<string, number[]> = {};
    for (const each of file.entries) all[each.name] = [...(await file.readFloats(each))];
    return all;
  } finally {
    await file.close();
  }
}

async function readOne(dtype: string, shape: readonly number[], data: Uint8Array): Promise<number[]> {
  return (await readAll(safetensorsBytes({ t: entry(dtype, shape, 0, data.length) }, data)))['t'] ?? [];
}

const float32Bytes = (values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

describe('element types', () => {
  it('reads float32 bit by bit, NaN and infinities included', async () => {
    const values = [0, -0, 1.5, -3.25e-39, NaN, Infinity, -Infinity, 3.4e38].map(Math.fround);
    expect(await readOne('F32', [2, 4], float32Bytes(values))).toEqual(values);
  });

  it('rounds float64 to float32', async () => {
    expect(await readOne('F64', [2], new Uint8Array(Float64Array.of(0.1, -2).buffer))).toEqual([Math.fround(0.1), -2]);
  });

  it('reads every bfloat16 as the upper half of a float32', async () => {
    const codes = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const words = Uint32Array.from(codes, (code) => code << 16);
    expect(await readOne('BF16', [65536], new Uint8Array(codes.buffer))).toEqual([...new Float32Array(words.buffer)]);
  });

  it('reads the landmarks of half precision', async () => {
    const codes = Uint16Array.of(0, 0x8000, 1, 0x3ff, 0x400, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00, 0x7e00);
    const values = [0, -0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1, -2, 65504, Infinity, -Infinity, NaN];
    expect(await readOne('F16', [11], new Uint8Array(codes.buffer))).toEqual(values);
  });

  it.each([
    ['F8_E4M3', [0x00, 0x01, 0x08, 0x38, 0x7e, 0xfe, 0x7f, 0xff], [0, 2 ** -9, 2 ** -6, 1, 448, -448, NaN, NaN]],
    ['F8_E5M2', [0x01, 0x3c, 0x7b, 0x7c, 0xfc, 0x7d], [2 ** -16, 1, 57344, Infinity, -Infinity, NaN]],
    ['F8_E4M3FNUZ', [0x01, 0x40, 0x7f, 0x80, 0xff], [2 ** -10, 1, 240, NaN, -240]],
    ['F8_E5M2FNUZ', [0x01, 0x40, 0x7f, 0x80, 0xff], [2 ** -17, 1, 57344, NaN, -57344]],
    ['F8_E8M0', [0, 127, 128, 254, 255], [2 ** -127, 1, 2, 2 ** 127, NaN]],
  ])('reads the landmarks of %s', async (dtype, codes, values) => {
    expect(await readOne(dtype, [codes.length], Uint8Array.from(codes))).toEqual(values);
  });

  it('reads two E2M1 values from a byte, the low half first', async () => {
    expect(await readOne('F4', [4], Uint8Array.of(0x21, 0xf7))).toEqual([0.5, 1, 6, -6]);
  });

  it.each(['I64', 'I32', 'I16', 'I8', 'U64', 'U32', 'U16', 'U8', 'BOOL', 'F6_E2M3', 'F6_E3M2'])(
    'lists %s but does not make weights of it',
    async (dtype) => {
      const bits = dtype.startsWith('F6') ? 6 : dtype === 'BOOL' ? 8 : Number(dtype.slice(1));
      writeFileSync(path, safetensorsBytes({ t: entry(dtype, [8], 0, bits) }, new Uint8Array(bits)));
      const file = await openSafetensors(path);
      const [only] = file.entries;
      expect(only).toMatchObject({ name: 't', dtype, shape: [8] });
      await expect(file.readFloats(only!)).rejects.toThrow(`${dtype} elements cannot be read as floating-point weights`);
      await file.close();
    },
  );

  it('reads tensors that are longer than one read, at any alignment', async () => {
    const values = Float32Array.from({ length: 2 ** 20 + 3 }, (_, i) => i);
    const data = Buffer.concat([Buffer.from([1, 2, 3]), Buffer.from(values.buffer)]);
    writeFileSync(path, safetensorsBytes({ a: entry('U8', [3], 0, 3), b: entry('F32', [values.length], 3, data.length) }, data));
    const file = await openSafetensors(path);
    // Compared as bytes: an element-wise comparison of a million numbers takes seconds.
    const read = await file.readFloats(file.entries[1]!);
    expect(Buffer.from(read.buffer).equals(Buffer.from(values.buffer))).toBe(true);
    await file.close();
  });
});

describe('files larger than memory', () => {
  it('are read one tensor at a time, also beyond 4 GiB', async () => {
    const large = 2 ** 31 * 3;
    const header = safetensorsBytes({ large: entry('U8', [large], 0, large), small: entry('F32', [2], large, large + 8) });
    writeFileSync(path, header);
    // A hole takes no space on the disk.
    truncateSync(path, header.length + large);
    appendFileSync(path, float32Bytes([1.5, -2]));
    const file = await openSafetensors(path);
    const before = process.memoryUsage().arrayBuffers;
    expect([...(await file.readFloats(file.entries[1]!))]).toEqual([1.5, -2]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
    await file.close();
  });
});

describe('what a header may say', () => {
  it('accepts scalars, empty tensors, metadata, trailing spaces and a file without tensors', async () => {
    const header = JSON.stringify({ __metadata__: { format: 'pt' }, s: entry('F32', [], 0, 4), e: entry('F32', [0, 2 ** 50, 5], 4, 4) });
    expect(await readAll(safetensorsBytes(`${header}   `, float32Bytes([7])))).toEqual({ s: [7], e: [] });
    expect(await readAll(safetensorsBytes({}))).toEqual({});
  });

  it('accepts names that are special in JavaScript', async () => {
    const bytes = safetensorsBytes(
      '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"constructor":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
      float32Bytes([1, 2]),
    );
    writeFileSync(path, bytes);
    const file = await openSafetensors(path);
    expect(file.entries.map((each) => each.name)).toEqual(['__proto__', 'constructor']);
    await file.close();
  });
});

const four = float32Bytes([1]);
const lies: readonly [string, Uint8Array, RegExp][] = [
  ['an empty file', new Uint8Array(), /8 bytes of header length, this file has 0 bytes.*truncated/],
  ['a file of 7 bytes', new Uint8Array(7), /this file has 7 bytes/],
  [
    'a header length of one byte more than the file',
    safetensorsBytes('{}', new Uint8Array(), 3n),
    /said to have 3 bytes, but the file has only 10 \(.*bytes 0 to 8\); the file is truncated/,
  ],
  [
    'a header length of 2^64 - 1',
    safetensorsBytes('{}', new Uint8Array(), 2n ** 64n - 1n),
    /header length is 18446744073709551615 bytes, more than/,
  ],
  ['a Git LFS pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /Git LFS pointer.*git lfs pull/],
  ['a header that is not JSON', safetensorsBytes('{"a":'), /not valid JSON.*header at byte 8/],
  ['a header that is not UTF-8', safetensorsBytes('', Uint8Array.of(0xff, 0xfe), 2n), /not UTF-8/],
  ['a header that is a list', safetensorsBytes([]), /not a JSON object/],
  ['a header that is nested without end', safetensorsBytes('['.repeat(200_000)), /not valid JSON/],
  ['lists without end in an entry', safetensorsBytes(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), /tensor a/],
  ['an entry that is a number', safetensorsBytes({ a: 4 }), /tensor a.*fetch/],
  ['metadata that is not text', safetensorsBytes({ __metadata__: { a: 1 } }), /__metadata__/],
  [
    'the same name twice',
    safetensorsBytes(
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
      four,
    ),
    /duplicate key: a \(.*byte 62\)/,
  ],
  [
    'the same key twice in an entry',
    safetensorsBytes('{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', four),
    /duplicate key: dtype/,
  ],
  [
    'an unknown type',
    safetensorsBytes({ a: entry('F23', [1], 0, 4) }, four),
    /unknown element type \(dtype\): "F23" \(.*tensor a\); expected one of: F64, .*did you mean/,
  ],
  ['a type that is a number', safetensorsBytes({ a: { dtype: 1, shape: [1], data_offsets: [0, 4] } }, four), /unknown element type/],
  ['a negative dimension', safetensorsBytes({ a: entry('F32', [-1], 0, 4) }, four), /shape must be a list of whole numbers.*\[-1\]/],
  ['half a dimension', safetensorsBytes({ a: entry('F32', [0.5], 0, 4) }, four), /shape must be a list/],
  ['a dimension beyond 2^53', safetensorsBytes('{"a":{"dtype":"F32","shape":[1e30],"data_offsets":[0,4]}}', four), /shape must be a list/],
  ['a shape whose product overflows', safetensorsBytes({ a: entry('F32', [2 ** 40, 2 ** 40], 0, 4) }, four), /more elements than any file/],
  ['a missing shape', safetensorsBytes({ a: { dtype: 'F32', data_offsets: [0, 4] } }, four), /shape must be a list/],
  [
    'three offsets',
    safetensorsBytes({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 8] } }, four),
    /data_offsets must be a begin and an end/,
  ],
  ['an end before its begin', safetensorsBytes({ a: entry('F32', [1], 4, 0) }, four), /data_offsets must be a begin and an end/],
  [
    'a tensor beyond the file',
    safetensorsBytes({ a: entry('F32', [2], 0, 8) }, four),
    /ends beyond the file, which has \d+ bytes.*tensor a, bytes \d+ to \d+.*truncated/,
  ],
  [
    'a size that contradicts the shape',
    safetensorsBytes({ a: entry('F32', [2], 0, 4) }, four),
    /F32 of shape \[2\] needs 8 bytes, but its offsets span 4/,
  ],
  [
    'overlapping tensors',
    safetensorsBytes({ a: entry('F32', [1], 0, 4), b: entry('U8', [2], 2, 4) }, four),
    /tensor overlaps the one before it.*tensor b/,
  ],
  ['the same bytes twice', safetensorsBytes({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 0, 4) }, four), /overlaps/],
  [
    'a hole between tensors',
    safetensorsBytes({ a: entry('U8', [1], 0, 1), b: entry('U8', [1], 3, 4) }, four),
    /belong to no tensor.*tensor b/,
  ],
  ['a hole at the beginning', safetensorsBytes({ b: entry('U8', [1], 3, 4) }, four), /before the tensor belong to no tensor/],
  ['bytes left over at the end', safetensorsBytes({ a: entry('U8', [1], 0, 1) }, four), /at the end of the file belong to no tensor/],
];

describe('lies of a header', () => {
  it.each(lies)('catches %s', async (_, bytes, message) => {
    await expect(readAll(bytes)).rejects.toThrow(LowbitError);
    await expect(readAll(bytes)).rejects.toThrow(message);
    await expect(readAll(bytes)).rejects.toThrow(path);
  });

  it('says so when the file shrinks after it was opened', async () => {
    writeFileSync(path, safetensorsBytes({ a: entry('F32', [2], 0, 8) }, float32Bytes([1, 2])));
    const file = await openSafetensors(path);
    truncateSync(path, file.entries[0]!.end - 1);
    await expect(file.readFloats(file.entries[0]!)).rejects.toThrow(/became shorter while it was read/);
    await file.close();
  });

  it('says so when there is no such file, or it is a folder', async () => {
    await expect(openSafetensors(join(folder, 'none'))).rejects.toThrow(/cannot read .*none: no such file or folder/);
    await expect(openSafetensors(folder)).rejects.toThrow(LowbitError);
  });
});

describe('damage of any kind', () => {
  const values = [1, 2, 3, 4, 5, 6];
  const whole = safetensorsBytes({ 'layer.0': entry('F32', [2, 2], 0, 16), b: entry('F32', [2], 16, 24) }, float32Bytes(values));
  const dataBegin = whole.length - 24;

  it('truncated anywhere, a file gives nothing but a LowbitError', async () => {
    for (let length = 0; length < whole.length; length++) await expect(readAll(whole.subarray(0, length))).rejects.toThrow(LowbitError);
  });

  it('a flipped bit in length or header gives a LowbitError, or the same values under other names, order or shapes', async () => {
    const inputs = fc.array(fc.tuple(fc.nat(dataBegin - 1), fc.nat(7)), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(inputs, async (flips) => {
        const damaged = Buffer.from(whole);
        for (const [at, bit] of flips) damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
        const result = await readAll(damaged).catch((error: unknown) => error);
        if (result instanceof LowbitError) return;
        expect(result).not.toBeInstanceOf(Error);
        const read = Object.values(result as Record<string, number[]>).flat();
        expect(read.length).toBeLessThanOrEqual(2 * values.length);
      }),
      { numRuns: 400, seed: 7 },
    );
  });
});

describe('writeSafetensors', () => {
  it('writes what the reader reads: any shapes and names, in the order given', async () => {
    const shape = fc.array(fc.nat(5), { maxLength: 3 });
    const tensors = fc.uniqueArray(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 12 }), shape), {
      selector: ([name]) => name,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(tensors, async (list) => {
        const written = list.map(([name, dims], i) => {
          const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, j) => i + j / 8);
          return { name, shape: dims, dtype: 'F32' as const, data: () => data };
        });
        await writeSafetensors(path, written, { source: 'test' });
        const file = await openSafetensors(path);
        const order = file.entries.map((each) => each.name);
        const nonEmpty = written.filter((each) => each.data().length > 0).map((each) => each.name);
        expect(order.filter((name) => nonEmpty.includes(name))).toEqual(nonEmpty);
        for (const each of written) {
          const found = file.entries.find((one) => one.name === each.name)!;
          expect(found.shape).toEqual(each.shape);
          expect(await file.readFloats(found)).toEqual(each.data());
        }
        await file.close();
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  it('writes bytes as U8', async () => {
    await writeSafetensors(path, [{ name: 'codes', dtype: 'U8', shape: [2, 2], data: () => Promise.resolve(Uint8Array.of(1, 2, 3, 4)) }]);
    const file = await openSafetensors(path);
    expect(file.entries[0]).toMatchObject({ dtype: 'U8', shape: [2, 2] });
    await file.close();
  });

  it('takes data that do not fill their shape, and names given twice, as a defect of the caller', async () => {
    const tensor = { name: 'a', dtype: 'F32' as const, shape: [2], data: () => new Float32Array(3) };
    await expect(writeSafetensors(join(folder, 'bad'), [tensor])).rejects.toThrow(/Float32Array of 3 does not fill F32 \[2\]/);
    await expect(writeSafetensors(join(folder, 'bad'), [tensor, tensor])).rejects.toThrow(/already taken/);
    await expect(openSafetensors(join(folder, 'bad'))).rejects.toThrow(/no such file/);
  });
});
