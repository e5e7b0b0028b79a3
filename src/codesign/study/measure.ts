/**
 * What options do to items, measured: every option once on the whole model for bits, weight errors and output errors of each product, and, where errors
 * are of the model, it with one item alone under the option (item-error.ts), on windows of the calibration text: divergence or loss difference in nats per token. Quantizers that look at
 * inputs are calibrated as in `evaluate`, with all layers before quantized by the same option [ours]. Beside them what two rankings ask for: how far the
 * distribution of the values read back is from that of the weights (every option), and traces of the loss Hessian (items by themselves).
 * Left out: what two quantized items do to each other; whole assignments (whole-loss.ts) and the evaluation of chosen points have it.
 */
import { calibrationSample, spreadWindows } from '../../accuracy/calibration-sample.js';
import { evaluateScheme } from '../../accuracy/evaluate-scheme.js';
import { loadDecoder } from '../../accuracy/load-model.js';
import type { PerplexityResult } from '../../accuracy/perplexity.js';
import { quantizeModel, type QuantizedModel } from '../../accuracy/quantize-model.js';
import { schemeNumbers } from '../../accuracy/scheme-numbers.js';
import { readTextBytes, textTokens } from '../../accuracy/text-tokens.js';
import { type DecoderModel, type Product } from '../../decoder/decoder-model.js';
import { namedGroups } from '../../decoder/product-names.js';
import type { SchemeConfig } from '../../trace/scheme-config.js';
import { lossProbe, type LossProbe } from '../signals/loss-probe.js';
import type { WholeLoss } from '../loss-promise.js';
import { matrixSalience, slopesAlong } from '../signals/matrix-salience.js';
import { featureErrors, type FeatureErrorKind } from '../signals/feature-errors.js';
import { meanHessianTrace, type TraceSampling } from '../signals/mean-hessian-trace.js';
import { weightDivergence } from '../signals/weight-divergence.js';
import { isBlind } from './blind-scheme.js';
import { matricesOf, patternOf, type StudyItem } from './items.js';
import { itemErrors, type ItemErrorRequest } from './item-error.js';
import { wholeLosses, type WholeTask } from './whole-loss.js';

/** Where model and texts lie, and how much of them is used. */
export interface MeasureSubject {
  readonly modelPath: string;
  readonly texts: Readonly<Record<'text' | 'calibration', string>>;
  readonly windows: number | undefined;
}

/** A model with its texts as tokens. */
export interface StudyModel {
  readonly model: DecoderModel;
  readonly evaluation: Int32Array;
  readonly calibration: Int32Array;
  /** The whole calibration text, of which `calibration` is what quantizers see. */
  readonly calibrationText: Int32Array;
  readonly windows: number | undefined;
}

export interface OptionTask extends Omit<ItemErrorRequest, 'ofModel'> {
  readonly kind: 'option';
  /** What is measured of the model with one item quantized; none: nothing is. */
  readonly ofModel: ItemErrorRequest['ofModel'] | 'none';
  /** Windows that saliences are measured on; 0: they are not. */
  readonly salienceWindows: number;
  /** Errors of output features by these kinds; absent: none. Of gradients on the error windows. */
  readonly features?: readonly FeatureErrorKind[];
  /** Errors of outputs are not asked for: nothing is run through the model unless something looks at inputs. */
  readonly weightsOnly?: true;
}

/** One number per item; null where a quantizer refuses or a loss is no number. */
export interface OptionColumn {
  readonly bits: readonly (number | null)[];
  readonly mse: readonly (number | null)[];
  readonly outputError: readonly (number | null)[];
  /** Loss difference or divergence of the model, nats per token. */
  readonly ofModel: readonly (number | null)[];
  /** Kullback-Leibler divergence between weights and values read back, in nats, the mean over the weights of the item. */
  readonly weightDivergence: readonly (number | null)[];
  /** Estimated loss change of storing the item with the option (signals/matrix-salience.ts), nats per token. */
  readonly salience: readonly (number | null)[];
  /** Of every output feature of the items, in their order, by kind. */
  readonly features?: Readonly<Partial<Record<FeatureErrorKind, readonly (number | null)[]>>>;
  /** Why the quantizer refuses the model. */
  readonly refused?: string;
}

