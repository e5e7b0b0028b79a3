/** Small decoders of every family with random weights, and what a calibration sees of them. */
import fc from 'fast-check';
import type { DecoderLayer, DecoderModel, FeedForward, Norm, ProductGroup } from '../../../src/decoder/decoder-model.js';
import type { ModelObservations } from '../../../src/decoder/rewrites/rewrite.js';
import { matrix, type Matrix } from '../../../src/numeric/matrix.js';
import { seededRandom, type Random } from '../../../src/numeric/random.js';
import type { Calibration } from '../../../src/quantizers/calibration.js';
import { referenceLogits, type Row, type Watch } from './reference-decoder.js';

const families = ['llama', 'qwen2', 'mixtral', 'gpt2', 'opt'] as const;
export type Family = (typeof families)[number];

export interface SmallShape {
  readonly family: Family;
  readonly seed: number;
  readonly hidden: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly layers: number;
}

/** Shapes whose widths are not all alike and not all powers of two. */
export const smallShapes: fc.Arbitrary<SmallShape> = fc
  .record({
    family: fc.constantFrom(...families),
    seed: fc.nat({ max: 1e6 }),
    hidden: fc.constantFrom(16, 24, 32),
    feedForward: fc.constantFrom(24, 32, 48),
    kvHeads: fc.constantFrom(1, 2),
    shared: fc.constantFrom(1, 2, 3),
    headDim: fc.constantFrom(4, 8),
    layers: fc.constantFrom(1, 2),
  })
  .map(({ shared, ...shape }) => {
    const plain = shape.family === 'gpt2' || shape.family === 'opt';
    return { ...shape, heads: plain ? shape.kvHeads : shape.kvHeads * shared };
  });

const VOCABULARY = 19;
const CONTEXT = 12;

export function smallModel(shape: SmallShape): DecoderModel {
  const { hidden, family } = shape;
  const random = seededRandom(shape.seed);
  const learned = family === 'gpt2' || family === 'opt';
  const offset = family === 'opt' ? 2 : 0;
  const embedding = randomMatrix(random, VOCABULARY, hidden, 1);
  return {
    name: family,
    vocabulary: VOCABULARY,
    hidden,
    context: CONTEXT,
    embedding,
    ...(learned ? { positions: { table: randomMatrix(random, CONTEXT + offset, hidden, 0.3), offset } } : {}),
    layers: Array.from({ length: shape.layers }, (_, index) => randomLayer(random, shape, index)),
    finalNorm: randomNorm(random, shape),
    head: learned ? embedding : randomMatrix(random, VOCABULARY, hidden, hidden ** -0.5),
  };
}

function randomLayer(random: Random, shape: SmallShape, index: number): DecoderLayer {
  const { family, hidden, heads, kvHeads, headDim } = shape;
  const plain = family === 'gpt2' || family === 'opt';
  const name = (part: string): string => `layers.${index}.${part}`;
  const group = (
    site: ProductGroup['site'],
    outputs: readonly (readonly [string, number])[],
    cols: number,
    bias: boolean,
  ): ProductGroup => ({
    name: `${index}.${site}`,
    site,
    steps: [],
    products: outputs.map(([part, rows]) => ({
      name: name(part),
      weight: randomMatrix(random, rows, cols, 1.2 * cols ** -0.5),
      ...(bias ? { bias: randomMatrix(random, 1, rows, 0.2).data } : {}),
    })),
  });
  const width = kvHeads * headDim;
  const qkv = [
    ['q', heads * headDim],
    ['k', width],
    ['v', width],
  ] as const;
  const count = family === 'mixtral' ? 3 : 1;
  return {
    attentionNorm: randomNorm(random, shape),
    attention: {
      heads,
      kvHeads,
      headDim,
      ...(plain ? {} : { rotary: { base: 10000 } }),
      input: group('attention-in', qkv, hidden, plain || family === 'qwen2'),
      output: group('attention-out', [['o', hidden]], heads * headDim, plain),
    },
    feedForwardNorm: randomNorm(random, shape),
    feedForward: {
      ...(count > 1 ? { router: randomMatrix(random, count, hidden, hidden ** -0.5) } : {}),
      perToken: count > 1 ? 2 : 1,
      experts: Array.from({ length: count }, (_, expert): FeedForward => {
        const suffix = count > 1 ? `.${expert}` : '';
        const named = (g: ProductGroup): ProductGroup => ({ ...g, name: g.name + suffix });
        const input = plain
          ? ([['up', shape.feedForward]] as const)
          : ([
              ['gate', shape.feedForward],
              ['up', shape.feedForward],
            ] as const);
        return {
          activation: family === 'opt' ? 'relu' : family === 'gpt2' ? 'gelu-tanh' : 'silu',
          gated: !plain,
          input: named(group('feed-forward-in', input, hidden, plain)),
          output: named(group('feed-forward-out', [['down', hidden]], shape.feedForward, plain)),
        };
      }),
    },
  };
}

