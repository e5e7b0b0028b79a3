/**
 * The layers of a model under a scheme for one request: unique rows by phase, the bytes that must fit the memory, and what was assumed.
 * `generate` = prefill of C tokens, then decode steps at contexts C, C+1, ..., C+T-1. Source: docs/workloads.md.
 */
import type { CacheShape } from '../../quantizers/kv/kv-quantizer.js';
import type { LayerTrace } from '../layer-trace.js';
import { isDecoder, isEncoderDecoder, type DecoderModel, type EncoderDecoderModel, type ModelConfig } from '../model/model-config.js';
import { operandBits } from '../layer-trace.js';
import { modelParameters } from '../model/parameters.js';
import { productNames, type WeightMatrix } from '../model/weight-matrices.js';
import { productInputs } from '../model/product-inputs.js';
import { resolveScheme, type ResolvedScheme, type SchemeConfig } from '../scheme-config.js';
import { checkLayers } from '../scheme-layers.js';
import { convolutionNotes, convolutionWorkload } from './convolution.js';
import { decoderCacheShape, decoderDecode, decoderPrefill, type DecodeContext } from './decoder.js';
import { encoderDecoderDecode, encoderDecoderPrefill, sourceTokens } from './encoder-decoder.js';
import { encoderWorkload } from './encoder.js';
import { lowRankBytes, withLowRank } from './low-rank.js';
import { storedBytes } from './model-bytes.js';
import { onlineSteps, withOnlineSteps } from './online-steps.js';
import { checkRequest, neededContext, prefillOnly, type CheckedRequest, type WorkloadRequest } from './request.js';
import type { RowSetting } from './rows.js';
import { imageTokens, visionWorkload } from './vision.js';
import { withRowBlocks } from './row-blocks.js';
import { storedOperandNotes, withStoredOperands } from './stored-operands.js';
import { workloadNotes } from './workload-notes.js';

/** The layers of one phase. */
export interface WorkloadSegment {
  /** Selects the array shape of hardware that has one per phase. */
  readonly phase: 'prefill' | 'decode';
  readonly layers: readonly LayerTrace[];
}

/** Layers by phase, and what must fit the memory. */
export interface Workload {
  /** In the order of time. */
  readonly segments: readonly WorkloadSegment[];
  /** What must fit the memory: weights as the scheme stores them, and keys and values of every sequence at the longest context. */
  readonly modelBytes: { readonly weights: number; readonly kv: number };
  /** Parameters of the model. */
  readonly parameters: number;
  /** What was assumed or left out, for the report. */
  readonly notes: readonly string[];
}

/**
 * The workload of a model. Throws LowbitError for numbers that are no positive integers, a missing context, a phase the model does not
 * have, or a scheme whose formats are unknown.
 */
export function workload(model: ModelConfig, scheme: SchemeConfig, request: WorkloadRequest): Workload {
  const checked = checkRequest(request);
  const resolved = resolveScheme(scheme, model.name);
  const { matrices, total } = modelParameters(model);
  if (resolved.layered) checkLayers(scheme, { inputs: productInputs(matrices), features: featuresOf(matrices) });
  const weights = storedBytes(model, resolved) + lowRankBytes(matrices, resolved);
  const online = onlineSteps(scheme, model);
  const segments = segmentsOf(model, resolved, checked).map(({ phase, layers }) => ({
    phase,
    layers: withStoredOperands(withLowRank(withRowBlocks(withOnlineSteps(layers, online, resolved.output), resolved), resolved), resolved),
  }));
  const layers = segments.flatMap((segment) => segment.layers);
  return {
    segments,
    modelBytes: { weights, kv: kvBytes(model, resolved, checked) },
    parameters: total,
    notes: [...workloadNotes(model, scheme, checked), ...storedOperandNotes(layers, resolved), ...convolutionNotes(layers)],
  };
}

function featuresOf(matrices: readonly WeightMatrix[]): Map<string, number> {
  return new Map(matrices.flatMap((matrix) => productNames(matrix).map((name) => [name, matrix.n] as const)));
}

