/**
 * Decoder-only transformers: prefill of a prompt, and decode steps.
 * Prefill: linear layers `batch` products of m = context (lm_head included), attention over the full square.
 * Decode: linear layers one product of m = batch, attention of one query per sequence over `context` keys.
 * Source: docs/workloads.md (corrected convention). Left out by default: softmax, norms, rotary embedding, sampling, embedding look-up.
 */
import type { CacheShape } from '../../quantizers/kv/kv-quantizer.js';
import { decoderTraits } from '../model/decoder-traits.js';
import type { LayerTrace } from '../layer-trace.js';
import type { DecoderModel } from '../model/model-config.js';
import { decoderMatrices, type DecoderMatrices, type WeightMatrix } from '../model/weight-matrices.js';
import { expertRows } from './moe.js';
import {
  attentionRows,
  blockVectorRows,
  type BlockVectors,
  linearRows,
  prefillRows,
  projectionRows,
  headQuantization,
  type RowSetting,
  type TokenRows,
} from './rows.js';

/** Contexts of decode steps, run-length coded: `steps` steps at `context` keys. */
export interface DecodeContext {
  readonly context: number;
  readonly steps: number;
}

interface DecoderPass {
  /** Tokens in the blocks. */
  readonly tokens: TokenRows;
  /** Tokens that reach lm_head. */
  readonly head: TokenRows;
  readonly attention: readonly LayerTrace[];
}

/** Rows of one prefill of `context` tokens per sequence. */
export function decoderPrefill(model: DecoderModel, setting: RowSetting, context: number): LayerTrace[] {
  const tokens = prefillRows(setting, context);
  const attention = attentionRows(setting, {
    ...attentionGeometry(model),
    queryTokens: context,
    keys: context,
    repeat: model.layers,
    masked: true,
  });
  return decoderPass(model, setting, { tokens, head: setting.options.lastTokenHead ? { m: setting.batch, gemms: 1 } : tokens, attention });
}

/** Rows of decode steps; attention rows carry their context in the name when `labelled`. */
export function decoderDecode(
  model: DecoderModel,
  setting: RowSetting,
  contexts: readonly DecodeContext[],
  labelled: boolean,
): LayerTrace[] {
  const tokens = { m: setting.batch, gemms: 1 };
  const attention = contexts.flatMap(({ context, steps }) =>
    attentionRows(setting, {
      ...attentionGeometry(model),
      queryTokens: 1,
      keys: context,
      repeat: model.layers * steps,
      ...(labelled ? { suffix: `@${context}` } : {}),
    }),
  );
  return decoderPass(model, setting, { tokens, head: tokens, attention });
}

/** The cache of one layer and sequence. */
export function decoderCacheShape(model: DecoderModel): CacheShape {
  const { kvHeads, headDim } = decoderTraits(model);
  return { kvHeads, headDim };
}

function attentionGeometry(model: DecoderModel): { heads: number; kvHeads: number; headDim: number } {
  const { kvHeads, headDim } = decoderTraits(model);
  return { heads: model.heads, kvHeads, headDim };
}

function decoderPass(model: DecoderModel, setting: RowSetting, pass: DecoderPass): LayerTrace[] {
  const traits = decoderTraits(model);
  const matrices = decoderMatrices(model);
  const { tokens } = pass;
  const linear = (list: readonly WeightMatrix[], rows: TokenRows = tokens): LayerTrace[] =>
    list.flatMap((matrix) => linearRows(setting, matrix, rows));
  const mixture = model.experts === undefined ? undefined : { experts: model.experts, expertsPerToken: model.expertsPerToken ?? 1 };
  const vectors = {
    hidden: model.hidden,
    feedForward: model.feedForward * (model.expertsPerToken ?? 1),
    norms: traits.normsPerBlock,
    additions: 2,
    blocks: model.layers,
    gated: traits.gatedFeedForward,
    queries: model.heads * traits.headDim,
    keyValue: 2 * traits.kvHeads * traits.headDim,
    ...readersOf(matrices),
  };
  return [
    ...linear(matrices.input),
    ...projectionRows(setting, matrices.qkv, tokens),
    ...pass.attention,
    ...linear(matrices.output),
    ...linear(matrices.feedForward),
    ...(mixture === undefined ? [] : expertRows(setting, matrices.experts, { mixture, tokens })),
    ...blockVectorRows(setting, tokens, vectors),
    ...headQuantization(setting, { name: 'quantize-head', n: model.hidden, repeat: setting.steps, ...pass.head }),
    ...linear(matrices.head, pass.head),
  ];
}

/** One matrix behind each input of a block. */
function readersOf({ qkv, output, feedForward, experts }: DecoderMatrices): Pick<BlockVectors, 'readers' | 'innerReader'> {
  const block = experts.length > 0 ? experts : feedForward;
  return { readers: [qkv[0]!, output[0]!, block[0]!], innerReader: block.at(-1)! };
}