/** Gains far from 1 in one channel, as real models have them. */
function randomNorm(random: Random, { hidden, family }: SmallShape): Norm {
  const gain = Float32Array.from({ length: hidden }, () => 0.6 + 0.8 * random.uniform());
  gain[random.integer(hidden)] = 9;
  if (family !== 'gpt2' && family !== 'opt') return { kind: 'rms', gain, epsilon: 1e-5 };
  return { kind: 'layer', gain, bias: randomMatrix(random, 1, hidden, 0.3).data, epsilon: 1e-5 };
}

function randomMatrix(random: Random, rows: number, cols: number, deviation: number): Matrix {
  return matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, () => random.normal() * deviation),
  );
}

/** Tokens of a seed. */
export function someTokens(seed: number, count = CONTEXT): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.integer(VOCABULARY));
}

/** What the reference sees of a model on some windows of random tokens. */
export function observeSmall(model: DecoderModel, seed = 1, windows = 2): ModelObservations {
  const inputs = new Map<string, Row[]>();
  const { kvHeads, headDim } = model.layers[0]!.attention;
  const keyMaxAbs = model.layers.map(() => new Float32Array(kvHeads * headDim));
  const layerInputs: Row[][] = model.layers.map(() => []);
  const watch: Watch = {
    layerInput: (layer, rows) => layerInputs[layer]!.push(...rows),
    input: ({ name }, row) => inputs.set(name, [...(inputs.get(name) ?? []), row]),
    keys: (layer, row) => row.forEach((x, j) => (keyMaxAbs[layer]![j] = Math.max(keyMaxAbs[layer]![j]!, Math.abs(x)))),
  };
  for (let window = 0; window < windows; window++) referenceLogits(model, someTokens(seed + window), watch);
  const groups = new Map<string, Calibration>();
  for (const layer of model.layers) {
    for (const group of groupsIn(layer))
      groups.set(group.name, calibrationOf(inputs.get(group.name) ?? [], group.products[0]!.weight.cols));
  }
  return { groups, keyMaxAbs, layerInputs: layerInputs.map((rows) => calibrationOf(rows, model.hidden).samples!), windowLength: CONTEXT };
}

function groupsIn({ attention: a, feedForward: f }: DecoderLayer): ProductGroup[] {
  return [a.input, a.output, ...f.experts.flatMap(({ input, output }) => [input, output])];
}

function calibrationOf(rows: readonly Row[], cols: number): Calibration {
  const samples = matrix(rows.length, cols, Float32Array.from(rows.flatMap((row) => [...row])));
  const over = (visit: (values: number[]) => number): number[] => Array.from({ length: cols }, (_, j) => visit(rows.map((row) => row[j]!)));
  const hessian = new Float32Array(cols * cols);
  for (const row of rows)
    for (let i = 0; i < cols; i++) for (let j = 0; j < cols; j++) hessian[i * cols + j]! += (2 / rows.length) * row[i]! * row[j]!;
  return {
    tokens: rows.length,
    channels: {
      meanAbs: Float32Array.from(over((x) => (x.length === 0 ? 0 : x.reduce((sum, value) => sum + Math.abs(value), 0) / x.length))),
      maxAbs: Float32Array.from(over((x) => x.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0))),
      squareSum: Float64Array.from(over((x) => x.reduce((sum, value) => sum + value * value, 0))),
    },
    hessian: matrix(cols, cols, hessian),
    samples,
  };
}
