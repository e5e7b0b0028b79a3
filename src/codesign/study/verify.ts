/**
 * Points of the front evaluated and simulated whole. An assignment is evaluated once, whatever design it runs on.
 * Intervals: paired bootstrap over windows, 95 %, one seed, as in `evaluate`.
 */
import { pairedBootstrap } from '../../numeric/paired-bootstrap.js';
import { evenIndexes } from '../../numeric/even-choice.js';
import type { SchemeConfig } from '../../trace/scheme-config.js';
import type { Totals } from '../../trace/simulation-result.js';
import { workload } from '../../trace/workload/workload.js';
import type { FrontPoint, MeasuredPoint, PointCosts } from '../codesign-result.js';
import type { LossPromise } from '../loss-promise.js';
import { assignedScheme } from './assigned-scheme.js';
import { assignmentIn } from './feature-maps.js';
import type { Candidate } from './candidates.js';
import { requestOn, type CostRequest, type StudyDesign } from './cost-table.js';
import type { EvaluatedScheme } from './measure.js';
import type { Measurements } from './measurements.js';
import type { StudyPlan } from './read-study.js';
import { promiseOfPoint } from './study-promise.js';
import { objectiveTable, valueOf, type StudyTables } from './study-tables.js';

export interface VerifyContext {
  readonly plan: StudyPlan;
  readonly tables: StudyTables;
  readonly request: CostRequest;
  readonly designs: readonly StudyDesign[];
  readonly measurements: Measurements;
  /** Undefined: sums promise nothing. */
  readonly promise: LossPromise | undefined;
}

/** A point with the scheme that its file holds. */
export interface VerifiedPoint {
  readonly point: FrontPoint;
  readonly scheme: SchemeConfig | undefined;
}

const BOOTSTRAP_SEED = 1;
const BITS_DIGITS = 3;

/** The scheme of an assignment under a name that says where it comes from. */
function schemeOf({ plan, tables }: VerifyContext, choice: Int32Array, name: string): SchemeConfig {
  const bits = valueOf(objectiveTable(tables, 'bits', 0), tables.options.length, choice);
  return {
    ...assignedScheme(plan.scheme, tables, choice),
    name: `${plan.file.name}-${name}`,
    description: `${bits.toFixed(BITS_DIGITS)} bits per weight, chosen by lowbit codesign from ${tables.options.map((option) => option.name).join(', ')}`,
    source: `study ${plan.file.name}`,
  };
}

/** The front with whole evaluations of as many of its points as the study asks for. */
export async function verifyFront(context: VerifyContext, front: readonly Candidate[]): Promise<VerifiedPoint[]> {
  const { plan, measurements } = context;
  const verified = plan.file.verify === 0 ? [] : evenIndexes(front.length, Math.max(2, plan.file.verify));
  const evaluated = await evaluateAll(
    context,
    verified.map((i) => front[i]!.choice),
    measurements,
  );
  const at = new Map(verified.map((index, k) => [index, evaluated[k]!] as const));
  return front.map((candidate, i) => pointOf(context, candidate, { id: `p${i + 1}`, evaluated: at.get(i) }));
}

/** One evaluation for each assignment; equal ones are made once. */
export async function evaluateAll(
  context: VerifyContext,
  choices: readonly Int32Array[],
  measurements: Measurements,
): Promise<EvaluatedScheme[]> {
  const different = [...new Map(choices.map((choice) => [choice.join(), choice])).values()];
  const results = await measurements.evaluations(
    // The name has no part in what is measured: equal assignments share a measurement.
    different.map((choice) => ({ kind: 'evaluate', scheme: assignedScheme(context.plan.scheme, context.tables, choice) })),
  );
  const byChoice = new Map(different.map((choice, i) => [choice.join(), results[i]!] as const));
  return choices.map((choice) => byChoice.get(choice.join())!);
}

