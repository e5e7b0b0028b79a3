/** The layers that quantized weights make: one GEMM per tensor, or the whole graph of an ONNX model at a given input shape. */
import { operandFormat } from '../../formats/index.js';
import { LowbitError } from '../../lowbit-error.js';
import { parseInputShapes } from '../../tensors/onnx/input-shape.js';
import { onnxWorkload, type OnnxLayer, type OnnxOther } from '../../tensors/onnx/workload.js';
import type { TensorInfo, WeightSource } from '../../tensors/weight-source.js';
import { layerTraceSchema, type LayerTrace, type Operand } from '../../trace/layer-trace.js';
import type { LowRank } from '../../trace/scheme-config.js';
import { withLowRank } from '../../trace/workload/low-rank.js';
import { positiveInteger, repeated, single } from '../arguments.js';
import type { Arguments } from '../command.js';

/** Operands beside quantized weights, unless --activation names another format for the activations. */
const UNQUANTIZED_FORMAT = 'fp16';
const NO_OPERAND: Operand = { format: 'none', payload_bitsPerElement: 0, metadata_bitsPerElement: 0 };

export interface TracedLayers {
  readonly layers: readonly LayerTrace[];
  /** How the shapes came about: `tokens` or `inputShape`, for the description of the workload. */
  readonly shape: Readonly<Record<string, string | number>>;
  readonly notes: readonly string[];
}

/** A weight tensor of the workload and how it is stored; without an operand it is not quantized. */
export interface TracedWeight {
  readonly info: TensorInfo;
  readonly operand?: Operand;
  /** Factors beside it: two more layers. */
  readonly lowRank?: LowRank;
}

/** Layers for `--tokens M` (default 1) or `--input-shape`. Throws LowbitError for both, or an input shape without a graph. */
export function tracedLayers(args: Arguments, source: WeightSource, weights: readonly TracedWeight[]): TracedLayers {
  const shapes = repeated(args['input-shape']);
  if (shapes.length === 0) return layersPerTensor(args, source, weights);
  if (args['tokens'] !== undefined)
    throw new LowbitError('--tokens and --input-shape both say how large the activations are', { remedy: 'give one of them' });
  if (source.graph === undefined) {
    throw new LowbitError('--input-shape needs a graph', {
      value: source.path,
      remedy: 'only ONNX files hold one; give --tokens M for a file of tensors',
    });
  }
  const { layers, other } = onnxWorkload(source.graph, parseInputShapes(shapes));
  const traced = new Map(weights.map((weight) => [weight.info.name, weight]));
  const only = repeated(args['tensor']);
  const asked = only.length === 0 ? layers : layers.filter((layer) => layer.weight !== null && traced.has(layer.weight.tensor));
  const products = asked.map((layer) => graphLayer(args, layer, traced));
  const stored = asked.map(({ weight }) => (weight === null ? undefined : traced.get(weight.tensor)));
  return {
    layers: [...withFactors(products, stored), ...(only.length === 0 ? other.map(otherLayer) : [])],
    shape: { inputShape: shapes.join(' ') },
    notes: [],
  };
}

function layersPerTensor(args: Arguments, source: WeightSource, weights: readonly TracedWeight[]): TracedLayers {
  const tokens = positiveInteger('tokens', args['tokens'], undefined);
  const activation = activationOperand(args);
  const unquantized = operandOf(UNQUANTIZED_FORMAT);
  const layers = weights.map(({ info, operand }) => {
    const { blocks, n, k } = info.layout ?? { blocks: 1, n: 1, k: 1 };
    return layerTraceSchema.parse({
      name: info.name,
      kind: 'gemm',
      m: tokens ?? 1,
      n,
      k,
      gemms: blocks,
      sharedOperand: blocks === 1 ? 'weight' : 'none',
      activation,
      weight: operand ?? unquantized,
      output: unquantized,
    });
  });
  const graphHint = source.graph === undefined ? '' : '; --input-shape gives every layer its real size';
  return {
    layers: withFactors(layers, weights),
    shape: { tokens: tokens ?? 1 },
    notes: tokens === undefined ? [`every tensor is taken as one layer on 1 token (--tokens M changes that${graphHint})`] : [],
  };
}

/** The layers with the products of low-rank factors behind those whose weights have some; `weights` in the order of the layers. */
function withFactors(layers: readonly LayerTrace[], weights: readonly (TracedWeight | undefined)[]): LayerTrace[] {
  const lowRanks = new Map(
    layers.flatMap(({ weight }, i) => {
      const lowRank = weights[i]?.lowRank;
      return lowRank === undefined ? [] : [[weight, lowRank] as const];
    }),
  );
  return withLowRank(layers, { lowRanks });
}

function graphLayer(args: Arguments, layer: OnnxLayer, traced: ReadonlyMap<string, TracedWeight>): LayerTrace {
  const { name, kind, m, n, k, gemms, repeat, sharedOperand, conv, weight } = layer;
  const activation = activationOperand(args);
  const unquantized = operandOf(UNQUANTIZED_FORMAT);
  const stored = weight === null ? undefined : traced.get(weight.tensor)?.operand;
  return {
    name,
    kind,
    m,
    n,
    k,
    gemms,
    repeat,
    sharedOperand,
    ...(conv === undefined ? {} : { conv }),
    activation,
    // The product of two activations has no weight of its own.
    weight: stored ?? (weight === null ? activation : unquantized),
    output: unquantized,
  };
}

function otherLayer({ name, kind, m, n, k }: OnnxOther): LayerTrace {
  const activation = operandOf(UNQUANTIZED_FORMAT);
  return { name, kind, m, n, k, gemms: 1, repeat: 1, sharedOperand: 'none', activation, weight: NO_OPERAND, output: activation };
}

function activationOperand(args: Arguments): Operand {
  return operandOf(single('activation', args['activation']) ?? UNQUANTIZED_FORMAT);
}

function operandOf(name: string): Operand {
  const { format, payload_bitsPerElement, metadata_bitsPerElement } = operandFormat(name);
  return { format, payload_bitsPerElement, metadata_bitsPerElement };
}
