/**
 * A decoder under a scheme against the same decoder in float32, on the same windows of a text: loss with a paired bootstrap over windows, agreement of
 * the next token, exact bits, and the errors of every product. Perplexity by the rules of perplexity.ts; the interval is that of the difference of the
 * mean log-perplexity, 95 %, 10,000 resamples, one fixed seed, so that the same run gives the same bytes.
 */
import type { DecoderModel, ProductGroup } from '../decoder/decoder-model.js';
import { floatNames, namedGroups } from '../decoder/product-names.js';
import type { ExecutionPlan } from '../decoder/execution-plan.js';
import { pairedBootstrap } from '../numeric/paired-bootstrap.js';
import { MIXED_BLOCK } from '../quantizers/mixed-blocks.js';
import { bitsPerWeight, NO_BITS, type BitParts } from '../quantizers/quantizer.js';
import { operandBits } from '../trace/layer-trace.js';
import { resolveScheme, type ResolvedScheme, type SchemeConfig } from '../trace/scheme-config.js';
import { checkLayers } from '../trace/scheme-layers.js';
import { nextTokenAgreement, perplexity, type PerplexityResult } from './perplexity.js';
import { quantizeModel, type ProductReport, type QuantizedModel } from './quantize-model.js';
import { schemeNumbers } from './scheme-numbers.js';
import { schemePlan } from './scheme-plan.js';

/** What a scheme does to a model, against the model in float32. */
export interface EvaluationRequest {
  readonly model: DecoderModel;
  readonly scheme: SchemeConfig;
  readonly evaluation: Int32Array;
  /** Absent: methods that need to see activations are refused. */
  readonly calibration?: Int32Array;
  /** Products from integer code words, as a processing element computes them (code-exact.ts), in place of the values read back. */
  readonly codeExact?: boolean;
  /** Only so many windows, from the start of the text. */
  readonly windows?: number;
  /** Of the model in float32 over the same windows, where it is known. */
  readonly reference?: PerplexityResult;
  /** Told what is being done, how far it is, and of how much. */
  readonly progress?: (task: 'quantize' | 'reference' | 'score', done: number, count: number) => void;
}

/** What a scheme does to a model, against the model in float32. */
export interface Evaluation {
  readonly reference: PerplexityResult;
  readonly result: PerplexityResult;
  /** Of the mean loss of a window, nats per token. */
  readonly difference: { readonly mean: number; readonly low: number; readonly high: number; readonly resolved: boolean };
  readonly nextTokenAgreement: number;
  /** Over all quantized products; of float weights those of their file. */
  readonly bits: BitParts;
  readonly bitsPerWeight: number;
  /** Bits per element that the products read. */
  readonly activationBits: number;
  /** Bits per element of keys and values when a window is full. */
  readonly kvBits: number;
  /** Sum of squared weight errors over their number, and the signal over that; null where weights are floats. */
  readonly mse: number | null;
  readonly sqnr_dB: number | null;
  readonly products: readonly ProductReport[];
}

const BOOTSTRAP_SEED = 1;

/** Throws LowbitError as `schemeNumbers`, `quantizeModel` and `perplexity` do. */
export function evaluateScheme(request: EvaluationRequest): Evaluation {
  const { model, scheme, calibration, progress } = request;
  const groups = namedGroups(model);
  checkLayers(scheme, {
    inputs: groups.map(({ names }) => names),
    others: floatNames(model),
    features: new Map(groups.flatMap(({ group, names }) => names.map((name, i) => [name, group.products[i]!.weight.rows] as const))),
  });
  const { activation, activationAt, cache, ...numbers } = schemeNumbers(scheme);
  const plan = schemePlan(model, { activation, activationAt, cache }, { codeExact: request.codeExact === true, scheme: scheme.name });
  const quantized = quantizeModel(model, {
    ...numbers,
    ...(calibration === undefined ? {} : { calibration }),
    ...(progress === undefined ? {} : { progress: (done, count) => progress('quantize', done, count) }),
  });
  // After what may be refused, for it takes as long as the scheme itself.
  const reference = request.reference ?? score(request, model, { task: 'reference', plan: {} });
  const result = score(request, quantized.model, { task: 'score', plan });
  const { difference: mean, low, high, resolved } = intervalOf(result, reference);
  const bits = bitsOf(storedProducts(quantized, resolveScheme(scheme, model.name)));
  return {
    reference,
    result,
    difference: { mean, low, high, resolved },
    nextTokenAgreement: nextTokenAgreement(result, reference),
    bits,
    bitsPerWeight: bitsPerWeight(bits),
    activationBits: activationBits(quantized.model, scheme),
    kvBits: kvBits(model, scheme, result.window),
    ...weightErrors(quantized.products),
    products: quantized.products,
  };
}

