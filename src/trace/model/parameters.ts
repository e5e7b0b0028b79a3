/**
 * Parameters of a model from its shapes, and the bytes its weights and KV cache occupy under a scheme.
 * weights = sum over matrices of n * ceil(k * weightBits / 8) bytes (rows start on a byte), embedding tables, biases and norms at 16 bit;
 * a tied table is stored once, with the bits of lm_head. Left out: batch norm beyond the bias it folds into.
 */
import { decoderTraits } from './decoder-traits.js';
import { isDecoder, isEncoderDecoder } from './model-config.js';
import type { DecoderModel, EncoderDecoderModel, EncoderModel, ModelConfig, VisionModel } from './model-config.js';
import {
  convolutionMatrices,
  decoderMatrices,
  encoderDecoderMatrices,
  encoderHead,
  plainBlock,
  productNames,
  visionMatrices,
} from './weight-matrices.js';
import type { BlockMatrices, WeightMatrix } from './weight-matrices.js';

export interface Parameters {
  readonly matrices: readonly WeightMatrix[];
  /** Elements of embedding and position tables that are no weight matrix. */
  readonly embeddings: number;
  /** Elements of biases and norms. */
  readonly vectors: number;
  readonly total: number;
}

interface Extra {
  readonly embeddings: number;
  readonly norms: number;
}

/** Every parameter of the model. */
export function modelParameters(model: ModelConfig): Parameters {
  const matrices = modelMatrices(model);
  const { embeddings, norms } = extras(model);
  const biases = matrices.reduce((sum, matrix) => sum + (matrix.bias ? matrix.n * matrix.count : 0), 0);
  const weights = matrices.reduce((sum, matrix) => sum + matrix.n * matrix.k * matrix.count, 0);
  return { matrices, embeddings, vectors: norms + biases, total: weights + embeddings + norms + biases };
}

/** Rows of a matrix whose elements take so many bits each, metadata included. */
export interface RowBits {
  readonly n: number;
  readonly bits: number;
}

/** Bytes of all weights when matrix elements take so many bits each (metadata included): all of them, or rows by their matrix and its name. */
export function weightBytes(
  model: ModelConfig,
  weight_bits: number | ((product: string, matrix: WeightMatrix) => readonly RowBits[]),
): number {
  const { matrices, embeddings, vectors } = modelParameters(model);
  const bytes = ({ n, bits }: RowBits, k: number): number => n * Math.ceil((k * bits) / 8);
  const all = (matrix: WeightMatrix): number =>
    typeof weight_bits === 'number'
      ? matrix.count * bytes({ n: matrix.n, bits: weight_bits }, matrix.k)
      : productNames(matrix).reduce((sum, name) => weight_bits(name, matrix).reduce((all, rows) => all + bytes(rows, matrix.k), sum), 0);
  return matrices.reduce((sum, matrix) => sum + all(matrix), 2 * (embeddings + vectors));
}

function blockList(block: BlockMatrices): WeightMatrix[] {
  return [...block.qkv, ...block.output, ...block.feedForward];
}

function modelMatrices(model: ModelConfig): readonly WeightMatrix[] {
  if (isDecoder(model)) {
    const { input, experts, head, ...block } = decoderMatrices(model);
    return [...input, ...blockList(block), ...experts, ...head];
  }
  if (isEncoderDecoder(model)) {
    const { encoder, self, cross, head } = encoderDecoderMatrices(model);
    return [...audioMatrices(model), ...blockList(encoder), ...blockList(self), ...cross.qkv, ...cross.output, head];
  }
  if (model.family === 'bert') return [...blockList(plainBlock(model, model.layers)), ...encoderHead(model)];
  if (model.family === 'vit') {
    const { patch, block, head } = visionMatrices(model);
    return [patch, ...blockList(block), head];
  }
  return convolutionMatrices(model);
}

/** The two convolutions of width 3 in front of an audio encoder. */
function audioMatrices(model: EncoderDecoderModel): WeightMatrix[] {
  if (model.audio === undefined) return [];
  const matrix = (name: string, inputs: number): WeightMatrix => ({
    name,
    product: name,
    n: model.hidden,
    k: 3 * inputs,
    count: 1,
    bias: true,
  });
  return [matrix('encoder/conv1', model.audio.melBins), matrix('encoder/conv2', model.hidden)];
}

function extras(model: ModelConfig): Extra {
  if (isDecoder(model)) return decoderExtras(model);
  if (isEncoderDecoder(model)) return encoderDecoderExtras(model);
  if (model.family === 'bert') return encoderExtras(model);
  if (model.family === 'vit') return visionExtras(model);
  return { embeddings: 0, norms: 0 };
}

function decoderExtras(model: DecoderModel): Extra {
  const traits = decoderTraits(model);
  const table = traits.tiedEmbeddings ? 0 : model.vocabulary * traits.embeddingWidth;
  const norms = model.layers * traits.normsPerBlock + (traits.finalNorm ? 1 : 0) + (traits.embeddingNorm ? 1 : 0);
  return { embeddings: table + traits.positionRows * model.hidden, norms: norms * model.hidden * (traits.norm === 'layer' ? 2 : 1) };
}

function encoderDecoderExtras(model: EncoderDecoderModel): Extra {
  const { hidden, encoderLayers, decoderLayers } = model;
  // Two norms per encoder block, three per decoder block, two more around each stack's ends in BART (embedding) and Whisper (final).
  const norms = (2 * encoderLayers + 3 * decoderLayers + 2) * 2 * hidden;
  const positions = model.audio === undefined ? 2 * (model.maxPositions + 2) : model.audio.frames / 2 + model.maxPositions;
  return { embeddings: positions * hidden, norms };
}

function encoderExtras(model: EncoderModel): Extra {
  return {
    embeddings: (model.vocabulary + model.maxPositions + model.tokenTypes) * model.hidden,
    norms: (2 * model.layers + 1) * 2 * model.hidden,
  };
}

function visionExtras(model: VisionModel): Extra {
  const tokens = (model.image / model.patch) ** 2 + 1;
  return { embeddings: (tokens + 1) * model.hidden, norms: (2 * model.layers + 1) * 2 * model.hidden };
}