function segmentsOf(model: ModelConfig, scheme: ResolvedScheme, request: CheckedRequest): WorkloadSegment[] {
  if (isDecoder(model) || isEncoderDecoder(model)) return generativeSegments(model, scheme, request);
  const once = setting(scheme, request, { prefix: '', steps: 1 });
  if (model.family === 'bert') {
    prefillOnly(request, model.name, 'it encodes its input in one pass');
    return [{ phase: 'prefill', layers: encoderWorkload(model, once, neededContext(request, model.name)) }];
  }
  if (model.family === 'vit') {
    prefillOnly(request, model.name, `it sees an image as ${imageTokens(model)} tokens in one pass`);
    return [{ phase: 'prefill', layers: visionWorkload(model, once) }];
  }
  prefillOnly(request, model.name, 'a convolutional network sees its input in one pass');
  return [{ phase: 'prefill', layers: convolutionWorkload(model, once) }];
}

function generativeSegments(model: DecoderModel | EncoderDecoderModel, scheme: ResolvedScheme, request: CheckedRequest): WorkloadSegment[] {
  const context = neededContext(request, model.name);
  const segments: WorkloadSegment[] = [];
  if (request.phase !== 'decode') {
    const once = setting(scheme, request, { prefix: '', steps: 1 });
    const layers = isDecoder(model) ? decoderPrefill(model, once, context) : encoderDecoderPrefill(model, once, context);
    segments.push({ phase: 'prefill', layers });
  }
  if (request.phase !== 'prefill') {
    const labelled = request.phase === 'generate';
    const contexts = decodeContexts(request, context);
    const steps = contexts.reduce((sum, run) => sum + run.steps, 0);
    const each = setting(scheme, request, { prefix: labelled ? 'decode/' : '', steps });
    const layers = isDecoder(model)
      ? decoderDecode(model, each, contexts, labelled)
      : encoderDecoderDecode(model, each, { contexts, source: sourceTokens(model, context), labelled });
    segments.push({ phase: 'decode', layers });
  }
  return segments;
}

function setting(scheme: ResolvedScheme, request: CheckedRequest, phase: { readonly prefix: string; readonly steps: number }): RowSetting {
  return { scheme, options: request.options, batch: request.batch, ...phase };
}

function decodeContexts(request: CheckedRequest, context: number): DecodeContext[] {
  if (request.phase === 'decode') return [{ context, steps: 1 }];
  if (request.options.fixedContext) return [{ context, steps: request.tokens }];
  return Array.from({ length: request.tokens }, (_, step) => ({ context: context + step, steps: 1 }));
}

/** Keys and values of all sequences: self attention at the longest context, cross attention over the source. */
function kvBytes(model: ModelConfig, scheme: ResolvedScheme, request: CheckedRequest): number {
  const longest = request.context + (request.phase === 'generate' ? request.tokens - 1 : 0);
  if (isDecoder(model)) {
    const shape = decoderCacheShape(model);
    return cacheBytes(scheme, { layers: model.layers * request.batch, tokens: [longest], shape });
  }
  if (!isEncoderDecoder(model)) return 0;
  const shape = { kvHeads: model.heads, headDim: model.hidden / model.heads };
  return cacheBytes(scheme, {
    layers: model.decoderLayers * request.batch,
    tokens: [longest, sourceTokens(model, request.context)],
    shape,
  });
}

interface Caches {
  readonly layers: number;
  /** Of every cache of a layer. */
  readonly tokens: readonly number[];
  readonly shape: CacheShape;
}

function cacheBytes(scheme: ResolvedScheme, { layers, tokens, shape }: Caches): number {
  const perToken = 2 * layers * shape.kvHeads * shape.headDim;
  return Math.ceil(tokens.reduce((sum, n) => sum + perToken * n * operandBits(scheme.cacheAt?.(n, shape) ?? scheme.kv), 0) / 8);
}
