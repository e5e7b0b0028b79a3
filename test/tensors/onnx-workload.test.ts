import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readOnnx } from '../../src/tensors/onnx/reader.js';
import { onnxWorkload, type OnnxWorkload } from '../../src/tensors/onnx/workload.js';
import { openWeights } from '../../src/tensors/weight-source.js';
import { integers, node, tensor, writeModel, type ModelParts } from './onnx-model.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder();
const path = join(folder, 'model.onnx');

async function workloadOf(parts: ModelParts): Promise<OnnxWorkload> {
  return onnxWorkload(await readOnnx(writeModel(path, parts)), {});
}

const weight = (name: string, ...dims: number[]): object => tensor(name, dims, undefined);

describe('products by a stored tensor', () => {
  it('take all rows of the activation, whatever its batch dimensions', async () => {
    const { layers } = await workloadOf({
      inputs: { x: [2, 5, 4] },
      initializer: [weight('w', 4, 6)],
      nodes: [node('MatMul', ['x', 'w'], ['y'])],
      outputs: ['y'],
    });
    expect(layers).toEqual([
      {
        name: 'w',
        node: 'MatMul_y',
        op: 'MatMul',
        kind: 'gemm',
        m: 10,
        n: 6,
        k: 4,
        gemms: 1,
        repeat: 1,
        sharedOperand: 'weight',
        weight: { tensor: 'w', transposed: true },
      },
    ]);
  });

  it('have one GEMM per matrix when the weight is a stack', async () => {
    const { layers } = await workloadOf({
      inputs: { x: [3, 8, 5, 4] },
      initializer: [weight('w', 8, 4, 6)],
      nodes: [node('MatMul', ['x', 'w'], ['y'])],
      outputs: ['y'],
    });
    expect(layers).toMatchObject([{ m: 15, n: 6, k: 4, gemms: 8, sharedOperand: 'none' }]);
  });

  it('from the left have the rows of the weight as outputs', async () => {
    const { layers } = await workloadOf({
      inputs: { x: [4, 7] },
      initializer: [weight('w', 6, 4)],
      nodes: [node('MatMul', ['w', 'x'], ['y'])],
      outputs: ['y'],
    });
    expect(layers).toMatchObject([{ m: 7, n: 6, k: 4, weight: { tensor: 'w', transposed: false } }]);
  });

  it('of a Gemm follow both transposition flags', async () => {
    const nodes = [node('Gemm', ['x', 'w', 'b'], ['y'], { transA: 1, transB: 1 })];
    const { layers } = await workloadOf({ inputs: { x: [4, 3] }, initializer: [weight('w', 6, 4), weight('b', 6)], nodes, outputs: ['y'] });
    expect(layers).toMatchObject([{ m: 3, n: 6, k: 4, weight: { tensor: 'w', transposed: false } }]);
  });

  it('carry the node in their name when they share a weight', async () => {
    const nodes = [node('MatMul', ['x', 'w'], ['a']), node('MatMul', ['a', 'w'], ['y'])];
    const { layers } = await workloadOf({ inputs: { x: [1, 4] }, initializer: [weight('w', 4, 4)], nodes, outputs: ['y'] });
    expect(layers.map((layer) => layer.name)).toEqual(['w@MatMul_a', 'w@MatMul_y']);
  });
});

