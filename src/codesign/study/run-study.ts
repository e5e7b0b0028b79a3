/** A study from its plan to its result: errors measured once, costs simulated once, candidates by sums, the front evaluated whole. */
import { loadModel } from '../../config/catalogue.js';
import { LowbitError } from '../../lowbit-error.js';
import type { SchemeConfig } from '../../trace/scheme-config.js';
import { refinementNames, type Refinement, type WorkloadRequest } from '../../trace/workload/request.js';
import { counted } from '../../units/si.js';
import { allocationMethodNamed } from '../allocation/index.js';
import type { CodesignResult } from '../codesign-result.js';
import { uniformScheme } from './assigned-scheme.js';
import { chooseAll, errorWhereTaken, frontOf, gapNotes } from './candidates.js';
import { checkBudgets, requireArea } from './check-budgets.js';
import type { FeatureMatrices } from './feature-maps.js';
import { checkedFeatures, featureKinds, featureNotes, featureSignals, featureTable, featureTables, perMatrix } from './features.js';
import { compareMethods } from './compare-methods.js';
import { designCosts, memoryCosts, type CostRequest, type StudyDesign } from './cost-table.js';
import { itemsOf, requireWholeInputs, type StudyItem } from './items.js';
import { keptCandidates } from './kept-candidates.js';
import { loadStudyModel, type MeasureSubject, type OptionColumn } from './measure.js';
import { digest, measurements, type Measurements, type MeasurementSettings } from './measurements.js';
import type { HardwarePoint, StudyPlan } from './read-study.js';
import { neededSignals, studySignals } from './study-signals.js';
import { studyPromise } from './study-promise.js';
import type { StudyTables } from './study-tables.js';
import { verifyFront, type VerifiedPoint } from './verify.js';

export interface StudyRun extends MeasurementSettings {
  /** Makes the design of a point. */
  readonly designOf: (point: HardwarePoint) => StudyDesign;
}

export interface StudyOutcome {
  readonly result: CodesignResult;
  /** Schemes of verified points, under the names that the result gives their files. */
  readonly schemes: readonly SchemeConfig[];
}

const DEFAULT_CONTEXT = 256;
/** Of the digest that tells one text from another. */
const TEXT_DIGITS = 16;

/** Throws LowbitError for what the model, the designs or the budgets refuse. */
export async function runStudy(plan: StudyPlan, run: StudyRun): Promise<StudyOutcome> {
  const { file } = plan;
  requireArea(plan);
  const designs = plan.hardware.map(run.designOf);
  const subject: MeasureSubject = { modelPath: plan.modelPath, texts: plan.texts, windows: file.windows };
  const loaded = await loadStudyModel(subject);
  const only = file.products?.map((match, i) => ({ match, place: plan.place(['products', i]) }));
  const items = itemsOf(loaded.model, { items: file.items === 'output-feature' ? 'product' : file.items, only });
  const features = file.items === 'output-feature' ? checkedFeatures(plan, loaded.model, items) : undefined;
  requireWholeInputs(loaded.model, items, {
    options: plan.options.map(({ activation }) => activation),
    own: plan.scheme.activation,
    place: plan.place(['options']),
  });
  const { config: model } = loadModel(plan.modelPath);
  const request: CostRequest = { model, scheme: plan.scheme, items, options: plan.options, workload: workloadOf(plan) };
  const costs = designs.map((design, h) => atPlace(plan.hardware[h]!.place, () => designCosts(design, request)));
  const known = {
    items,
    memory: memoryCosts(request),
    hardware: plan.hardware.map((point, h) => ({ point, costs: costs[h]! })),
    weights: items.reduce((sum, { weights }) => sum + weights, 0),
  };
  checkBudgets(plan, loaded.model, known);
  const measure = measurements(subject, loaded, run);
  try {
    const columns = await measuredColumns(plan, items, measure);
    const ofFeatures = features === undefined ? undefined : featureTable(columns, file.error);
    const whole: StudyTables = {
      ...known,
      options: plan.options,
      error: ofFeatures === undefined ? errorTable(plan, items, columns) : perMatrix(ofFeatures, features!, plan.options.length),
      bits: tableOf(items, columns, (column, i) => times(column.bits[i], items[i]!.weights)),
    };
    const all = features === undefined ? whole : featureTables(whole, features, ofFeatures!);
    const tables = { ...all, error: errorWhereTaken(all) };
    const signals = features === undefined ? await studySignals(plan, items, { loaded, measure, columns }) : featureSignals(plan, columns);
    const chosen = await chooseAll(plan, tables, signals);
    const candidates = frontOf(plan, tables, chosen);
    const promised = await studyPromise(plan, tables, { front: candidates.front.map(({ choice }) => choice), measure });
    const context = { plan, tables, request, designs, measurements: measure, promise: promised.promise };
    const front = await verifyFront(context, candidates.front);
    const comparisons = await compareMethods(context, chosen);
    const text = digest(loaded.evaluation).slice(0, TEXT_DIGITS);
    const reference = await referenceOf(front, context.measurements, { base: plan.scheme, text });
    return {
      result: {
        ...described(plan, whole, { columns, features, more: [...gapNotes(chosen), ...promised.notes] }),
        reference,
        candidates: { ...countsOf(candidates), kept: keptCandidates(tables, candidates, file.seed) },
        promise: promised.described,
        front: front.map(({ point }) => point),
        comparisons,
      },
      schemes: front.flatMap(({ scheme }) => (scheme === undefined ? [] : [scheme])),
    };
  } finally {
    await measure.close();
  }
}

