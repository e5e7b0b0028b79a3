/**
 * Candidates: what every method chooses for every budget (on every design where the budget is in its costs), uniform assignments, and random samples;
 * each different assignment on each design is one candidate, whose figures are sums of the tables.
 */
import { LowbitError } from '../../lowbit-error.js';
import { seededRandom } from '../../numeric/random.js';
import { paretoFront } from '../../sweep/pareto/front.js';
import {
  allocationOf,
  cheapestChoice,
  type Allocation,
  type AllocationProblem,
  type AllocationSignals,
} from '../allocation/allocation-problem.js';
import { ilp } from '../allocation/ilp.js';
import { allocate, type AllocationRequest } from '../allocation/index.js';
import { uniform } from '../allocation/uniform.js';
import type { StudyPlan } from './read-study.js';
import type { Resource } from './study-file.js';
import { isOfModel, objectiveTable, resourceTable, valueOf, type ResourceTable, type StudyTables } from './study-tables.js';

/** A budget in the unit of its resource. */
export interface Budget {
  readonly resource: Resource;
  readonly value: number;
}

/** What a method chose. */
export interface Chosen {
  readonly method: string;
  readonly budget: Budget | null;
  /** Index of the design whose costs the budget is in. */
  readonly hardware: number;
  readonly choice: Int32Array;
  /** By how much less the least sum of errors could be, as a share, where the method proves something. */
  readonly gap?: number;
}

export interface Candidate extends Chosen {
  /** Index of the design it runs on. */
  readonly on: number;
}

/** Everything chosen, in the order of budgets, designs and methods. Throws LowbitError for a budget below the smallest, with its place. */
export async function chooseAll(plan: StudyPlan, tables: StudyTables, signals: AllocationSignals): Promise<Chosen[]> {
  const chosen: Chosen[] = [];
  for (const [b, entry] of plan.file.budgets.entries()) {
    for (const hardware of designsOf(entry.resource, tables)) {
      const table = resourceTable(tables, entry.resource, hardware);
      const place = plan.place(['budgets', b]);
      for (const value of budgetValues(entry, { table, tables, place })) {
        const budget = { resource: entry.resource, value };
        for (const { name, method, options } of plan.methods) {
          const request = { options: optionsFor(method, options, tables), seed: plan.file.seed };
          const { choice, error, errorBound } = await allocateWithin({ tables, table, value }, method, { signals, ...request });
          chosen.push({
            method: name,
            budget,
            hardware,
            choice,
            ...(errorBound === undefined || error <= 0 ? {} : { gap: 1 - errorBound / error }),
          });
        }
      }
    }
  }
  return [...chosen, ...uniformChoices(tables), ...randomSamples(plan, tables)];
}

/** Of ten thousand features the last hundredth of a percent takes minutes and is far below what an error is known to. */
const FEATURE_GAP = 1e-4;

/** Options of a method as the study gives them; an integer program over features may end near the least. */
function optionsFor(
  method: string,
  options: Readonly<Record<string, unknown>>,
  { features }: StudyTables,
): Readonly<Record<string, unknown>> {
  return method === ilp.name && features !== undefined ? { gap: FEATURE_GAP, ...options } : options;
}

/** What methods left unproven, in words. */
export function gapNotes(chosen: readonly Chosen[]): string[] {
  return chosen.flatMap(({ method, budget, gap = 0 }) =>
    gap <= ROUNDED || budget === null
      ? []
      : [`${method} at ${budget.value} ${budget.resource}: proven to be within ${(100 * gap).toPrecision(2)} % of the least sum of errors`],
  );
}

/** Sums of ten thousand numbers in another order. */
const ROUNDED = 1e-12;

/** A budget that is exactly what an assignment takes holds it, in whatever order its sum was made. */
const HAIR = 1 + 1e-12;

interface BudgetProblem {
  readonly tables: StudyTables;
  readonly table: ResourceTable;
  readonly value: number;
}