function pointOf(
  context: VerifyContext,
  candidate: Candidate,
  { id, evaluated }: { readonly id: string; readonly evaluated: EvaluatedScheme | undefined },
): VerifiedPoint {
  const { tables, plan } = context;
  const { choice, on } = candidate;
  const value = (objective: Parameters<typeof objectiveTable>[1]): number =>
    valueOf(objectiveTable(tables, objective, on), tables.options.length, choice);
  const sums: PointCosts = {
    bits: value('bits'),
    latency_s: value('latency_s'),
    energy_pJ: known(value('energy_pJ')),
    memory_bytes: value('memory_bytes'),
    area_mm2: known(value('area_mm2')),
  };
  const scheme = evaluated === undefined ? undefined : schemeOf(context, choice, id);
  const totals = scheme === undefined ? undefined : simulated(context, on, scheme);
  const measured = evaluated === undefined ? null : measuredPoint(evaluated);
  const predictedError = value('error');
  return {
    scheme,
    point: {
      id,
      hardware: tables.hardware[on]!.point.name,
      method: candidate.method,
      budget: candidate.budget,
      ...assignmentIn(tables, choice),
      predictedError,
      promise: promiseOfPoint(context.promise, predictedError, measured),
      costs: totals === undefined ? sums : wholeCosts(sums, totals, plan.file.products === undefined ? measured : null),
      measured,
      errorWithinInterval:
        ['loss', 'divergence', 'fisher'].includes(plan.file.error) && plan.beside === undefined && measured !== null
          ? within(predictedError, measured)
          : null,
      tableDeviation: totals === undefined ? null : deviation(sums, totals),
      scheme: scheme === undefined ? null : `schemes/${scheme.name}.yaml`,
    },
  };
}

function simulated({ request, designs }: VerifyContext, on: number, scheme: SchemeConfig): Totals {
  const design = designs[on]!;
  const { segments, modelBytes } = workload(request.model, scheme, requestOn(design, request.workload));
  return design.simulate(segments, modelBytes.weights + modelBytes.kv).totals;
}

const known = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** `measured`: of an evaluation in which all products are items; null: its bits are not those of the items. */
function wholeCosts(sums: PointCosts, totals: Totals, measured: MeasuredPoint | null): PointCosts {
  const { latency_s, energy_pJ, area_mm2, model_bytes } = totals;
  return { bits: measured?.bitsPerWeight ?? sums.bits, latency_s, energy_pJ, area_mm2, memory_bytes: model_bytes ?? sums.memory_bytes };
}

/** Of the figures that tables and simulation both have. */
function deviation(sums: PointCosts, { latency_s, energy_pJ, model_bytes }: Totals): number {
  const pairs = [
    [sums.latency_s, latency_s],
    [sums.energy_pJ, energy_pJ],
    [sums.memory_bytes, model_bytes],
  ] as const;
  return Math.max(...pairs.map(([sum, whole]) => (sum === null || whole === null ? 0 : Math.abs(sum - whole) / (whole || 1))));
}

/** Of an evaluation, or the mean of several over the same windows. */
export function measuredPoint({ perplexity, bitsPerWeight, windowLosses_nats, referenceLosses_nats }: EvaluatedScheme): MeasuredPoint {
  return {
    perplexity,
    bitsPerWeight,
    logPerplexityDifference: intervalOf(windowLosses_nats, referenceLosses_nats),
    windowLosses_nats: windowLosses_nats.map(known),
  };
}

/** Of losses by window; a single window has no interval. */
export function intervalOf(a: readonly number[], b: readonly number[]): MeasuredPoint['logPerplexityDifference'] {
  if (a.length < 2) return { mean: a[0]! - b[0]!, low: null, high: null, resolved: false };
  const { difference: mean, low, high, resolved } = pairedBootstrap(a, b, { seed: BOOTSTRAP_SEED });
  return { mean, low, high, resolved };
}

function within(value: number, { logPerplexityDifference: { low, high } }: MeasuredPoint): boolean | null {
  return low === null || high === null ? null : value >= low && value <= high;
}