describe('convolutions', () => {
  it('of one dimension have a geometry of height 1, of three dimensions none', async () => {
    const line = await workloadOf({
      inputs: { x: [2, 3, 9] },
      initializer: [weight('w', 4, 3, 3)],
      nodes: [node('Conv', ['x', 'w'], ['y'], { strides: [2] })],
      outputs: ['y'],
    });
    expect(line.layers).toMatchObject([
      {
        m: 8,
        n: 4,
        k: 9,
        conv: { batch: 2, outputHeight: 1, outputWidth: 4, kernelHeight: 1, kernelWidth: 3, strideHeight: 1, strideWidth: 2 },
      },
    ]);
    const volume = await workloadOf({
      inputs: { x: [1, 3, 5, 5, 5] },
      initializer: [weight('w', 4, 3, 3, 3, 3)],
      nodes: [node('Conv', ['x', 'w'], ['y'])],
      outputs: ['y'],
    });
    expect(volume.layers).toMatchObject([{ m: 27, n: 4, k: 81 }]);
    expect(volume.layers[0]?.conv).toBeUndefined();
  });

  it('in groups share nothing between the groups, and a matrix row belongs to one of them', async () => {
    const parts = {
      inputs: { x: [1, 6, 5, 5] },
      initializer: [weight('w', 4, 3, 3, 3)],
      nodes: [node('Conv', ['x', 'w'], ['y'], { group: 2 })],
      outputs: ['y'],
    };
    expect((await workloadOf(parts)).layers).toMatchObject([
      { m: 9, n: 2, k: 27, gemms: 2, sharedOperand: 'none', conv: { inputChannels: 6, outputChannels: 4 } },
    ]);
    const matrix = await (await openWeights(path)).readMatrix('w');
    expect([matrix.rows, matrix.cols]).toEqual([4, 27]);
  });
});

describe('products of two activations', () => {
  const attention = [
    node('Transpose', ['k'], ['kt'], { perm: [0, 1, 3, 2] }),
    node('MatMul', ['q', 'kt'], ['scores']),
    node('Mul', ['scores', 'scale'], ['scaled']),
    node('Add', ['scaled', 'mask'], ['masked']),
    node('Softmax', ['masked'], ['p'], { axis: -1 }),
    node('MatMul', ['p', 'v'], ['y']),
  ];
  const inputs = { q: [2, 4, 7, 16], k: [2, 4, 9, 16], v: [2, 4, 9, 8], mask: [7, 9] };

  it('around a softmax are attention, one GEMM per head and sequence', async () => {
    const { layers, other } = await workloadOf({ inputs, initializer: [tensor('scale', [], [0.25])], nodes: attention, outputs: ['y'] });
    expect(layers.map(({ kind, m, n, k, gemms }) => [kind, m, n, k, gemms])).toEqual([
      ['attention-qk', 7, 9, 16, 8],
      ['attention-pv', 7, 8, 9, 8],
    ]);
    expect(other.find((each) => each.kind === 'softmax')).toMatchObject({ m: 2 * 4 * 7, n: 9, k: 1, inputElements: 2 * 4 * 7 * 9 });
  });

  it('elsewhere are plain GEMMs that share nothing', async () => {
    const { layers } = await workloadOf({
      inputs: { a: [3, 5, 4], b: [3, 4, 6] },
      nodes: [node('MatMul', ['a', 'b'], ['y'])],
      outputs: ['y'],
    });
    expect(layers).toMatchObject([{ name: 'MatMul_y', kind: 'gemm', m: 5, n: 6, k: 4, gemms: 3, sharedOperand: 'none', weight: null }]);
  });

  it('are not attention when only the classifier behind them has a softmax', async () => {
    const nodes = [node('MatMul', ['a', 'b'], ['c']), node('MatMul', ['c', 'w'], ['d']), node('Softmax', ['d'], ['y'])];
    const { layers } = await workloadOf({ inputs: { a: [5, 4], b: [4, 6] }, initializer: [weight('w', 6, 3)], nodes, outputs: ['y'] });
    expect(layers.map((layer) => layer.kind)).toEqual(['gemm', 'gemm']);
  });
});

