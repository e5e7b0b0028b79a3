/**
 * What the sums of a study promise of the loss (loss-promise.ts): every uniform assignment, some along the front and some random ones are measured whole
 * on windows of the calibration text. Random ones mix two options each, item by item: they spread over the sums, and options that the front does not put
 * beside each other are seen together. Those of the front are among them since what is chosen for a small sum is more often too small than too large.
 */
import { evenIndexes } from '../../numeric/even-choice.js';
import { seededRandom } from '../../numeric/random.js';
import type { CodesignResult, FrontPoint, MeasuredPoint } from '../codesign-result.js';
import { judged, lossPromise, type LossPromise, type WholeLoss } from '../loss-promise.js';
import { assignedScheme, uniformScheme } from './assigned-scheme.js';
import { assignmentIn } from './feature-maps.js';
import type { Measurements } from './measurements.js';
import type { StudyPlan } from './read-study.js';
import { objectiveTable, valueOf, type StudyTables } from './study-tables.js';

export interface StudyPromise {
  readonly promise?: LossPromise;
  readonly described: CodesignResult['promise'];
  /** What was left out. */
  readonly notes: readonly string[];
}

const NONE: StudyPromise = { described: null, notes: [] };

/** A curve of two parameters that is held to at least one assignment that it was not fitted to. */
const FEWEST_ANCHORS = 3;

/** None where the study asks for none, or too few different sums are above zero; assignments that break the model say nothing of the others. */
export async function studyPromise(
  plan: StudyPlan,
  tables: StudyTables,
  { front, measure }: { readonly front: readonly Int32Array[]; readonly measure: Measurements },
): Promise<StudyPromise> {
  const asked = promiseAsked(plan);
  if (asked === undefined) return NONE;
  const errors = objectiveTable(tables, 'error', 0);
  const sumOf = (choice: Int32Array): number => valueOf(errors, tables.options.length, choice);
  const choices = anchorChoices(tables, { front, count: asked.assignments, seed: plan.file.seed }).filter((choice) => sumOf(choice) > 0);
  if (new Set(choices.map(sumOf)).size < FEWEST_ANCHORS) return NONE;
  const beside = plan.beside === undefined ? plan.scheme : uniformScheme(plan.scheme, tables.items, plan.beside);
  const task = { kind: 'whole', floats: [], windows: asked.windows } as const;
  const [base, ...wholes] = await measure.wholes([
    { ...task, scheme: beside, floats: plan.beside === undefined ? (tables.features?.matrices ?? tables.items) : [] },
    ...choices.map((choice) => ({ ...task, scheme: assignedScheme(plan.scheme, tables, choice) })),
  ]);
  const measured = choices.map((choice, k) => ({ choice, sum: sumOf(choice), ...wholes[k]! }));
  const anchors = measured.filter(isFiniteLoss);
  const broken = measured.length - anchors.length;
  const notes = broken === 0 ? [] : [`promise: ${broken} of ${measured.length} assignments measured whole have no finite loss; left out`];
  if (!isFiniteLoss(base!) || new Set(anchors.map(({ sum }) => sum)).size < FEWEST_ANCHORS) {
    return { ...NONE, notes: [...notes, 'promise: none, for too few assignments measured whole have a finite loss'] };
  }
  const promise = lossPromise(base!, anchors, plan.file.seed);
  return {
    promise,
    described: {
      windows: base!.divergence_nats.length,
      curve: { ...promise.curve },
      ratio: { ...promise.ratio },
      anchors: anchors.map(({ choice, sum, divergence_nats, lossDifference_nats }, k) => ({
        ...assignmentIn(tables, choice),
        sum,
        divergence_nats: mean(divergence_nats),
        lossDifference_nats: mean(lossDifference_nats),
        leftOut: promise.leftOut[k]!,
      })),
    },
    notes,
  };
}

/** Kept as JSON a number that is not finite is null. */
function isFiniteLoss({ divergence_nats, lossDifference_nats }: WholeLoss): boolean {
  return [...divergence_nats, ...lossDifference_nats].every(Number.isFinite);
}

function promiseAsked({ file }: StudyPlan): { readonly windows: number; readonly assignments: number } | undefined {
  if (file.promise !== undefined) return file.promise === false ? undefined : file.promise;
  return file.verify > 0 && (file.error === 'divergence' || file.error === 'loss') ? { windows: 32, assignments: 12 } : undefined;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Different ones. */
function anchorChoices(
  tables: StudyTables,
  { front, count, seed }: { readonly front: readonly Int32Array[]; readonly count: number; readonly seed: number },
): Int32Array[] {
  const usable = usableOptions(tables);
  const uniform = tables.options.flatMap((_, o) => (usable.every((own) => own.includes(o)) ? [Int32Array.from(usable, () => o)] : []));
  const known = new Map<string, Int32Array>(uniform.map((choice) => [choice.join(), choice]));
  const others = [...new Map(front.map((choice) => [choice.join(), choice])).values()].filter((choice) => !known.has(choice.join()));
  for (const i of evenIndexes(others.length, Math.max(2, Math.floor(count / 2)))) known.set(others[i]!.join(), others[i]!);
  const random = seededRandom(seed);
  // A study of one item has no more assignments than options: drawing ends.
  for (let draw = 0; draw < 2 * count && known.size < uniform.length + count; draw++) {
    const [a, b] = [random.integer(tables.options.length), random.integer(tables.options.length)];
    const choice = Int32Array.from(usable, (own) => {
      const two = own.filter((o) => o === a || o === b);
      const from = two.length === 0 ? own : two;
      return from[random.integer(from.length)]!;
    });
    known.set(choice.join(), choice);
  }
  return [...known.values()];
}

function usableOptions({ items, options, error }: StudyTables): number[][] {
  return items.map((_, i) => options.flatMap((_option, o) => (Number.isFinite(error[i * options.length + o]!) ? [o] : [])));
}

/** What a point says of its sum, beside what was measured. */
export function promiseOfPoint(promise: LossPromise | undefined, sum: number, measured: MeasuredPoint | null): FrontPoint['promise'] {
  if (promise === undefined) return null;
  const promised = promise.at(sum);
  return { ...promised, ...judged(promised, measured?.logPerplexityDifference) };
}
