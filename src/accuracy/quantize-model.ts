/**
 * A whole decoder quantized: rewrites in order, then layer by layer. A layer is calibrated on the outputs of the layers before it as they are after
 * their own quantization, all its products at once, then quantized (so does the published code of GPTQ, arXiv:2210.17323); activations stay floats
 * meanwhile [ours]. Head, embeddings, norms and routers stay as they are (16 bits in the files that matter).
 * Errors of a product are against the matrix its quantizer was given, which is that after the rewrites.
 */
import { mapGroups, type DecoderLayer, type DecoderModel, type Product, type ProductGroup } from '../decoder/decoder-model.js';
import { layerRun } from '../decoder/layer-run.js';
import { namedGroups } from '../decoder/product-names.js';
import { LowbitError } from '../lowbit-error.js';
import { errorMetrics } from '../numeric/error-metrics.js';
import { matrix } from '../numeric/matrix.js';
import type { Calibration, CalibrationPart } from '../quantizers/calibration.js';
import { quantizerNamed } from '../quantizers/index.js';
import { bitsPerWeight, type BitParts, type QuantizedTensor } from '../quantizers/quantizer.js';
import { calibrationCollector, type CalibrationCollector } from './calibration-collector.js';
import { calibrationWindows, checkCounts, needsCalibration } from './observe.js';
import { outputError } from './output-error.js';
import { rewriteModel } from './rewrite-model.js';
import { choicesOf, quantizeWeight } from './quantize-rows.js';
import type { ProductChoice, QuantizeModelRequest } from './scheme-choice.js';

/** What became of one product. */
export interface ProductReport {
  readonly name: string;
  readonly group: string;
  readonly rows: number;
  readonly cols: number;
  readonly format: string;
  readonly bits: BitParts;
  readonly bitsPerWeight: number;
  readonly mse: number;
  readonly sqnr_dB: number | null;
  /** Relative error of y on inputs of the calibration; null without one. */
  readonly outputError: number | null;
  /** Of a quantizer that factors the Hessian it saw. */
  readonly hessian?: HessianReport;
}

/** What a Hessian rests on. */
export interface HessianReport {
  readonly tokens: number;
  /** Where more damping was needed than asked for. */
  readonly dampingUsed?: number;
}

/** A model after its rewrites and its quantizer. */
export interface QuantizedModel {
  readonly model: DecoderModel;
  /** The model after the rewrites, weights still floats. */
  readonly rewritten: DecoderModel;
  readonly products: readonly ProductReport[];
}

/** Windows that output errors are measured on when nothing else looks at the calibration. */
const WINDOWS_FOR_ERRORS = 8;

/** Throws LowbitError for a method that needs a calibration and has none, a shape a quantizer refuses, and as rewrites and `observe` do. */
export function quantizeModel(model: DecoderModel, request: QuantizeModelRequest): QuantizedModel {
  const rewritten = rewriteModel(model, request);
  const { calibration } = request;
  const choices = productChoices(rewritten, request);
  if (choices.size === 0) return { model: rewritten, rewritten, products: [] };
  const { needs, uses } = partsOf(choices, calibration !== undefined);
  const products: ProductReport[] = [];
  const count = [...choices.values()].reduce((sum, group) => sum + group.filter((choice) => choice !== undefined).length, 0);
  const quantizeLayer = (layer: DecoderLayer, seen: ReadonlyMap<string, Calibration>): DecoderLayer =>
    mapGroups(layer, (group) => ({
      ...group,
      products: group.products.map((product, i) => {
        const choice = choices.get(group.name)?.[i];
        if (choice === undefined) return product;
        request.progress?.(products.length, count, product.name);
        const done = quantizeProduct(product, group, choice, seen.get(group.name));
        products.push(done.report);
        return done.product;
      }),
    }));
  const parts = new Set<CalibrationPart>([...needs, ...uses, 'samples']);
  const looks = needs.length + uses.length > 0;
  const layers =
    calibration === undefined
      ? rewritten.layers.map((layer) => quantizeLayer(layer, new Map()))
      : layerByLayer(rewritten, errorWindows(calibrationWindows(rewritten, calibration), looks), { parts, looks, quantizeLayer });
  return { model: { ...rewritten, layers }, rewritten, products };
}

/** Quantizers of the products of every group, by its name; nothing where all weights stay as they are. */
function productChoices(
  model: DecoderModel,
  { weight, weightAt }: QuantizeModelRequest,
): ReadonlyMap<string, readonly (ProductChoice | undefined)[]> {
  const all = namedGroups(model).map(({ group, names }) => [group.name, names.map(weightAt ?? (() => weight))] as const);
  return new Map(all.some(([, choices]) => choices.some((choice) => choice !== undefined)) ? all : []);
}

