import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LowbitError } from '../../src/lowbit-error.js';
import { toMatrix, toStored } from '../../src/tensors/weight-layout.js';
import { openWeights, type TensorInfo } from '../../src/tensors/weight-source.js';
import { integers, modelBytes, node, tensor, writeModel } from './onnx-model.js';
import { entry, safetensorsBytes } from './safetensors-bytes.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder();

describe('weight layouts', () => {
  it('restore what they made a matrix of, for any blocks and orientation', () => {
    const size = fc.integer({ min: 1, max: 7 });
    fc.assert(
      fc.property(size, size, size, fc.boolean(), (blocks, n, k, transposed) => {
        const layout = { blocks, n, k, transposed };
        const stored = Float32Array.from({ length: blocks * n * k }, (_, i) => i);
        const matrix = toMatrix(stored, layout);
        expect([matrix.rows, matrix.cols]).toEqual([blocks * n, k]);
        expect(toStored(matrix.data, layout)).toEqual(stored);
      }),
    );
  });
});

/** Opens a one-node model and reads its weight `w`. */
async function weightOf(
  op: string,
  dims: readonly number[],
  attributes: Readonly<Record<string, number>> = {},
): Promise<{ info: TensorInfo; rows: number[][]; restored: number[] }> {
  const values = Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => i);
  const path = writeModel(join(folder, 'one.onnx'), {
    inputs: { x: [1] },
    initializer: [tensor('w', dims, values)],
    nodes: [node(op, ['x', 'w'], ['y'], attributes)],
    outputs: ['y'],
  });
  const source = await openWeights(path);
  const matrix = await source.readMatrix('w');
  const rows = Array.from({ length: matrix.rows }, (_, r) => [...matrix.data.subarray(r * matrix.cols, (r + 1) * matrix.cols)]);
  return { info: source.tensors[0]!, rows, restored: [...source.restore('w', matrix.data)] };
}

