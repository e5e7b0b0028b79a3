import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LowbitError } from '../../src/lowbit-error.js';
import { parseInputShapes } from '../../src/tensors/onnx/input-shape.js';
import { readOnnx } from '../../src/tensors/onnx/reader.js';
import { inferShapes } from '../../src/tensors/onnx/shapes.js';
import { integers, node, tensor, writeModel, type ModelParts } from './onnx-model.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder();
const path = join(folder, 'model.onnx');

/** Shape and, when known, values of `y`. */
async function resultOf(
  parts: ModelParts,
  shapes: Readonly<Record<string, readonly number[]>> = {},
): Promise<{ shape: readonly number[]; values?: readonly number[] }> {
  const { shape, values } = inferShapes(await readOnnx(writeModel(path, { outputs: ['y'], ...parts })), shapes).get('y')!;
  return values === undefined ? { shape } : { shape, values };
}

type Case = readonly [
  op: string,
  input: readonly number[],
  attributes: Readonly<Record<string, number | string | readonly number[]>>,
  more: readonly object[],
  output: readonly number[],
];

const weight = (...dims: number[]): object => tensor('w', dims, undefined);
const list = (name: string, ...values: number[]): object => integers(name, values);

// At each window boundary: one pixel less than a full step, and the full step.
const cases: readonly Case[] = [
  ['Conv', [1, 2, 7, 7], { strides: [2, 2] }, [weight(4, 2, 3, 3)], [1, 4, 3, 3]],
  ['Conv', [1, 2, 8, 8], { strides: [2, 2] }, [weight(4, 2, 3, 3)], [1, 4, 3, 3]],
  ['Conv', [1, 2, 9, 9], { strides: [2, 2] }, [weight(4, 2, 3, 3)], [1, 4, 4, 4]],
  ['Conv', [1, 2, 5, 5], { dilations: [2, 2] }, [weight(4, 2, 3, 3)], [1, 4, 1, 1]],
  ['Conv', [1, 4, 5, 6], { group: 4, pads: [1, 0, 2, 1] }, [weight(8, 1, 3, 3)], [1, 8, 6, 5]],
  ['Conv', [1, 2, 7, 8], { strides: [2, 2], auto_pad: 'SAME_UPPER' }, [weight(4, 2, 3, 3)], [1, 4, 4, 4]],
  ['Conv', [1, 2, 9], {}, [weight(4, 2, 3)], [1, 4, 7]],
  ['ConvTranspose', [1, 3, 4, 4], { strides: [2, 2] }, [weight(3, 2, 2, 2)], [1, 2, 8, 8]],
  [
    'ConvTranspose',
    [1, 4, 4, 4],
    { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1], group: 2 },
    [weight(4, 3, 3, 3)],
    [1, 6, 8, 8],
  ],
  ['MaxPool', [1, 2, 7, 7], { kernel_shape: [2, 2], strides: [2, 2] }, [], [1, 2, 3, 3]],
  ['MaxPool', [1, 2, 7, 7], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }, [], [1, 2, 4, 4]],
  // The last window of ceil_mode may not lie wholly in the padding.
  ['MaxPool', [1, 2, 4, 4], { kernel_shape: [1, 1], strides: [2, 2], pads: [0, 0, 1, 1], ceil_mode: 1 }, [], [1, 2, 2, 2]],
  ['AveragePool', [1, 2, 6, 7], { kernel_shape: [3, 2], strides: [3, 2] }, [], [1, 2, 2, 3]],
  ['GlobalAveragePool', [2, 3, 5, 7], {}, [], [2, 3, 1, 1]],
  ['MatMul', [5, 3, 4], {}, [weight(4, 6)], [5, 3, 6]],
  ['MatMul', [3, 4], {}, [weight(7, 4, 6)], [7, 3, 6]],
  ['MatMul', [4], {}, [weight(4, 6)], [6]],
  ['Gemm', [4, 3], { transA: 1, transB: 1 }, [weight(6, 4)], [3, 6]],
  ['ReduceMean', [2, 3, 4], { axes: [-1] }, [], [2, 3, 1]],
  ['ReduceMean', [2, 3, 4], { axes: [0, 2], keepdims: 0 }, [], [3]],
  ['ReduceSum', [2, 3], {}, [list('axes', 0)], [1, 3]],
  ['ReduceMax', [2, 3], { keepdims: 0 }, [], []],
  ['ArgMax', [2, 3, 4], { axis: 1, keepdims: 0 }, [], [2, 4]],
  ['Transpose', [2, 3, 4], {}, [], [4, 3, 2]],
  ['Transpose', [2, 3, 4], { perm: [1, 2, 0] }, [], [3, 4, 2]],
  ['Flatten', [2, 3, 4], {}, [], [2, 12]],
  ['Flatten', [2, 3, 4], { axis: 3 }, [], [24, 1]],
  ['Reshape', [2, 3, 4], {}, [list('s', 0, -1)], [2, 12]],
  ['Squeeze', [1, 3, 1], {}, [], [3]],
  ['Squeeze', [1, 3, 1], { axes: [0] }, [], [3, 1]],
  ['Unsqueeze', [3], {}, [list('axes', 0, -1)], [1, 3, 1]],
  ['Slice', [10, 4], {}, [list('starts', 1), list('ends', 9), list('axes', 0), list('steps', 3)], [3, 4]],
  ['Slice', [10], {}, [list('starts', -1), list('ends', -1000), list('axes', 0), list('steps', -4)], [3]],
  ['Slice', [10], {}, [list('starts', 5), list('ends', 2)], [0]],
  ['Gather', [5, 6], { axis: 1 }, [integers('i', [0, 1, 2, 3], [2, 2])], [5, 2, 2]],
  ['Expand', [3, 1], {}, [list('s', 2, 1, 6)], [2, 3, 6]],
  ['Tile', [2, 3], {}, [list('r', 2, 1)], [4, 3]],
  ['Pad', [2, 3], {}, [list('p', 0, 1, 2, 3)], [4, 7]],
  ['Resize', [1, 2, 3, 5], {}, [tensor('roi', [0], []), tensor('sc', [4], [1, 1, 2, 1.5])], [1, 2, 6, 7]],
  ['Resize', [1, 2, 3, 5], {}, [tensor('roi', [0], []), tensor('sc', [0], []), list('z', 1, 2, 9, 4)], [1, 2, 9, 4]],
  ['DepthToSpace', [1, 8, 2, 3], { blocksize: 2 }, [], [1, 2, 4, 6]],
  ['SpaceToDepth', [1, 2, 4, 6], { blocksize: 2 }, [], [1, 8, 2, 3]],
  ['Add', [2, 1, 4], {}, [weight(3, 1)], [2, 3, 4]],
  ['LayerNormalization', [2, 3], {}, [weight(3)], [2, 3]],
];