export interface EvaluateTask {
  readonly kind: 'evaluate';
  readonly scheme: SchemeConfig;
}

/** A whole evaluation, with what a paired bootstrap against another needs. */
export interface EvaluatedScheme {
  readonly window: number;
  readonly perplexity: number | null;
  readonly referencePerplexity: number;
  readonly bitsPerWeight: number;
  readonly windowLosses_nats: readonly number[];
  readonly referenceLosses_nats: readonly number[];
}

export interface TraceTask {
  readonly kind: 'trace';
  readonly item: StudyItem;
  readonly sampling: TraceSampling;
  /** Windows of the calibration text. */
  readonly windows: number;
}

export interface MeasuredTrace {
  /** Mean second derivative along single weights of the item; null: no number. */
  readonly trace: number | null;
}

export type MeasureTask = OptionTask | EvaluateTask | TraceTask | WholeTask;
export type Measured = OptionColumn | EvaluatedScheme | MeasuredTrace | WholeLoss;

/** Throws LowbitError for files that cannot be read. */
export async function loadStudyModel({ modelPath, texts, windows }: MeasureSubject): Promise<StudyModel> {
  const { model, folder } = await loadDecoder(modelPath);
  const tokens = async (file: string): Promise<Int32Array> =>
    (await textTokens(folder, model.vocabulary, await readTextBytes(file))).tokens;
  const [evaluation, calibration] = await Promise.all([tokens(texts.text), tokens(texts.calibration)]);
  return { model, evaluation, calibration: calibrationSample(model, calibration), calibrationText: calibration, windows };
}

/** Measures tasks one after the other; the model in float32 is scored once. */
export function measurer(subject: StudyModel): (task: MeasureTask) => Measured {
  const { model, evaluation, calibration, calibrationText, windows } = subject;
  const whole = wholeLosses({ model, calibration, text: calibrationText });
  let reference: PerplexityResult | undefined;
  const probes = new Map<number, LossProbe>();
  return (task) => {
    if (task.kind === 'option') return measureOption(subject, task);
    if (task.kind === 'whole') return whole(task);
    if (task.kind === 'trace') {
      const probe = probes.get(task.windows) ?? lossProbe(model, calibration, task.windows);
      probes.set(task.windows, probe);
      return { trace: finite(traceOf(model, probe, task)) };
    }
    const result = evaluateScheme({
      model,
      scheme: task.scheme,
      evaluation,
      ...(isBlind(task.scheme) ? {} : { calibration }),
      ...(windows === undefined ? {} : { windows }),
      ...(reference === undefined ? {} : { reference }),
    });
    reference = result.reference;
    return {
      window: result.result.window,
      perplexity: finite(result.result.perplexity),
      referencePerplexity: reference.perplexity,
      bitsPerWeight: result.bitsPerWeight,
      windowLosses_nats: [...result.result.windowLosses_nats],
      referenceLosses_nats: [...reference.windowLosses_nats],
    };
  };
}