/** What the quantizers have to see, and what they look at. Throws LowbitError for one that has to see something where there is nothing. */
function partsOf(
  choices: ReadonlyMap<string, readonly (ProductChoice | undefined)[]>,
  calibrated: boolean,
): { readonly needs: readonly CalibrationPart[]; readonly uses: readonly CalibrationPart[] } {
  const all = [...choices.values()].flat().flatMap((choice) => (choice === undefined ? [] : choicesOf(choice)));
  const names = new Set(all.map(({ quantizer }) => quantizer));
  const quantizers = [...names].map(quantizerNamed);
  const blind = quantizers.find(({ needs = [] }) => needs.length > 0);
  if (blind !== undefined && !calibrated) throw needsCalibration(`quantizer ${blind.name}`);
  return { needs: quantizers.flatMap(({ needs = [] }) => needs), uses: quantizers.flatMap(({ uses = [] }) => uses) };
}

function errorWindows(windows: readonly Int32Array[], looks: boolean): readonly Int32Array[] {
  if (looks || windows.length <= WINDOWS_FOR_ERRORS) return windows;
  return Array.from({ length: WINDOWS_FOR_ERRORS }, (_, i) => windows[Math.floor((i * windows.length) / WINDOWS_FOR_ERRORS)]!);
}

interface LayerWork {
  readonly parts: ReadonlySet<CalibrationPart>;
  /** Whether the quantizer itself looks at what is gathered. */
  readonly looks: boolean;
  readonly quantizeLayer: (layer: DecoderLayer, seen: ReadonlyMap<string, Calibration>) => DecoderLayer;
}

function layerByLayer(model: DecoderModel, windows: readonly Int32Array[], { parts, looks, quantizeLayer }: LayerWork): DecoderLayer[] {
  let collector: CalibrationCollector | undefined;
  const run = layerRun(model, windows[0]?.length ?? 1, { groupInput: (group, input) => collector?.groupInput(group, input) });
  let states = windows.map((tokens) => run.embed(tokens));
  return model.layers.map((layer, index) => {
    collector = calibrationCollector(parts);
    for (const state of states) run.layer(layer, index, state);
    const seen = collector.results();
    collector = undefined;
    if (looks) checkCounts({ layers: [layer] }, seen);
    const quantized = quantizeLayer(layer, seen);
    if (index + 1 < model.layers.length) states = states.map((state) => run.layer(quantized, index, state));
    return quantized;
  });
}

function quantizeProduct(
  product: Product,
  group: ProductGroup,
  choice: ProductChoice,
  seen: Calibration | undefined,
): { readonly product: Product; readonly report: ProductReport } {
  const { name, weight } = product;
  const { values, format, bits, stored } = inProduct(name, () => quantizeWeight(weight, choice, seen));
  const { mse, sqnr_dB } = errorMetrics(weight.data, values);
  const report: ProductReport = {
    name,
    group: group.name,
    rows: weight.rows,
    cols: weight.cols,
    format,
    bits,
    bitsPerWeight: bitsPerWeight(bits),
    mse,
    sqnr_dB,
    outputError: seen?.samples === undefined ? null : outputError(seen.samples, weight, values),
    ...hessianOf('quantized' in stored ? [stored.quantized] : stored.quantizedRows.map(({ quantized }) => quantized), seen),
  };
  return { product: { ...product, weight: matrix(weight.rows, weight.cols, values), ...stored }, report };
}

function hessianOf(blocks: readonly QuantizedTensor[], seen: Calibration | undefined): Pick<ProductReport, 'hessian'> {
  const factored = blocks.filter(({ quantizer }) => {
    const { needs = [], uses = [] } = quantizerNamed(quantizer);
    return [...needs, ...uses].includes('hessian');
  });
  if (seen?.hessian === undefined || factored.length === 0) return {};
  const dampings = factored.flatMap(({ choices: { dampingUsed } }) => (typeof dampingUsed === 'number' ? [dampingUsed] : []));
  return { hessian: { tokens: seen.tokens, ...(dampings.length === 0 ? {} : { dampingUsed: Math.max(...dampings) }) } };
}

/** An error of the user told with the product it is about. */
function inProduct<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    const { place } = error.details;
    throw new LowbitError(error.what, { ...error.details, place: place === undefined ? name : `${name}, ${place}` });
  }
}