/**
 * What a method chooses within a budget. What does not add up over items (maps of rows) is set aside at the most that it can be; uniform assignments have
 * none and may spend all. Where nothing fits beside what is set aside, every method takes what uniform takes.
 */
export async function allocateWithin(
  { tables, table, value }: BudgetProblem,
  method: string,
  { signals, ...request }: AllocationRequest & { readonly signals?: AllocationSignals },
): Promise<Allocation> {
  const problem = { ...problemOf(tables, table, value), ...(signals === undefined ? {} : { signals }) };
  if (table.reserve === undefined) return allocate(method, problem, request);
  const cheapest = allocationOf(problem, cheapestChoice(problem));
  const within = { ...problem, budget: problem.budget - table.reserve };
  const fits = cheapest.cost <= within.budget;
  if (fits && method !== uniform.name) return allocate(method, within, request);
  const best = await allocate(uniform.name, problem);
  if (valueOf(table, tables.options.length, best.choice) <= value * HAIR) return best;
  return fits ? allocate(uniform.name, within) : cheapest;
}

function problemOf({ items, options, error }: StudyTables, { entries, per, fixed }: ResourceTable, value: number): AllocationProblem {
  return { items, options: options.map((option) => option.name), error, cost: entries, budget: value * per * HAIR - fixed };
}

/** Indexes of the designs that have a budget of their own: one where the resource is the same on all. */
export function designsOf(resource: Resource, { hardware }: Pick<StudyTables, 'hardware'>): number[] {
  return isOfModel(resource) ? [0] : hardware.map((_, h) => h);
}

interface BudgetContext {
  readonly table: ResourceTable;
  readonly tables: StudyTables;
  readonly place: string;
}

/** The values of a budget. Throws LowbitError for one below the smallest choice, and for a resource without a model behind it. */
export function budgetValues(
  { resource, values, count = 2 }: StudyPlan['file']['budgets'][number],
  { table, tables, place }: BudgetContext,
): readonly number[] {
  const { smallest, largest } = extremes(table, tables);
  if (!Number.isFinite(smallest)) {
    throw new LowbitError('a budget in a resource without a model behind it', {
      value: resource,
      place,
      remedy: 'take another resource, or hardware that has it',
    });
  }
  if (values === undefined)
    return Array.from({ length: count }, (_, i) => (i === 0 ? smallest : smallest + ((largest - smallest) * i) / (count - 1)));
  const low = values.find((value) => value * HAIR < smallest);
  if (low === undefined) return values;
  throw new LowbitError('budget below the smallest choice', {
    value: low,
    place,
    remedy: `the smallest is ${roundedUp(smallest)} (${resource})`,
  });
}

/** What the cheapest and the dearest usable options of every item come to; NaN: an item has none. */
function extremes(table: ResourceTable, { items, options, error }: StudyTables): { readonly smallest: number; readonly largest: number } {
  const valueBy = (isBetter: (a: number, b: number) => boolean): number => {
    const choice = items.map((_, i) => {
      const cost = (option: number): number => table.entries[i * options.length + option]!;
      const usable = [...options.keys()].filter((o) => Number.isFinite(cost(o)) && Number.isFinite(error[i * options.length + o]!));
      return usable.reduce((best, o) => (best < 0 || isBetter(cost(o), cost(best)) ? o : best), -1);
    });
    return choice.includes(-1) ? NaN : valueOf(table, options.length, choice);
  };
  return { smallest: valueBy((a, b) => a < b), largest: valueBy((a, b) => a > b) };
}

/** Six digits that can be typed, none of them too few. */
function roundedUp(value: number): number {
  const near = Number(value.toPrecision(6));
  return near * HAIR >= value ? near : Number((near + 10 ** (Math.floor(Math.log10(value)) - 5)).toPrecision(6));
}