/** The mean over the weights of all matrices of the item. */
function traceOf(model: DecoderModel, probe: LossProbe, { item, sampling }: TraceTask): number {
  return matricesOf(model, item).reduce(
    (sum, { name, weight: { data } }) => sum + (meanHessianTrace(probe, name, data, sampling) * data.length) / item.weights,
    0,
  );
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function measureOption({ model, calibration }: StudyModel, { salienceWindows, ofModel, weightsOnly, ...task }: OptionTask): OptionColumn {
  const { items } = task;
  const blind = weightsOnly === true && isBlind(task.scheme);
  const quantized = quantizeModel(model, { ...schemeNumbers(task.scheme), ...(blind ? {} : { calibration }) });
  const reports = reportsByItem(quantized, items);
  const mean = (read: (report: Report) => number): (number | null)[] =>
    reports.map((all) => {
      const weights = all.reduce((sum, { size }) => sum + size, 0);
      return finite(all.reduce((sum, report) => sum + read(report) * report.size, 0) / weights);
    });
  return {
    bits: mean(({ bits }) => bits),
    mse: mean(({ mse }) => mse),
    outputError: reports.map((all) => finite(Math.sqrt(all.reduce((sum, { outputError }) => sum + outputError ** 2, 0) / all.length))),
    weightDivergence: mean(({ divergence }) => divergence),
    ...(task.features === undefined ? {} : { features: featureColumn(quantized, { ...task, features: task.features, calibration }) }),
    salience: salienceWindows === 0 ? items.map(() => null) : saliencesOf(quantized, items, { calibration, windows: salienceWindows }),
    ofModel: ofModel === 'none' ? items.map(() => null) : itemErrors({ model, calibration }, { ...task, ofModel }, quantized).map(finite),
  };
}

/** Errors of the rows of every item, those of its experts added up; an item that stays float has none. */
function featureColumn(
  { model: stored, rewritten: floats }: QuantizedModel,
  {
    items,
    features: kinds,
    errorWindows,
    calibration,
  }: Required<Pick<OptionTask, 'items' | 'features' | 'errorWindows'>> & { readonly calibration: Int32Array },
): NonNullable<OptionColumn['features']> {
  const found = featureErrors(
    { floats, stored },
    { tokens: spreadWindows(floats, calibration, errorWindows), windows: errorWindows },
    kinds,
  );
  return Object.fromEntries(
    Object.entries(found).map(([kind, byProduct]) => [
      kind,
      items.flatMap((item) => {
        const own = matricesOf(floats, item).map(({ name }) => byProduct.get(name)!);
        return Array.from(own[0] ?? [], (_, row) => finite(own.reduce((sum, errors) => sum + errors[row]!, 0)));
      }),
    ]),
  );
}

function saliencesOf(
  { model, rewritten }: QuantizedModel,
  items: readonly StudyItem[],
  { calibration, windows }: { readonly calibration: Int32Array; readonly windows: number },
): (number | null)[] {
  const stored = productsOf(model);
  const changes = new Map(
    items
      .flatMap((item) => matricesOf(rewritten, item))
      .map(({ name, weight: { data } }) => {
        const values = stored.get(name)!.weight.data;
        return [name, data.map((weight, i) => values[i]! - weight)] as const;
      }),
  );
  const along = slopesAlong(rewritten, calibration, { windows, changes });
  return items.map((item) => finite(matrixSalience(matricesOf(rewritten, item).map(({ name }) => along.get(name)!))));
}

function productsOf(model: DecoderModel): Map<string, Product> {
  return new Map(namedGroups(model).flatMap(({ group }) => group.products.map((product) => [product.name, product] as const)));
}

interface Report {
  readonly size: number;
  readonly bits: number;
  readonly mse: number;
  readonly outputError: number;
  readonly divergence: number;
}

/** Of the products of every item; products that stay floats have no error and the bits of their file. */
function reportsByItem({ model, rewritten, products }: QuantizedModel, items: readonly StudyItem[]): Report[][] {
  const stored = productsOf(model);
  const byProduct = new Map(products.map((report) => [report.name, report]));
  const patterns = new Map(items.flatMap(({ products: own }, i) => own.map((pattern) => [pattern, i] as const)));
  const found = items.map((): Report[] => []);
  for (const { group, names } of namedGroups(rewritten)) {
    for (const [i, { name, weight }] of group.products.entries()) {
      const item = patterns.get(patternOf(names[i]!));
      if (item === undefined) continue;
      const report = byProduct.get(name);
      const size = weight.rows * weight.cols;
      found[item]!.push(
        report === undefined
          ? { size, bits: FLOAT_bits, mse: 0, outputError: 0, divergence: 0 }
          : {
              size,
              bits: report.bitsPerWeight,
              mse: report.mse,
              outputError: report.outputError ?? NaN,
              divergence: weightDivergence(weight.data, stored.get(name)!.weight.data),
            },
      );
    }
  }
  return found;
}

/** Of the files that matter. */
const FLOAT_bits = 16;
