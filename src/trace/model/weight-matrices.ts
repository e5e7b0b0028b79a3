/**
 * The weight matrices of a model, by their place in it: output features n, inputs k, how many identical ones.
 * Generators multiply tokens by them, parameter counts add them up; both therefore see the same shapes.
 * Names follow the common ones of the published model code (q_proj, fc1, gate_proj, lm_head, ...).
 */
import { EXPERT_MARK, LAYER_MARK } from '../../decoder/product-names.js';
import { decoderTraits } from './decoder-traits.js';
import { heightAndWidth } from './model-config.js';
import type { ConvolutionModel, DecoderModel, EncoderDecoderModel, EncoderModel, VisionModel } from './model-config.js';

export interface WeightMatrix {
  readonly name: string;
  /** Name of the single matrices (src/decoder/product-names.ts), with marks where the numbers of layer and expert stand. */
  readonly product: string;
  /** Output features. */
  readonly n: number;
  /** Inputs: the reduction. */
  readonly k: number;
  /** Identical matrices in the model: layers times experts. */
  readonly count: number;
  /** Experts of a layer; absent: the matrix is no expert's. */
  readonly experts?: number;
  readonly bias: boolean;
}

/** The matrices of `count` transformer blocks. */
export interface BlockMatrices {
  readonly qkv: readonly WeightMatrix[];
  readonly output: readonly WeightMatrix[];
  readonly feedForward: readonly WeightMatrix[];
}

export interface DecoderMatrices extends BlockMatrices {
  /** In front of the blocks. */
  readonly input: readonly WeightMatrix[];
  /** Feed-forward of the experts of a mixture; `feedForward` then holds the router alone. */
  readonly experts: readonly WeightMatrix[];
  /** Behind the blocks, lm_head last. */
  readonly head: readonly WeightMatrix[];
}

/** Names of the single matrices that this one stands for, layer by layer. */
export function productNames(matrix: WeightMatrix): string[] {
  const layers = Array.from({ length: layersOf(matrix) }, (_, layer) => layer);
  return layers.flatMap((layer) => namesInLayer(matrix, layer));
}

/** How many layers have the matrix. */
export function layersOf({ count, experts = 1 }: WeightMatrix): number {
  return count / experts;
}

/** Its names in one layer: one, or one for each expert. */
export function namesInLayer({ product, experts = 1 }: WeightMatrix, layer: number): string[] {
  const name = product.replace(LAYER_MARK, String(layer));
  return experts === 1 ? [name.replace(EXPERT_MARK, '0')] : Array.from({ length: experts }, (_, e) => name.replace(EXPERT_MARK, String(e)));
}

/** Of a matrix that every layer has, under the path of its part. */
function inLayers(stack: string, name: string): string {
  const part = /^[qkvo]_proj$/.test(name) ? (stack === 'cross/' ? 'cross_attn' : 'self_attn') : 'mlp';
  return `${stack === 'encoder/' ? 'model.encoder' : 'model'}.layers.${LAYER_MARK}.${part}.${name}`;
}

export function decoderMatrices(model: DecoderModel): DecoderMatrices {
  const traits = decoderTraits(model);
  const { layers, hidden, feedForward, experts } = model;
  const queryWidth = model.heads * traits.headDim;
  const kvWidth = traits.kvHeads * traits.headDim;
  const matrix = (name: string, n: number, k: number, bias: boolean): WeightMatrix => ({
    name,
    product: inLayers('', name),
    n,
    k,
    count: layers,
    bias,
  });
  const all = traits.bias === 'all';
  const mlp = traits.gatedFeedForward
    ? [
        matrix('gate_proj', feedForward, hidden, all),
        matrix('up_proj', feedForward, hidden, all),
        matrix('down_proj', hidden, feedForward, all),
      ]
    : [matrix('fc1', feedForward, hidden, all), matrix('fc2', hidden, feedForward, all)];
  const once = (name: string, n: number, k: number, bias = false): WeightMatrix => ({ name, product: name, n, k, count: 1, bias });
  const projected = traits.embeddingWidth !== hidden;
  return {
    input: projected ? [once('project_in', hidden, traits.embeddingWidth)] : [],
    qkv: [
      matrix('q_proj', queryWidth, hidden, traits.bias !== 'none'),
      matrix('k_proj', kvWidth, hidden, traits.bias !== 'none'),
      matrix('v_proj', kvWidth, hidden, traits.bias !== 'none'),
    ],
    output: [matrix('o_proj', hidden, queryWidth, all)],
    feedForward: experts === undefined ? mlp : [matrix('router', experts, hidden, false)],
    experts: experts === undefined ? [] : mlp.map((one) => ofExperts(one, experts)),
    head: [
      ...(projected ? [once('project_out', traits.embeddingWidth, hidden)] : []),
      once('lm_head', model.vocabulary, traits.embeddingWidth, traits.headBias),
    ],
  };
}