function uniformChoices({ items, options, error }: StudyTables): Chosen[] {
  return options.flatMap((_, o) => {
    const known = items.every((_item, i) => Number.isFinite(error[i * options.length + o]!));
    return known ? [{ method: 'uniform', budget: null, hardware: 0, choice: new Int32Array(items.length).fill(o) }] : [];
  });
}

function randomSamples({ file }: StudyPlan, { items, options, error }: StudyTables): Chosen[] {
  const random = seededRandom(file.seed);
  const usable = items.map((_, i) => options.flatMap((_option, o) => (Number.isFinite(error[i * options.length + o]!) ? [o] : [])));
  return Array.from({ length: file.samples }, () => ({
    method: 'sample',
    budget: null,
    hardware: 0,
    choice: Int32Array.from(usable, (own) => own[random.integer(own.length)]!),
  }));
}

export interface Candidates {
  readonly assignments: number;
  readonly evaluated: number;
  /** The different assignments, each found first by its method. */
  readonly different: readonly Chosen[];
  /** Candidates in order: `a * designs + h` is assignment a on design h. */
  readonly rows: Int32Array;
  readonly front: readonly Candidate[];
}

/** Throws LowbitError for an objective that some design has no model for. */
export function requireObjectives(plan: StudyPlan, tables: StudyTables): void {
  for (const [index, objective] of plan.file.objectives.entries()) {
    const hardware = tables.hardware.findIndex((_, h) => !Number.isFinite(objectiveTable(tables, objective, h).fixed));
    if (hardware < 0) continue;
    throw withoutModel(objective, { place: plan.place(['objectives', index]), hardware: tables.hardware[hardware]!.point.name });
  }
}

/** Every assignment on each design that takes all its options. @internal */
export function candidateRows(
  { options, hardware }: Pick<StudyTables, 'options' | 'hardware'>,
  different: readonly Pick<Chosen, 'choice'>[],
): Int32Array {
  const takes = hardware.map(({ costs: { latency_s } }) => {
    if (latency_s.every((value) => Number.isFinite(value))) return () => true;
    return (choice: Int32Array) => choice.every((option, item) => Number.isFinite(latency_s[item * options.length + option]));
  });
  const rows: number[] = [];
  for (const [a, { choice }] of different.entries()) {
    for (let h = 0; h < takes.length; h++) if (takes[h]!(choice)) rows.push(a * takes.length + h);
  }
  return Int32Array.from(rows);
}

/** Errors of what some design takes, NaN elsewhere: what runs nowhere is not chosen. */
export function errorWhereTaken({ error, hardware }: Pick<StudyTables, 'error' | 'hardware'>): Float64Array {
  return error.map((value, at) => (hardware.some(({ costs }) => Number.isFinite(costs.latency_s[at])) ? value : NaN));
}

/** Every different assignment on every design that takes it, and the front of them. */
export function frontOf(plan: StudyPlan, tables: StudyTables, chosen: readonly Chosen[]): Candidates {
  const { objectives } = plan.file;
  const different = [...new Map(chosen.toReversed().map((one) => [one.choice.join(), one])).values()].toReversed();
  const designs = tables.hardware.length;
  const columns = objectives.map(() => new Float64Array(different.length * designs));
  for (let h = 0; h < designs; h++) {
    for (const [k, objective] of objectives.entries()) {
      const table = objectiveTable(tables, objective, h);
      for (const [i, { choice }] of different.entries()) columns[k]![i * designs + h] = valueOf(table, tables.options.length, choice);
    }
  }
  const all = candidateRows(tables, different);
  const { rows } = paretoFront(columns, all);
  return {
    assignments: different.length,
    evaluated: all.length,
    different,
    rows: all,
    front: Array.from(rows, (row) => ({ ...different[Math.floor(row / designs)]!, on: row % designs })),
  };
}

export function withoutModel(objective: string, { place, hardware }: { readonly place: string; readonly hardware: string }): LowbitError {
  return new LowbitError('an objective without a model behind it', {
    value: objective,
    place,
    remedy: `${hardware} has no value for it: leave one of the two out`,
  });
}