describe('weights of ONNX nodes', () => {
  it('a MatMul weight [K, N] is turned to rows of outputs', async () => {
    const { info, rows } = await weightOf('MatMul', [2, 3]);
    expect(info).toMatchObject({ role: 'linear', transposed: true, layout: { blocks: 1, n: 3, k: 2 } });
    expect(rows).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
  });

  it('a Gemm weight lies as transB says', async () => {
    expect((await weightOf('Gemm', [2, 3])).rows).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect((await weightOf('Gemm', [2, 3], { transB: 1 })).rows).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  it('a convolution weight has a row per output channel', async () => {
    const { info, rows } = await weightOf('Conv', [2, 1, 1, 3], { group: 2 });
    expect(info).toMatchObject({ role: 'conv', transposed: false, layout: { blocks: 2, n: 1, k: 3 } });
    expect(rows).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  it('a transposed convolution weight [IC, OC / g, taps] has rows of one output channel and tap, columns of input channels of its group', async () => {
    const { info, rows } = await weightOf('ConvTranspose', [4, 1, 1, 2], { group: 2 });
    expect(info).toMatchObject({ role: 'conv', transposed: true, layout: { blocks: 2, n: 2, k: 2 } });
    expect(rows).toEqual([
      [0, 2],
      [1, 3],
      [4, 6],
      [5, 7],
    ]);
  });

  it.each([
    ['MatMul', [5, 3], {}],
    ['Gemm', [5, 3], { transB: 1 }],
    ['ConvTranspose', [6, 2, 3, 1], { group: 3 }],
    ['Conv', [4, 2, 3, 3], { group: 2 }],
    ['MatMul', [2, 3, 4], {}],
  ] as const)('restore gives the stored order back (%s %j)', async (op, dims, attributes) => {
    const { restored } = await weightOf(op, dims, attributes);
    expect(restored).toEqual(restored.map((_, i) => i));
  });

  it('a weight behind Transpose or Identity is found, and its orientation with it', async () => {
    const path = writeModel(join(folder, 'behind.onnx'), {
      inputs: { x: [1, 3] },
      initializer: [tensor('w', [2, 3], [0, 1, 2, 3, 4, 5])],
      nodes: [node('Identity', ['w'], ['i']), node('Transpose', ['i'], ['t'], { perm: [1, 0] }), node('MatMul', ['x', 't'], ['y'])],
      outputs: ['y'],
    });
    const source = await openWeights(path);
    expect(source.tensors[0]).toMatchObject({ role: 'linear', transposed: false, layout: { n: 2, k: 3 } });
  });

  it('lists what cannot be quantized with the reason', async () => {
    const path = writeModel(join(folder, 'mixed.onnx'), {
      inputs: { x: [1, 2] },
      initializer: [
        tensor('bias', [2], [1, 2]),
        tensor('gain', [1, 2], [1, 2]),
        integers('ids', [0, 1], [1, 2]),
        tensor('table', [5, 2], undefined),
        tensor('idle', [2, 2], undefined),
        tensor('scalar', [], [1]),
        tensor('none', [0, 2], []),
      ],
      nodes: [node('Add', ['x', 'bias'], ['a']), node('Mul', ['a', 'gain'], ['b']), node('Gather', ['table', 'ids'], ['c'])],
      outputs: ['b'],
    });
    const source = await openWeights(path);
    expect(Object.fromEntries(source.tensors.map((each) => [each.name, each.reason]))).toEqual({
      bias: 'it is a vector, no matrix',
      gain: 'it is no weight of Conv, MatMul or Gemm, but an operand of Mul',
      ids: 'I64 is no floating-point type',
      table: undefined,
      idle: 'no node uses it',
      scalar: 'it is a single number',
      none: 'it is empty',
    });
    expect(source.tensors.every((each) => (each.layout === undefined) !== (each.reason === undefined))).toBe(true);
    await expect(source.readMatrix('bias')).rejects.toThrow(/cannot be quantized: it is a vector/);
    await expect(source.readMatrix('bais')).rejects.toThrow(/unknown tensor: bais .*did you mean bias/);
  });
});

describe('weights of safetensors files', () => {
  it('get their role from shape and name', async () => {
    const shapes: Readonly<Record<string, readonly number[]>> = {
      'model.embed_tokens.weight': [4, 2],
      'model.layers.0.self_attn.q_proj.weight': [2, 2],
      'encoder.conv1.weight': [2, 2, 3],
      'experts.w1': [2, 3, 20],
      'stem.weight': [2, 3, 2, 2],
      'norm.weight': [2],
    };
    let end = 0;
    const header = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => {
        const begin = end;
        end += shape.reduce((a, b) => a * b, 4);
        return [name, entry('F32', shape, begin, end)];
      }),
    );
    const path = join(folder, 'roles.safetensors');
    writeFileSync(path, safetensorsBytes(header, new Uint8Array(end)));
    const source = await openWeights(path);
    const described = source.tensors.map(({ role, layout, reason }) => [role, layout ? [layout.blocks, layout.n, layout.k] : reason]);
    expect(described).toEqual([
      ['other', [1, 4, 2]],
      ['linear', [1, 2, 2]],
      ['conv', [1, 2, 6]],
      ['linear', [2, 3, 20]],
      ['conv', [1, 2, 12]],
      ['other', 'it is a vector, no matrix'],
    ]);
    await source.close();
  });
});

describe('openWeights', () => {
  it('recognises files without a known extension by their first bytes', async () => {
    const safetensors = join(folder, 'blob1');
    const model = join(folder, 'blob2');
    writeFileSync(safetensors, safetensorsBytes({}));
    writeFileSync(model, modelBytes({ initializer: [tensor('w', [1, 1], [1])] }));
    expect((await openWeights(safetensors)).format).toBe('safetensors');
    expect((await openWeights(model)).format).toBe('onnx');
  });

  it.each([
    ['GGUF\u0003\0\0\0\0\0', /the file ends in its header/],
    ['<!doctype html>', /neither safetensors, ONNX nor GGUF.*expected one of/],
    ['', /neither safetensors, ONNX nor GGUF/],
  ])('says what %j is not', async (content, message) => {
    const path = join(folder, 'unknown.bin');
    writeFileSync(path, content);
    await expect(openWeights(path)).rejects.toThrow(LowbitError);
    await expect(openWeights(path)).rejects.toThrow(message);
  });

  it('says which file is missing', async () => {
    await expect(openWeights(join(folder, 'gone.onnx'))).rejects.toThrow(/cannot read .*gone\.onnx: no such file/);
  });
});