describe('output shapes', () => {
  it.each(cases)('%s of %j with %j', async (...[op, input, attributes, more, output]) => {
    const names = more.map((each) => (each as { name: string }).name);
    expect(await resultOf({ inputs: { x: input }, initializer: more, nodes: [node(op, ['x', ...names], ['y'], attributes)] })).toEqual({
      shape: output,
    });
  });

  it('of Split, by sizes and in equal parts with a short last one', async () => {
    const split = (more: readonly object[], inputs: readonly string[]): Promise<{ shape: readonly number[] }> =>
      resultOf({ inputs: { x: [7, 2] }, initializer: more, nodes: [node('Split', inputs, ['a', 'y'])] });
    expect(await split([list('s', 3, 4)], ['x', 's'])).toEqual({ shape: [4, 2] });
    expect(await split([], ['x'])).toEqual({ shape: [3, 2] });
    await expect(split([list('s', 3, 3)], ['x', 's'])).rejects.toThrow(/do not add up to the 7 of axis 0/);
  });
});

describe('shape arithmetic', () => {
  const shaped = [node('Shape', ['x'], ['s'])];
  const of = (
    nodes: readonly object[],
    initializer: readonly object[] = [],
  ): Promise<{ shape: readonly number[]; values?: readonly number[] }> =>
    resultOf({ inputs: { x: [6, 5, 4] }, initializer, nodes: [...shaped, ...nodes] });

  it('follows values through slices, gathers, casts, products and concatenation', async () => {
    const nodes = [
      node('Gather', ['s', 'two'], ['last']),
      node('Slice', ['s', 'zero', 'one'], ['first']),
      node('Cast', ['first'], ['float'], { to: 1 }),
      node('Div', ['float', 'four'], ['quarter']),
      node('Cast', ['quarter'], ['whole'], { to: 7 }),
      node('Mul', ['last', 'two'], ['double']),
      node('Concat', ['whole', 'double'], ['y'], { axis: 0 }),
    ];
    const constants = [list('zero', 0), list('one', 1), list('two', 2), tensor('four', [1], [4])];
    expect(await of(nodes, constants)).toEqual({ shape: [2], values: [1, 8] });
  });

  it('divides whole numbers towards zero and floats exactly', async () => {
    expect(await of([node('Div', ['s', 'd'], ['y'])], [list('d', -4)])).toEqual({ shape: [3], values: [-1, -1, -1] });
  });

  it('moves values as it moves data', async () => {
    const matrix = integers('m', [1, 2, 3, 4, 5, 6], [2, 3]);
    const y = (
      op: string,
      attributes: Readonly<Record<string, readonly number[]>>,
      ...more: object[]
    ): Promise<{ values?: readonly number[] }> =>
      of([node(op, ['m', ...more.map((each) => (each as { name: string }).name)], ['y'], attributes)], [matrix, ...more]);
    expect((await y('Transpose', {})).values).toEqual([1, 4, 2, 5, 3, 6]);
    expect((await y('Tile', {}, list('r', 1, 2))).values).toEqual([1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]);
    expect((await y('Gather', {}, integers('i', [-1], []))).values).toEqual([4, 5, 6]);
    expect((await y('Slice', {}, list('a', -1), list('b', -4), list('c', 1), list('d', -2))).values).toEqual([3, 1, 6, 4]);
    expect((await y('Expand', {}, list('r', 2, 2, 3))).values).toEqual([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
  });

  it('chooses with Where and Equal, as exporters of Expand do', async () => {
    const nodes = [
      node('ConstantOfShape', ['three'], ['ones'], { value: list('', 1) }),
      node('Equal', ['wanted', 'minus'], ['open']),
      node('Where', ['open', 'ones', 'wanted'], ['y']),
    ];
    expect(await of(nodes, [list('three', 3), list('wanted', -1, 4, -1), list('minus', -1)])).toEqual({ shape: [3], values: [1, 4, 1] });
  });

  it('makes ranges and counts elements', async () => {
    const scalar = (name: string, value: number): object => integers(name, [value], []);
    expect((await of([node('Range', ['a', 'b', 'c'], ['y'])], [scalar('a', 10), scalar('b', 3), scalar('c', -3)])).values).toEqual([
      10, 7, 4,
    ]);
    expect(await of([node('Size', ['x'], ['y'])])).toEqual({ shape: [], values: [120] });
  });

  it('refuses a shape that depends on the data', async () => {
    const nodes = [
      node('ReduceSum', ['x'], ['sum'], { keepdims: 0 }),
      node('Unsqueeze', ['sum', 'zero'], ['v']),
      node('Reshape', ['x', 'v'], ['y']),
    ];
    await expect(of(nodes, [list('zero', 0)])).rejects.toThrow(/shape depends on the data/);
  });
});

describe('refusals name node, operator and inputs', () => {
  it.each([
    ['LSTM', [1, 2, 3], {}, [], /operator LSTM is not supported.*node LSTM_y \(LSTM\), inputs \[1, 2, 3\]/],
    ['Conv', [1, 2, 2, 2], {}, [weight(4, 2, 3, 3)], /window \(3\) is larger than the padded input \(2\)/],
    ['Conv', [1, 3, 9, 9], {}, [weight(4, 2, 3, 3)], /3 input channels do not fit/],
    ['Conv', [1, 2, 9, 9], { strides: [0, 1] }, [weight(4, 2, 3, 3)], /must be at least 1/],
    ['Conv', [1, 2, 9, 9], { kernel_shape: [5, 5] }, [weight(4, 2, 3, 3)], /contradicts the weight/],
    ['MatMul', [2, 3], {}, [weight(4, 6)], /reduction is 3 on the left and 4 on the right/],
    ['Reshape', [2, 3], {}, [list('s', 4, -1)], /\[4, -1\] does not fit the 6 elements/],
    ['Transpose', [2, 3], { perm: [0, 0] }, [], /no permutation/],
    ['Add', [2, 3], {}, [weight(2, 4)], /shapes do not fit each other: 3 against 4 in dimension 1/],
    ['ReduceMean', [2, 3], { axes: [2] }, [], /axis 2 is outside the 2 dimensions/],
    ['Slice', [4], {}, [list('a', 0), list('b', 4), list('c', 0), list('d', 0)], /step 0/],
    ['Gather', [4], {}, [list('i', 4)], /index is outside the 4 entries/],
  ] as const)('%s of %j with %j', async (...[op, input, attributes, more, message]) => {
    const names = more.map((each) => (each as { name: string }).name);
    const parts = { inputs: { x: input }, initializer: more, nodes: [node(op, ['x', ...names], ['y'], attributes)] };
    await expect(resultOf(parts)).rejects.toThrow(LowbitError);
    await expect(resultOf(parts)).rejects.toThrow(message);
  });

  it('a value that nothing produces', async () => {
    await expect(resultOf({ nodes: [node('Relu', ['ghost'], ['y'])] })).rejects.toThrow(
      /value ghost is used before anything produces it.*node Relu_y/,
    );
  });
});

describe('input shapes', () => {
  const parts = { inputs: { x: ['n', 3, 'w'], z: ['n'] }, nodes: [node('Relu', ['x'], ['y'])] };

  it('must fill what the model leaves open', async () => {
    await expect(resultOf(parts)).rejects.toThrow(/leaves the shape of the input open \(n,3,w\).*--input-shape x=n,3,w/);
    expect(await resultOf(parts, { x: [2, 3, 9], z: [2] })).toEqual({ shape: [2, 3, 9] });
  });

  it.each([
    [{ x: [2, 4, 9], z: [2] }, /dimension 1 of the input must be 3: 4/],
    [{ x: [2, 3, 9], z: [3] }, /dimension 0 of the input must be 2: 3/],
    [{ x: [2, 3], z: [2] }, /has 3 dimensions \(n,3,w\): 2,3/],
    [{ xx: [1], x: [2, 3, 9], z: [2] }, /unknown graph input: xx .*did you mean x/],
  ])('must fit the model: %j', async (shapes, message) => {
    await expect(resultOf(parts, shapes)).rejects.toThrow(message);
  });

  it('are written as name=dimensions', () => {
    expect(parseInputShapes(['x=1,3,48,320', 'a=b=2'])).toEqual({ x: [1, 3, 48, 320], 'a=b': [2] });
    for (const wrong of ['', 'x', 'x=', '=1', 'x=1,,2', 'x=0', 'x=-1', 'x=1.5', 'x=1e3', 'x=1x3']) {
      expect(() => parseInputShapes([wrong])).toThrow(/name and its positive dimensions.*x=1,3,48,320/);
    }
    expect(() => parseInputShapes(['x=1', 'x=2'])).toThrow(/given twice: x/);
  });
});
