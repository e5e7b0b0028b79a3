/**
 * Plain transformer blocks without a cache (BERT, the encoders of BART, Whisper and ViT): every token attends to every token.
 * Rows of `blocks` blocks: q k v, attention, output projection, fc1, fc2. BERT adds pooler and classifier on one token per sequence.
 * Source: Attention Is All You Need, arXiv 1706.03762, section 3; BERT, arXiv 1810.04805. Left out: embedding look-up, masking of padding.
 */
import type { LayerTrace } from '../layer-trace.js';
import type { EncoderModel } from '../model/model-config.js';
import { encoderHead, plainBlock, type BlockMatrices } from '../model/weight-matrices.js';
import { attentionRows, blockVectorRows, linearRows, prefillRows, type RowSetting } from './rows.js';

export interface EncoderShape {
  readonly hidden: number;
  readonly heads: number;
  readonly feedForward: number;
}

export interface EncoderRun {
  readonly blocks: number;
  readonly tokens: number;
  readonly matrices: BlockMatrices;
  /** In front of `attention` and of vector rows; the matrices carry theirs. */
  readonly prefix?: string;
}

/** Rows of a stack of encoder blocks. */
export function encoderRows(setting: RowSetting, shape: EncoderShape, run: EncoderRun): LayerTrace[] {
  const { hidden, heads, feedForward } = shape;
  const { blocks, tokens: length, matrices, prefix = '' } = run;
  const tokens = prefillRows(setting, length);
  const geometry = { heads, kvHeads: heads, headDim: hidden / heads, queryTokens: length, keys: length, repeat: blocks, prefix };
  return [
    ...matrices.qkv.flatMap((matrix) => linearRows(setting, matrix, tokens)),
    ...attentionRows(setting, geometry),
    ...[...matrices.output, ...matrices.feedForward].flatMap((matrix) => linearRows(setting, matrix, tokens)),
    ...blockVectorRows(setting, tokens, {
      hidden,
      feedForward,
      norms: 2,
      additions: 2,
      blocks,
      gated: false,
      queries: hidden,
      keyValue: 2 * hidden,
      readers: [matrices.qkv[0]!, matrices.output[0]!, matrices.feedForward[0]!],
      innerReader: matrices.feedForward[1]!,
      prefix,
    }),
  ];
}

/** Rows of an encoder-only model on `context` tokens per sequence. */
export function encoderWorkload(model: EncoderModel, setting: RowSetting, context: number): LayerTrace[] {
  const blocks = encoderRows(setting, model, { blocks: model.layers, tokens: context, matrices: plainBlock(model, model.layers) });
  return [...blocks, ...encoderHead(model).flatMap((matrix) => linearRows(setting, matrix, { m: setting.batch, gemms: 1 }))];
}