function atPlace<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    const inner = error.details.place;
    throw new LowbitError(error.what, { ...error.details, place: inner === undefined ? place : `${place}, ${inner}` });
  }
}

function workloadOf({ file: { workload: asked } }: StudyPlan): WorkloadRequest {
  const { phase = 'prefill', batch = 1, context = DEFAULT_CONTEXT, tokens, refine = [] } = asked;
  const names: readonly string[] = typeof refine === 'string' ? refine.split(/[\s,]+/) : refine;
  const options: Partial<Record<Refinement, boolean>> = {};
  for (const name of refinementNames) {
    if (names.includes(name)) options[name] = true;
    if (names.includes(`no-${name}`)) options[name] = false;
  }
  return { phase, batch, context, ...(tokens === undefined ? {} : { tokens }), options };
}

/** Errors that are measured on the model with one item quantized. */
const isOfModel = (error: StudyPlan['file']['error']): error is 'loss' | 'divergence' => error === 'loss' || error === 'divergence';

/** One column for every option. Throws LowbitError where none fits the model. */
async function measuredColumns(plan: StudyPlan, items: readonly StudyItem[], measure: Measurements): Promise<OptionColumn[]> {
  const { file, scheme, options, beside } = plan;
  const ofModel = isOfModel(file.error) ? file.error : 'none';
  const columns = await measure.options(
    options.map((option) => ({
      kind: 'option',
      scheme: uniformScheme(scheme, items, option),
      base: scheme,
      ...(beside === undefined ? {} : { beside: uniformScheme(scheme, items, beside) }),
      items,
      ofModel,
      ...featureKinds(plan),
      errorWindows: ofModel === 'none' && file.items !== 'output-feature' ? 0 : file.errorWindows,
      salienceWindows: file.items !== 'output-feature' && neededSignals(plan).has('salience') ? file.errorWindows : 0,
      ...(file.error === 'weight' ? { weightsOnly: true as const } : {}),
    })),
  );
  const refused = columns.find((column) => column.refused !== undefined)?.refused;
  if (columns.every((column) => column.refused !== undefined)) throw new LowbitError('no option fits the model', { value: refused });
  return columns;
}

const times = (value: number | null | undefined, factor: number): number => (value === null || value === undefined ? NaN : value * factor);

function tableOf(
  items: readonly StudyItem[],
  columns: readonly OptionColumn[],
  read: (column: OptionColumn, item: number) => number,
): Float64Array {
  return Float64Array.from({ length: items.length * columns.length }, (_, at) =>
    read(columns[at % columns.length]!, Math.floor(at / columns.length)),
  );
}

/** Errors that add up: losses, squares of relative output errors, or sums of squared weight errors. */
function errorTable({ file }: StudyPlan, items: readonly StudyItem[], columns: readonly OptionColumn[]): Float64Array {
  return tableOf(items, columns, (column, i) => {
    if (isOfModel(file.error)) return times(column.ofModel[i], 1);
    if (file.error === 'output') return times(column.outputError[i], column.outputError[i] ?? NaN) * items[i]!.products.length;
    return times(column.mse[i], items[i]!.weights);
  });
}

const units = {
  divergence: 'nats per token',
  loss: 'nats per token',
  output: 'sum of squared relative output errors',
  weight: 'sum of squared weight errors',
  fisher: 'nats per token',
  salience: 'nats per token',
} as const;