describe('other work', () => {
  it('leaves out shape arithmetic and views, and counts what stays', async () => {
    const nodes = [
      node('Shape', ['x'], ['s']),
      node('Gather', ['s', 'zero'], ['n']),
      node('Concat', ['n', 'minus'], ['t'], { axis: 0 }),
      node('Reshape', ['x', 't'], ['r']),
      node('Relu', ['r'], ['y']),
    ];
    const { layers, other } = await workloadOf({
      inputs: { x: [2, 3, 4] },
      initializer: [integers('zero', [0]), integers('minus', [-1])],
      nodes,
      outputs: ['y'],
    });
    expect(layers).toEqual([]);
    expect(other).toEqual([{ name: 'Relu_y', node: 'Relu_y', op: 'Relu', kind: 'elementwise', m: 2, n: 12, k: 1, inputElements: 24 }]);
  });

  it.each([
    [13, {}, 30, 4],
    [13, { axis: 1 }, 24, 5],
    [12, {}, 6, 20],
    [12, { axis: -1 }, 30, 4],
  ])(
    'runs a softmax along its axis, and over all dimensions behind it before operator set 13 (%i, %j)',
    async (...[opset, attributes, m, n]) => {
      const { other } = await workloadOf({
        opset,
        inputs: { x: [6, 5, 4] },
        nodes: [node('Softmax', ['x'], ['y'], attributes)],
        outputs: ['y'],
      });
      expect(other).toMatchObject([{ kind: 'softmax', m, n, inputElements: 120 }]);
    },
  );

  it('recognises a written-out layer normalization, also with a product for the square', async () => {
    const nodes = [
      node('ReduceMean', ['x'], ['mean'], { axes: [-1] }),
      node('Sub', ['x', 'mean'], ['d']),
      node('Mul', ['d', 'd'], ['dd']),
      node('ReduceMean', ['dd'], ['var'], { axes: [-1] }),
      node('Add', ['eps', 'var'], ['ve']),
      node('Sqrt', ['ve'], ['std']),
      node('Div', ['d', 'std'], ['y']),
    ];
    const { other } = await workloadOf({ inputs: { x: [3, 8] }, initializer: [tensor('eps', [], [1e-5])], nodes, outputs: ['y'] });
    expect(other).toEqual([{ name: 'Div_y', node: 'Div_y', op: 'LayerNormalization', kind: 'norm', m: 3, n: 8, k: 1, inputElements: 24 }]);
    const notNorm = nodes.map((each) => each);
    notNorm[1] = node('Sub', ['z', 'mean'], ['d']);
    const plain = await workloadOf({
      inputs: { x: [3, 8], z: [3, 8] },
      initializer: [tensor('eps', [], [1e-5])],
      nodes: notNorm,
      outputs: ['y'],
    });
    expect(plain.other.map((each) => each.kind)).not.toContain('norm');
  });
});

describe('refusals', () => {
  it.each([
    ['LSTM', /operator LSTM is not supported.*node LSTM_y.*--layers/],
    ['If', /operator If is not supported/],
    ['MatMulInteger', /operator MatMulInteger is not supported/],
  ])('%s is refused by name', async (op, message) => {
    await expect(workloadOf({ inputs: { x: [1, 2, 3] }, nodes: [node(op, ['x'], ['y'])], outputs: ['y'] })).rejects.toThrow(message);
  });

  it('an operator of another domain is refused with its domain', async () => {
    const fused = { ...node('Gelu', ['x'], ['y']), domain: 'com.microsoft' };
    await expect(workloadOf({ inputs: { x: [1] }, nodes: [fused], outputs: ['y'] })).rejects.toThrow(
      /operator com\.microsoft\.Gelu is not supported/,
    );
  });

  it('an output that no node produces is refused', async () => {
    await expect(workloadOf({ inputs: { x: [1] }, nodes: [node('Relu', ['x'], ['y'])], outputs: ['z'] })).rejects.toThrow(
      /graph output is produced by no node: z/,
    );
  });

  it('a layer without elements is refused', async () => {
    const nodes = [node('Slice', ['x', 'zero', 'zero'], ['e']), node('MatMul', ['e', 'w'], ['y'])];
    const parts = { inputs: { x: [2, 4] }, initializer: [weight('w', 4, 6), integers('zero', [0])], nodes, outputs: ['y'] };
    await expect(workloadOf(parts)).rejects.toThrow(/layer would be 1 products of 0 x 6 x 4/);
  });
});
