/**
 * Every method beside uniform and random at the same budget in bits, on the measured perplexity of the whole model.
 *   uniform   the best single option that the budget holds; it may hold more bits than that option takes, which the figures say
 *   random    `draws` random assignments that spend the budget (allocation/random-choice.ts): the mean of their losses, window by window
 * Intervals: paired bootstrap over windows, 95 %, of the difference of the mean log-perplexity. They cover the text, not the draw of calibration windows
 * that errors were measured on, nor (of random) which assignments were drawn.
 */
import { portableExp } from '../../numeric/logarithm.js';
import type { Comparison } from '../codesign-result.js';
import { allocateWithin, type Budget, type Chosen } from './candidates.js';
import { assignmentIn } from './feature-maps.js';
import type { EvaluatedScheme } from './measure.js';
import { objectiveTable, resourceTable, valueOf, type ResourceTable } from './study-tables.js';
import { evaluateAll, intervalOf, measuredPoint, type VerifyContext } from './verify.js';

const RANDOM = 'random';

interface Contender {
  readonly method: string;
  readonly budget: Budget;
  readonly hardware: number;
  /** One, or the draws of random. */
  readonly choices: readonly Int32Array[];
}

/** None where the study does not ask for it or has no budget in bits. */
export async function compareMethods(context: VerifyContext, chosen: readonly Chosen[]): Promise<Comparison[]> {
  if (!context.plan.file.compare) return [];
  const contenders: Contender[] = [];
  for (const { method, budget, hardware, choice } of chosen) {
    if (budget?.resource !== 'bits') continue;
    contenders.push({ method, budget, hardware, choices: method === RANDOM ? await randomDraws(context, budget) : [choice] });
  }
  const all = await evaluateAll(
    context,
    contenders.flatMap(({ choices }) => choices),
    context.measurements,
  );
  let from = 0;
  const measured = contenders.map(({ choices }) => meanOf(all.slice(from, (from += choices.length))));
  return contenders.map((contender, i) => {
    const against = (method: string): Comparison['againstUniform'] => {
      const other = contenders.findIndex((one) => one.method === method && one.budget.value === contender.budget.value);
      return other < 0 || other === i ? null : intervalOf(measured[i]!.windowLosses_nats, measured[other]!.windowLosses_nats);
    };
    return { ...described(context, contender, measured[i]!), againstUniform: against('uniform'), againstRandom: against(RANDOM) };
  });
}

async function randomDraws({ plan: { file }, tables }: VerifyContext, { resource, value }: Budget): Promise<Int32Array[]> {
  const within = { tables, table: resourceTable(tables, resource, 0), value };
  const draws: Int32Array[] = [];
  for (let draw = 0; draw < file.draws; draw++) draws.push((await allocateWithin(within, RANDOM, { seed: file.seed + draw })).choice);
  return draws;
}

/** Mean losses of every window, and what follows from them. */
function meanOf(evaluated: readonly EvaluatedScheme[]): EvaluatedScheme {
  const [first] = evaluated;
  if (evaluated.length === 1) return first!;
  const mean = (read: (one: EvaluatedScheme) => number): number => evaluated.reduce((sum, one) => sum + read(one), 0) / evaluated.length;
  const windowLosses_nats = first!.windowLosses_nats.map((_, w) => mean((one) => one.windowLosses_nats[w]!));
  const loss_nats = windowLosses_nats.reduce((sum, loss) => sum + loss, 0) / windowLosses_nats.length;
  const perplexity = portableExp(loss_nats);
  return {
    ...first!,
    windowLosses_nats,
    perplexity: Number.isFinite(perplexity) ? perplexity : null,
    bitsPerWeight: mean(({ bitsPerWeight }) => bitsPerWeight),
  };
}

function described(
  { plan, tables }: VerifyContext,
  { method, budget, hardware, choices }: Contender,
  own: EvaluatedScheme,
): Omit<Comparison, 'againstUniform' | 'againstRandom'> {
  const mean = (table: ResourceTable): number =>
    choices.reduce((sum, choice) => sum + valueOf(table, tables.options.length, choice), 0) / choices.length;
  return {
    method,
    budget,
    hardware: tables.hardware[hardware]!.point.name,
    draws: choices.length,
    ...assignmentIn(tables, choices[0]!),
    // An evaluation counts products that are no items, too.
    bits: plan.file.products === undefined ? own.bitsPerWeight : mean(objectiveTable(tables, 'bits', 0)),
    predictedError: mean(objectiveTable(tables, 'error', 0)),
    measured: measuredPoint(own),
  };
}
