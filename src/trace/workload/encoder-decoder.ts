/**
 * Encoder-decoder transformers (BART, Whisper).
 * Prefill: the encoder over its source, cross keys and values once, the decoder over `context` tokens.
 * Source length: `context` for text, the fixed number of frames for audio. Decode: one decoder token per sequence, self attention over
 * `context` keys, cross attention over the source; the encoder does not run again.
 * Source: BART, arXiv 1910.13461; Whisper, arXiv 2212.04356, section 2.2. Left out: beam search, embedding look-up, spectrogram.
 */
import type { LayerTrace } from '../layer-trace.js';
import type { ConvolutionLayer, EncoderDecoderModel } from '../model/model-config.js';
import { encoderDecoderMatrices, type WeightMatrix } from '../model/weight-matrices.js';
import { convolutionRow } from './convolution.js';
import type { DecodeContext } from './decoder.js';
import { encoderRows } from './encoder.js';
import {
  attentionRows,
  blockVectorRows,
  cachedRows,
  linearRows,
  prefillRows,
  projectionRows,
  headQuantization,
  type RowSetting,
  type TokenRows,
} from './rows.js';

/** Tokens the encoder works on. */
export function sourceTokens(model: EncoderDecoderModel, context: number): number {
  return model.audio === undefined ? context : Math.ceil(model.audio.frames / 2);
}

/** Encoder, cross keys and values, decoder prompt. */
export function encoderDecoderPrefill(model: EncoderDecoderModel, setting: RowSetting, context: number): LayerTrace[] {
  const source = sourceTokens(model, context);
  const { encoder, cross } = encoderDecoderMatrices(model);
  const tokens = prefillRows(setting, context);
  const head = setting.options.lastTokenHead ? { m: setting.batch, gemms: 1 } : tokens;
  const self = attentionRows(setting, { ...heads(model), queryTokens: context, keys: context, repeat: model.decoderLayers, masked: true });
  return [
    ...audioRows(model, setting),
    ...encoderRows(setting, model, { blocks: model.encoderLayers, tokens: source, matrices: encoder, prefix: 'encoder/' }),
    ...cross.qkv.slice(1).flatMap((matrix) => cachedRows(setting, matrix, prefillRows(setting, source))),
    ...decoderRows(model, setting, { tokens, head, self, queryTokens: context, source, steps: 1 }),
  ];
}

/** Decode steps at the given contexts over a source of `source` tokens. */
export function encoderDecoderDecode(
  model: EncoderDecoderModel,
  setting: RowSetting,
  run: { readonly contexts: readonly DecodeContext[]; readonly source: number; readonly labelled: boolean },
): LayerTrace[] {
  const tokens = { m: setting.batch, gemms: 1 };
  const self = run.contexts.flatMap(({ context, steps }) =>
    attentionRows(setting, {
      ...heads(model),
      queryTokens: 1,
      keys: context,
      repeat: model.decoderLayers * steps,
      ...(run.labelled ? { suffix: `@${context}` } : {}),
    }),
  );
  return decoderRows(model, setting, { tokens, head: tokens, self, queryTokens: 1, source: run.source, steps: setting.steps });
}

interface DecoderRun {
  readonly tokens: TokenRows;
  readonly head: TokenRows;
  readonly self: readonly LayerTrace[];
  readonly queryTokens: number;
  readonly source: number;
  readonly steps: number;
}

function decoderRows(model: EncoderDecoderModel, setting: RowSetting, run: DecoderRun): LayerTrace[] {
  const { self, cross, head } = encoderDecoderMatrices(model);
  const linear = (list: readonly WeightMatrix[]): LayerTrace[] => list.flatMap((matrix) => linearRows(setting, matrix, run.tokens));
  const blocks = model.decoderLayers;
  const attention = { queries: model.hidden, keyValue: 2 * model.hidden };
  const readers = [self, cross].flatMap(({ qkv, output }) => [qkv[0]!, output[0]!]);
  const inputs = { readers: [...readers, self.feedForward[0]!], innerReader: self.feedForward[1]! };
  const vectors = {
    hidden: model.hidden,
    feedForward: model.feedForward,
    norms: 3,
    additions: 3,
    blocks,
    gated: false,
    ...attention,
    ...inputs,
  };
  return [
    ...projectionRows(setting, self.qkv, run.tokens),
    ...run.self,
    ...linear(self.output),
    ...linear(cross.qkv.slice(0, 1)),
    ...attentionRows(setting, {
      ...heads(model),
      queryTokens: run.queryTokens,
      keys: run.source,
      repeat: blocks * run.steps,
      prefix: 'cross/',
    }),
    ...linear(cross.output),
    ...linear(self.feedForward),
    ...blockVectorRows(setting, run.tokens, vectors),
    ...headQuantization(setting, { name: 'quantize-head', n: model.hidden, repeat: run.steps, ...run.head }),
    ...linearRows(setting, head, run.head),
  ];
}

function heads(model: EncoderDecoderModel): { heads: number; kvHeads: number; headDim: number } {
  return { heads: model.heads, kvHeads: model.heads, headDim: model.hidden / model.heads };
}

/** Convolutions of width 3 over the frames, the second with stride 2. */
function audioRows(model: EncoderDecoderModel, setting: RowSetting): LayerTrace[] {
  if (model.audio === undefined) return [];
  const { melBins, frames } = model.audio;
  const along: Pick<ConvolutionLayer, 'output' | 'kernel' | 'padding'> = { output: model.hidden, kernel: [1, 3], padding: [0, 1] };
  return [
    convolutionRow(setting, { name: 'encoder/conv1', input: [melBins, 1, frames], ...along, stride: 1 }),
    convolutionRow(setting, { name: 'encoder/conv2', input: [model.hidden, 1, frames], ...along, stride: [1, 2] }),
  ];
}