function score(
  { evaluation, windows, progress }: EvaluationRequest,
  model: DecoderModel,
  { task, plan }: { readonly task: 'reference' | 'score'; readonly plan: ExecutionPlan },
): PerplexityResult {
  return perplexity(model, evaluation, {
    plan,
    ...(windows === undefined ? {} : { maxWindows: windows }),
    ...(progress === undefined ? {} : { progress: (done, count) => progress(task, done, count) }),
  });
}

/** A single window has a difference and no interval: both ends are unknown. */
function intervalOf(result: PerplexityResult, reference: PerplexityResult) {
  const [a, b] = [result.windowLosses_nats, reference.windowLosses_nats];
  if (a.length < 2) return { difference: a[0]! - b[0]!, low: NaN, high: NaN, resolved: false };
  return pairedBootstrap(a, b, { seed: BOOTSTRAP_SEED });
}

type StoredProduct = Pick<ProductReport, 'rows' | 'cols' | 'bits'>;

/** What quantizers say of the products, and what the scheme says of those that stay floats. */
function storedProducts({ model, products }: QuantizedModel, scheme: ResolvedScheme): StoredProduct[] {
  const quantized = new Set(products.map(({ name }) => name));
  const floats = namedGroups(model).flatMap(({ group, names }) =>
    group.products.flatMap(({ name, weight: { rows, cols } }, i): StoredProduct[] =>
      !quantized.has(name) ? [{ rows, cols, bits: { ...NO_BITS, payload: operandBits(scheme.productAt(names[i] ?? '').weight) } }] : [],
    ),
  );
  return [...products, ...floats];
}

/** Bits of all products by part, every weight counting the same. */
function bitsOf(products: readonly StoredProduct[]): BitParts {
  const weights = products.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
  const mean = (part: keyof BitParts): number =>
    products.reduce((sum, { rows, cols, bits }) => sum + bits[part] * rows * cols, 0) / weights;
  return {
    payload: mean('payload'),
    group: mean('group'),
    channel: mean('channel'),
    tensor: mean('tensor'),
    outlier: mean('outlier'),
    lowRank: mean('lowRank'),
    permutation: mean('permutation'),
  };
}

/** Bits of an activation: those of the format, with the mean of the blocks where a rewrite gave each its own. */
function activationBits(model: DecoderModel, scheme: SchemeConfig): number {
  const { productAt } = resolveScheme(scheme, '');
  let [payload, metadata, channels] = [0, 0, 0];
  for (const { group, names } of namedGroups(model)) {
    const { activation } = productAt(names[0] ?? '');
    const width = group.products[0]?.weight.cols ?? 0;
    payload += blockBits(group, width) ?? width * activation.payload_bitsPerElement;
    metadata += width * activation.metadata_bitsPerElement;
    channels += width;
  }
  return payload / channels + metadata / channels;
}

/** Of all channels of a token, a short last block counting by its channels. */
function blockBits({ activationBits: blocks }: ProductGroup, width: number): number | undefined {
  if (blocks === undefined || blocks.length === 0) return undefined;
  return blocks.reduce((sum, bits, block) => sum + bits * Math.min(MIXED_BLOCK, width - block * MIXED_BLOCK), 0);
}

function kvBits({ layers }: DecoderModel, scheme: SchemeConfig, tokens: number): number {
  const { kv, cacheAt } = resolveScheme(scheme, '');
  const shape = layers[0]?.attention;
  return operandBits(cacheAt === undefined || shape === undefined ? kv : cacheAt(tokens, shape));
}

/** Both summed over all weights: signal is what the noise and the ratio of a product say it is. */
function weightErrors(products: readonly ProductReport[]): Pick<Evaluation, 'mse' | 'sqnr_dB'> {
  if (products.length === 0) return { mse: null, sqnr_dB: null };
  let [noise, signal, weights] = [0, 0, 0];
  for (const { rows, cols, mse, sqnr_dB } of products) {
    noise += mse * rows * cols;
    weights += rows * cols;
    signal = sqnr_dB === null ? NaN : signal + mse * rows * cols * 10 ** (sqnr_dB / 10);
  }
  const ratio = 10 * Math.log10(signal / noise);
  return { mse: noise / weights, sqnr_dB: Number.isFinite(ratio) ? ratio : null };
}