function ofExperts(one: WeightMatrix, experts: number): WeightMatrix {
  const product = one.product.replace('.mlp.', `.mlp.experts.${EXPERT_MARK}.`);
  return { ...one, name: `experts.${one.name}`, product, count: one.count * experts, experts };
}

interface PlainBlock {
  readonly hidden: number;
  readonly feedForward: number;
}

/** A block without grouped queries or gate: four square projections, fc1, fc2, all with bias except the keys of Whisper. */
export function plainBlock(
  model: PlainBlock,
  count: number,
  options: { readonly prefix?: string; readonly keyBias?: boolean } = {},
): BlockMatrices {
  const prefix = options.prefix ?? '';
  const matrix = (name: string, n: number, k: number, bias = true): WeightMatrix => ({
    name: `${prefix}${name}`,
    product: inLayers(prefix, name),
    n,
    k,
    count,
    bias,
  });
  const { hidden, feedForward } = model;
  return {
    qkv: [matrix('q_proj', hidden, hidden), matrix('k_proj', hidden, hidden, options.keyBias ?? true), matrix('v_proj', hidden, hidden)],
    output: [matrix('o_proj', hidden, hidden)],
    feedForward: [matrix('fc1', feedForward, hidden), matrix('fc2', hidden, feedForward)],
  };
}

/** Pooler and classifier of an encoder, each seen by one token per sequence. */
export function encoderHead(model: EncoderModel): readonly WeightMatrix[] {
  const matrix = (name: string, n: number): WeightMatrix => ({ name, product: name, n, k: model.hidden, count: 1, bias: true });
  return [
    ...(model.pooler ? [matrix('pooler', model.hidden)] : []),
    ...(model.classes === undefined ? [] : [matrix('classifier', model.classes)]),
  ];
}

export interface EncoderDecoderMatrices {
  readonly encoder: BlockMatrices;
  readonly self: BlockMatrices;
  /** Cross attention: q_proj sees decoder tokens, k_proj and v_proj the encoder's output. */
  readonly cross: BlockMatrices;
  readonly head: WeightMatrix;
}

export function encoderDecoderMatrices(model: EncoderDecoderModel): EncoderDecoderMatrices {
  const keyBias = model.family !== 'whisper';
  return {
    encoder: plainBlock(model, model.encoderLayers, { prefix: 'encoder/', keyBias }),
    self: plainBlock(model, model.decoderLayers, { keyBias }),
    cross: plainBlock(model, model.decoderLayers, { prefix: 'cross/', keyBias }),
    head: { name: 'lm_head', product: 'lm_head', n: model.vocabulary, k: model.hidden, count: 1, bias: false },
  };
}

export function visionMatrices(model: VisionModel): {
  readonly patch: WeightMatrix;
  readonly block: BlockMatrices;
  readonly head: WeightMatrix;
} {
  return {
    patch: {
      name: 'patch_embed',
      product: 'patch_embed',
      n: model.hidden,
      k: model.channels * model.patch * model.patch,
      count: 1,
      bias: true,
    },
    block: plainBlock(model, model.layers),
    head: { name: 'head', product: 'head', n: model.classes, k: model.hidden, count: 1, bias: true },
  };
}

/** Convolutions after lowering: n output channels, k = input channels x kernel area; their bias is the folded batch norm where there is one. */
export function convolutionMatrices(model: ConvolutionModel): readonly WeightMatrix[] {
  const convolutions = model.convolutions.map((layer) => {
    const [height, width] = heightAndWidth(layer.kernel);
    return { name: layer.name, product: layer.name, n: layer.output, k: layer.input[0] * height * width, count: 1, bias: true };
  });
  const linear = model.linear.map(({ name, output, input }) => ({ name, product: name, n: output, k: input, count: 1, bias: true }));
  return [...convolutions, ...linear];
}
