/**
 * What the family of a decoder says about its blocks when the model file does not: feed-forward, biases, norms, embeddings.
 * Source: the published model code of each family (Hugging Face transformers, modeling_<family>.py); checked by exact parameter counts.
 */
import type { DecoderFamily, DecoderModel } from './model-config.js';

/** A decoder with every open key decided. */
export interface DecoderTraits {
  readonly kvHeads: number;
  readonly headDim: number;
  readonly embeddingWidth: number;
  readonly gatedFeedForward: boolean;
  readonly bias: 'none' | 'qkv' | 'all';
  readonly headBias: boolean;
  readonly tiedEmbeddings: boolean;
  readonly norm: 'rms' | 'layer';
  readonly normsPerBlock: number;
  readonly finalNorm: boolean;
  readonly embeddingNorm: boolean;
  readonly positionRows: number;
}

type FamilyTraits = Pick<DecoderTraits, 'gatedFeedForward' | 'bias' | 'tiedEmbeddings' | 'norm'> &
  Partial<Pick<DecoderTraits, 'headBias' | 'normsPerBlock' | 'embeddingNorm'>> & { readonly learnedPositions?: number };

const llamaLike: FamilyTraits = { gatedFeedForward: true, bias: 'none', tiedEmbeddings: false, norm: 'rms' };
const classic: FamilyTraits = { gatedFeedForward: false, bias: 'all', tiedEmbeddings: true, norm: 'layer' };

/** `learnedPositions`: rows of the position table beyond maxPositions; absent: rotary or ALiBi, no table. */
const families: Readonly<Record<DecoderFamily, FamilyTraits>> = {
  llama: llamaLike,
  mistral: llamaLike,
  mixtral: llamaLike,
  qwen2: { ...llamaLike, bias: 'qkv' },
  opt: { ...classic, learnedPositions: 2 },
  gpt2: { ...classic, learnedPositions: 0 },
  bloom: { ...classic, embeddingNorm: true },
  phi: { ...classic, tiedEmbeddings: false, headBias: true, normsPerBlock: 1 },
};

/** The traits of a decoder: its own keys first, then its family's. */
export function decoderTraits(model: DecoderModel): DecoderTraits {
  const family = families[model.family];
  return {
    kvHeads: model.kvHeads ?? model.heads,
    headDim: model.headDim ?? model.hidden / model.heads,
    gatedFeedForward: model.gatedFeedForward ?? family.gatedFeedForward,
    bias: model.bias ?? family.bias,
    norm: model.norm ?? family.norm,
    normsPerBlock: model.normsPerBlock ?? family.normsPerBlock ?? 2,
    finalNorm: model.finalNorm ?? true,
    ...embeddingTraits(model, family),
  };
}

type EmbeddingTraits = Pick<DecoderTraits, 'embeddingWidth' | 'headBias' | 'tiedEmbeddings' | 'embeddingNorm' | 'positionRows'>;

function embeddingTraits(model: DecoderModel, family: FamilyTraits): EmbeddingTraits {
  const learned = family.learnedPositions === undefined ? 0 : (model.maxPositions ?? 0) + family.learnedPositions;
  return {
    embeddingWidth: model.embeddingWidth ?? model.hidden,
    headBias: model.headBias ?? family.headBias ?? false,
    tiedEmbeddings: model.tiedEmbeddings ?? family.tiedEmbeddings,
    embeddingNorm: model.embeddingNorm ?? family.embeddingNorm ?? false,
    positionRows: model.positionRows ?? learned,
  };
}
