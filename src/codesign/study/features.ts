/**
 * Output features (rows of weight matrices) as items of a study. Row n of all experts of a layer that share a name is one item.
 *   bits    of a matrix under an option, over its features: a row costs what it would cost alone (check-features.ts)
 *   map     ceil(log2(options taken in a matrix)) bits per row (trace/row-blocks.ts): it does not add up over features, so that the sums of bits have it
 *           beside, and methods choose under the budget less the largest map there can be
 *   memory  exact: rows of every matrix start on a byte. Left out of it: the map, as of all that is stored per channel
 *   latency, energy   of the matrix under the option, over its features: a guide, for tiles are whole and every block of rows reads the input;
 *           verified points are simulated whole
 * Left out: activations by feature (an input has one format whoever reads it), options whose rows share a scale or a table.
 */
import type { DecoderModel } from '../../decoder/decoder-model.js';
import { operandFormat } from '../../formats/index.js';
import { counted } from '../../units/si.js';
import type { AllocationSignals } from '../allocation/allocation-problem.js';
import type { FeatureErrorKind } from '../signals/feature-errors.js';
import { checkRowBits } from './check-features.js';
import type { DesignCosts } from './cost-table.js';
import type { FeatureMatrices } from './feature-maps.js';
import { matricesOf, type StudyItem } from './items.js';
import type { OptionColumn, OptionTask } from './measure.js';
import type { StudyPlan } from './read-study.js';
import type { StudyFile } from './study-file.js';
import { neededSignals } from './study-signals.js';
import type { StudyTables } from './study-tables.js';

function featureMatrices(model: Pick<DecoderModel, 'layers'>, matrices: readonly StudyItem[]): FeatureMatrices {
  const shapes = matrices.map((item) => matricesOf(model, item).map(({ weight }) => weight));
  return {
    matrices,
    counts: shapes.map(([first]) => first!.rows),
    storedRows: shapes.map((all) => all.reduce((sum, { rows }) => sum + rows, 0)),
  };
}

/** The features of a study. Throws LowbitError for an option that stores something for all rows of a matrix together. */
export function checkedFeatures(plan: StudyPlan, model: Pick<DecoderModel, 'layers'>, matrices: readonly StudyItem[]): FeatureMatrices {
  for (const option of plan.options) checkRowBits(option, model, { matrices, place: plan.place(['options']) });
  return featureMatrices(model, matrices);
}

/** Every feature as an item. */
function featureItems({ matrices, counts }: FeatureMatrices): StudyItem[] {
  return matrices.flatMap((matrix, i) =>
    Array.from({ length: counts[i]! }, (_, row) => ({ ...matrix, name: `${matrix.name}[${row}]`, weights: matrix.weights / counts[i]! })),
  );
}

/** Tables of features from those of their matrices; `error` is [features * options]. */
export function featureTables(whole: StudyTables, features: FeatureMatrices, error: Float64Array): StudyTables {
  const { options, memory, hardware } = whole;
  const spread = (table: Float64Array): Float64Array => perFeature(table, features, options.length);
  return {
    ...whole,
    items: featureItems(features),
    features,
    error,
    bits: spread(whole.bits),
    memory: { ...memory, bytes: spread(memory.bytes) },
    hardware: hardware.map(({ point, costs }) => ({ point, costs: spreadCosts(costs, spread) })),
  };
}

function spreadCosts(costs: DesignCosts, spread: (table: Float64Array) => Float64Array): DesignCosts {
  return { ...costs, latency_s: spread(costs.latency_s), energy_pJ: spread(costs.energy_pJ) };
}

/** Every feature takes its share of what the matrix has. */
function perFeature(table: Float64Array, { counts }: FeatureMatrices, options: number): Float64Array {
  const out = new Float64Array(counts.reduce((sum, count) => sum + count, 0) * options);
  let at = 0;
  for (const [matrix, count] of counts.entries()) {
    for (let row = 0; row < count; row++) for (let o = 0; o < options; o++) out[at++] = table[matrix * options + o]! / count;
  }
  return out;
}

/** Sums over the features of every matrix. */
export function perMatrix(table: Float64Array, { counts }: FeatureMatrices, options: number): Float64Array {
  const out = new Float64Array(counts.length * options);
  let at = 0;
  for (const [matrix, count] of counts.entries()) {
    for (let row = 0; row < count; row++) for (let o = 0; o < options; o++) out[matrix * options + o]! += table[at++]!;
  }
  return out;
}

/** What is measured of the features: the errors of the study, and what a method ranks by. */
export function featureKinds({ file, methods }: StudyPlan): Pick<OptionTask, 'features'> {
  if (file.items !== 'output-feature') return {};
  const ranked = neededSignals({ methods }).has('salience');
  return { features: [...new Set([file.error as FeatureErrorKind, ...(ranked ? (['salience'] as const) : [])])] };
}

/** A table [features * options]; NaN where an option does not fit. */
export function featureTable(columns: readonly OptionColumn[], kind: string): Float64Array {
  const values = columns.map(({ features }) => features?.[kind as FeatureErrorKind]);
  const count = Math.max(...values.map((own) => own?.length ?? 0));
  return Float64Array.from(
    { length: count * columns.length },
    (_, at) => values[at % columns.length]?.[Math.floor(at / columns.length)] ?? NaN,
  );
}

/** What methods know of features beside their errors. */
export function featureSignals({ options }: StudyPlan, columns: readonly OptionColumn[]): AllocationSignals {
  return {
    codeBits: Float64Array.from(options, ({ format }) => operandFormat(format).payload_bitsPerElement),
    ...(columns.some(({ features }) => features?.salience !== undefined) ? { salience: featureTable(columns, 'salience') } : {}),
  };
}

const aboutErrors: Readonly<Record<FeatureErrorKind, string>> = {
  fisher: 'half the mean square over windows of the slope of the loss along the change of the feature: the second order of the divergence',
  salience: 'the slope of the loss along the change of the feature, |g| + g^2 / 2',
  output: 'squared errors of the outputs of the feature on inputs of the float model, over those of all outputs of its matrix',
  weight: 'squared errors of the weights of the feature',
};

export function featureNotes({ error, errorWindows }: StudyFile): string[] {
  const where = error === 'weight' ? '' : `, on ${counted(errorWindows, 'window')} of the calibration text`;
  return [
    `errors are of single output features: ${aboutErrors[error as FeatureErrorKind]}${where}; their sum leaves out what features do to each other`,
    'a feature has the latency and energy of its matrix over its features: a guide, for tiles are whole and every block of rows reads the input by itself',
    'bits have the maps of rows; methods choose under the budget less the largest maps there can be',
  ];
}
