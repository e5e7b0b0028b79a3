/**
 * What rankings need beside errors and costs, of whole items, and only where a method of the study asks for it (docs/codesign/rankings.md):
 *   salience      MixLLM's, of whole items (signals/matrix-salience.ts; measured with every option)
 *   divergence    of the distribution of the values read back from that of the weights (AdaPT; measured with every option)
 *   metricGroup   attention 0, feed-forward 1: MixDQ parts layers by the metric they harm, and a language model has one metric [ours]
 *   lim, zd, hessianTrace   src/codesign/signals; codeBits from the formats
 * Of output features: features.ts. Left out: groups judged in units of their own.
 */
import { operandFormat } from '../../formats/index.js';
import { allocationMethodNamed } from '../allocation/index.js';
import type { AllocationSignals, SignalName } from '../allocation/allocation-problem.js';
import { blockChange } from '../signals/block-change.js';
import { zScoreShare } from '../signals/z-score-share.js';
import { matricesOf, type StudyItem } from './items.js';
import type { OptionColumn, StudyModel } from './measure.js';
import type { Measurements } from './measurements.js';
import type { StudyPlan } from './read-study.js';

/** Random directions of the Hessian trace. */
const TRACE_SAMPLES = 4;

export interface SignalSources {
  readonly loaded: StudyModel;
  readonly measure: Measurements;
  /** One for every option. */
  readonly columns: readonly OptionColumn[];
}

/** The signals that the methods of the study need. */
export async function studySignals(
  plan: StudyPlan,
  items: readonly StudyItem[],
  { loaded: { model, calibration }, measure, columns }: SignalSources,
): Promise<AllocationSignals> {
  const needed = neededSignals(plan);
  const changes = needed.has('lim') ? blockChange(model, calibration) : undefined;
  const traces = needed.has('hessianTrace')
    ? await measure.traces(
        items.map((item) => ({
          kind: 'trace',
          item,
          sampling: { samples: TRACE_SAMPLES, seed: plan.file.seed },
          windows: plan.file.errorWindows,
        })),
      )
    : undefined;
  const tableOf = (read: (column: OptionColumn) => readonly (number | null)[]): Float64Array =>
    Float64Array.from(
      { length: items.length * columns.length },
      (_, at) => read(columns[at % columns.length]!)[Math.floor(at / columns.length)] ?? NaN,
    );
  return {
    codeBits: Float64Array.from(plan.options, ({ format }) => operandFormat(format).payload_bitsPerElement),
    salience: tableOf(({ salience }) => salience),
    metricGroup: Int32Array.from(items, ({ products }) => (products.every((name) => !/attn/.test(name)) ? 1 : 0)),
    divergence: tableOf(({ weightDivergence }) => weightDivergence),
    ...(changes === undefined ? {} : { lim: Float64Array.from(items, ({ layer }) => changes[layer] ?? NaN) }),
    ...(needed.has('zd')
      ? { zd: Float64Array.from(items, (item) => zScoreShare(matricesOf(model, item).map(({ weight }) => weight))) }
      : {}),
    ...(traces === undefined ? {} : { hessianTrace: Float64Array.from(traces, ({ trace }) => trace ?? NaN) }),
  };
}

/** Of all methods of the study. */
export function neededSignals({ methods }: Pick<StudyPlan, 'methods'>): ReadonlySet<SignalName> {
  return new Set(methods.flatMap(({ method }) => allocationMethodNamed(method).needs));
}
