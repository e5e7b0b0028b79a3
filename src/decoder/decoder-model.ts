/**
 * A decoder as plain records: everything a rewrite or a quantizer may change is data here, and the forward pass reads nothing else.
 * y = W x + b with W [N, K]. Products that share their input form a group; a group may carry steps on its input that the rewrites could not
 * fold into the weights before it. Llama (and Mistral, Qwen2, Mixtral), GPT-2 and OPT are forms of it.
 */
import type { Matrix } from '../numeric/matrix.js';
import type { QuantizedTensor } from '../quantizers/quantizer.js';

/** One matrix product. */
export interface Product {
  /** As in the file the weights come from, e.g. `model.layers.0.self_attn.q_proj`. */
  readonly name: string;
  /** [N, K]; of a quantized product the values read back. */
  readonly weight: Matrix;
  readonly bias?: Float32Array;
  /** Code words, once it is quantized. */
  readonly quantized?: QuantizedTensor;
  /** Code words where rows have several quantizers: every row stands in one block. */
  readonly quantizedRows?: readonly QuantizedRows[];
}

/** Rows of a matrix, in ascending order, and their code words. */
export interface QuantizedRows {
  readonly rows: Int32Array;
  readonly quantized: QuantizedTensor;
}

/** What is done to an input of K channels before its quantizer; the weights after it are in the changed basis. */
export type InputStep =
  /** x'[j] = x[order[j]]. */
  | { readonly kind: 'permutation'; readonly order: Int32Array }
  /** Orthonormal Walsh-Hadamard transform of every `block` channels (a power of two that divides K). */
  | { readonly kind: 'hadamard'; readonly block: number }
  /** x'[j] = x[j] * factors[j]. */
  | { readonly kind: 'scale'; readonly factors: Float32Array };

/** Where in a layer a group stands. */
export const groupSites = ['attention-in', 'attention-out', 'feed-forward-in', 'feed-forward-out'] as const;
export type GroupSite = (typeof groupSites)[number];

/** Products that read the same input. */
export interface ProductGroup {
  /** Unique in the model: layer, site, and expert where there are several, e.g. `0.attention-in`, `2.feed-forward-out.3`. */
  readonly name: string;
  readonly site: GroupSite;
  readonly steps: readonly InputStep[];
  readonly products: readonly Product[];
  /** Bits of the activation in each block of 128 channels (after the steps), where a method mixes them. */
  readonly activationBits?: Uint8Array;
}

/** A normalization with its gains. */
export interface Norm {
  readonly kind: 'rms' | 'layer';
  readonly gain: Float32Array;
  readonly bias?: Float32Array;
  readonly epsilon: number;
}

/** Angles of position t: t base^(-2i/headDim), for long contexts with slower frequencies. */
export interface Rotary {
  readonly base: number;
  /** `linear`: every frequency over the factor. `llama3`: only those that turn less than `lowFrequency` times in the original context, in part up to `highFrequency` times. */
  readonly scaling?:
    | { readonly kind: 'linear'; readonly factor: number }
    | {
        readonly kind: 'llama3';
        readonly factor: number;
        readonly lowFrequency: number;
        readonly highFrequency: number;
        readonly originalContext: number;
      };
}

/** Self-attention of a layer. */
export interface Attention {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Absent: positions are learned and added to the embedding. Pairs are (i, i + headDim/2). */
  readonly rotary?: Rotary;
  /** Products q, k, v in this order. */
  readonly input: ProductGroup;
  /** Product o. */
  readonly output: ProductGroup;
}

/** act(gate x) * (up x), then down; without a gate act(up x), then down. */
export interface FeedForward {
  readonly activation: 'silu' | 'gelu-tanh' | 'gelu' | 'relu';
  readonly gated: boolean;
  /** Products gate, up in this order; without a gate only up. */
  readonly input: ProductGroup;
  /** Product down. */
  readonly output: ProductGroup;
}

/** One or several feed-forward blocks; with several a router takes `perToken` of them, weighted by a softmax over the chosen. */
export interface Experts {
  readonly router?: Matrix;
  readonly perToken: number;
  readonly experts: readonly FeedForward[];
}

/** One layer. */
export interface DecoderLayer {
  readonly attentionNorm: Norm;
  readonly attention: Attention;
  readonly feedForwardNorm: Norm;
  readonly feedForward: Experts;
}

/** A whole decoder. */
export interface DecoderModel {
  readonly name: string;
  readonly vocabulary: number;
  readonly hidden: number;
  /** Longest window. */
  readonly context: number;
  /** [vocabulary, hidden] */
  readonly embedding: Matrix;
  /** Learned positions [context + offset, hidden]; token t takes row t + offset (OPT: 2). */
  readonly positions?: { readonly table: Matrix; readonly offset: number };
  readonly layers: readonly DecoderLayer[];
  readonly finalNorm: Norm;
  /** [vocabulary, hidden]; the embedding itself when tied. */
  readonly head: Matrix;
}

/** The groups of a layer in the order they are computed. */
export function groupsOfLayer({ attention, feedForward }: DecoderLayer): ProductGroup[] {
  return [attention.input, attention.output, ...feedForward.experts.flatMap(({ input, output }) => [input, output])];
}

/** A layer with every group replaced. */
export function mapGroups(layer: DecoderLayer, change: (group: ProductGroup) => ProductGroup): DecoderLayer {
  const { attention, feedForward } = layer;
  return {
    ...layer,
    attention: { ...attention, input: change(attention.input), output: change(attention.output) },
    feedForward: {
      ...feedForward,
      experts: feedForward.experts.map((expert) => ({ ...expert, input: change(expert.input), output: change(expert.output) })),
    },
  };
}