function described(
  { file, hardware, methods, options, scheme }: StudyPlan,
  tables: StudyTables,
  {
    columns,
    features,
    more,
  }: { readonly columns: readonly OptionColumn[]; readonly features: FeatureMatrices | undefined; readonly more: readonly string[] },
): Omit<CodesignResult, 'reference' | 'candidates' | 'promise' | 'front' | 'comparisons'> {
  const { items } = tables;
  const rows = (read: (item: number, option: number) => number | null | undefined): (number | null)[][] =>
    items.map((_, i) => options.map((_option, o) => finite(read(i, o))));
  const { phase = 'prefill', batch = 1, context = DEFAULT_CONTEXT, tokens } = file.workload;
  const at = (table: Float64Array) => rows((i, o) => table[i * options.length + o]);
  return {
    name: file.name,
    description: file.description,
    source: file.source,
    model: file.model,
    scheme: scheme.name,
    seed: file.seed,
    workload: { phase, batch, context, ...(tokens === undefined ? {} : { tokens }) },
    objectives: [...file.objectives],
    items: items.map((item, i) => ({
      ...item,
      products: [...item.products],
      ...(features === undefined ? {} : { features: features.counts[i]! }),
    })),
    options: options.map(({ name, format, weight, activation }) => ({
      name,
      format,
      weight: { ...weight },
      ...(activation === undefined ? {} : { activation: { ...activation } }),
    })),
    hardware: hardware.map(({ name, design, settings }, h) => {
      const { area_mm2, fixed, latency_s, energy_pJ } = tables.hardware[h]!.costs;
      return {
        name,
        design,
        settings: { ...settings },
        area_mm2: finite(area_mm2),
        fixed: { latency_s: fixed.latency_s, energy_pJ: finite(fixed.energy_pJ) },
        tables: { latency_s: at(latency_s), energy_pJ: at(energy_pJ) },
      };
    }),
    methods: methods.map(({ name, method }) => ({ name, method, source: allocationMethodNamed(method).source })),
    errors: {
      measure: file.error,
      unit: units[file.error],
      windows: file.error === 'weight' || (features === undefined && file.error === 'output') ? 0 : file.errorWindows,
      error: at(tables.error),
      bits: rows((i, o) => columns[o]!.bits[i]),
      mse: rows((i, o) => columns[o]!.mse[i]),
      outputError: rows((i, o) => columns[o]!.outputError[i]),
    },
    memory: { fixed_bytes: tables.memory.fixed_bytes, bytes: at(tables.memory.bytes) },
    notes: [...notesOf({ options, file }, tables, columns), ...more],
  };
}

const finite = (value: number | null | undefined): number | null =>
  value === undefined || value === null || !Number.isFinite(value) ? null : value;

function notesOf(
  { options, file }: Pick<StudyPlan, 'options' | 'file'>,
  { hardware }: StudyTables,
  columns: readonly OptionColumn[],
): string[] {
  return [
    ...columns.flatMap(({ refused }, o) => (refused === undefined ? [] : [`${options[o]!.name} is not chosen: ${refused}`])),
    ...hardware.flatMap(({ costs }) => costs.refused),
    ...(isOfModel(file.error)
      ? [
          `errors are ${file.error === 'loss' ? 'loss differences' : 'divergences of the predictions'} with one item quantized${file.beside === undefined ? '' : ` and the others under ${file.beside}`}, on ${counted(file.errorWindows, 'window')} of the calibration text; their sum leaves out what items do to each other`,
        ]
      : []),
    ...(file.items === 'output-feature' ? featureNotes(file) : []),
    'costs of candidates are sums of table entries; verified points are simulated whole',
    'lm_head, embeddings, norms and routers take what the scheme says and are not chosen for',
  ];
}

const countsOf = ({ assignments, evaluated }: CodesignResult['candidates']): CodesignResult['candidates'] => ({ assignments, evaluated });

/** The model in float32, as the evaluations of the points saw it; none where nothing was evaluated. */
async function referenceOf(
  front: readonly VerifiedPoint[],
  measure: Measurements,
  { base, text }: { readonly base: SchemeConfig; readonly text: string },
): Promise<CodesignResult['reference']> {
  if (!front.some(({ point }) => point.measured !== null)) return null;
  const [own] = await measure.evaluations([{ kind: 'evaluate', scheme: base }]);
  const { referencePerplexity: perplexity, window, referenceLosses_nats } = own!;
  return { perplexity, window, windows: referenceLosses_nats.length, text, windowLosses_nats: referenceLosses_nats.map(finite) };
}
