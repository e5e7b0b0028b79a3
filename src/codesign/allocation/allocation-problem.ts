/**
 * The record every allocation method works on: items (a weight matrix, a block of layers, an output feature), each of which takes one of the
 * options (a weight format with its quantizer). Errors and costs of (item, option) were measured before and add up over items.
 *   choose o_i for every item i:  minimise sum error[i, o_i]  subject to  sum cost[i, o_i] <= budget
 * A pair that is not allowed, or whose error or cost is not known (NaN), is never chosen. Left out: interactions between items (errors that
 * do not add up), and more than one budget; fronts over several costs come from one problem per cost and budget.
 */
import { LowbitError } from '../../lowbit-error.js';
import type { Method } from '../../quantizers/method.js';

/** What a choice is made for. */
export interface AllocationItem {
  /** As users know it, e.g. the name of a product: `model.layers.0.mlp.down_proj`. */
  readonly name: string;
  /** How many weights it holds. */
  readonly weights: number;
}

/** Measurements some methods rank by. One number per item unless said otherwise; NaN where unknown. */
export interface AllocationSignals {
  /** Mean of the diagonal of the loss Hessian over the weights of the item (signals/hessian-trace.ts). */
  readonly hessianTrace?: Float64Array;
  /** -cos(input, output) of the block of the item: higher is more important (signals/block-change.ts). */
  readonly lim?: Float64Array;
  /** Share of the weights of the block with a z-score above 1: smaller is more important (signals/z-score-share.ts). */
  readonly zd?: Float64Array;
  /** Per item and option: estimated loss change from storing the item with that option (signals/salience.ts). */
  readonly salience?: Float64Array;
  /** Per item and option: Kullback-Leibler divergence of the values read back from the weights, in nats (signals/weight-divergence.ts). */
  readonly divergence?: Float64Array;
  /** Which metric an item is judged by: 0, 1, ..; errors of different groups are in different units. */
  readonly metricGroup?: Int32Array;
  /** One per option: bits of a code word. */
  readonly codeBits?: Float64Array;
}

export type SignalName = keyof AllocationSignals;

/** Items, options, and what each pair of them costs. */
export interface AllocationProblem {
  readonly items: readonly AllocationItem[];
  /** Names of the options; [item, option] tables are item-major. */
  readonly options: readonly string[];
  /** [items * options], additive. */
  readonly error: Float64Array;
  /** [items * options], of one resource: bits, seconds, pJ. */
  readonly cost: Float64Array;
  /** In the unit of `cost`. */
  readonly budget: number;
  /** [items * options], 0 = not allowed; absent: all are. */
  readonly allowed?: Uint8Array;
  readonly signals?: AllocationSignals;
}

/** One option per item, with what it comes to. */
export interface Allocation {
  /** Index into `options` for every item. */
  readonly choice: Int32Array;
  readonly error: number;
  readonly cost: number;
  /** No choice within the budget has a smaller error than this, when the method proves so. */
  readonly errorBound?: number;
}

/** A published method, or a baseline, that chooses. */
export interface AllocationMethod<Options extends object = object> extends Method<Options> {
  /** Signals without which it cannot choose. */
  readonly needs: readonly SignalName[];
  /**
   * A choice within the budget, the same for the same problem, options and seed. The problem is sound (`checkProblem`) and holds `needs`.
   */
  allocate(problem: AllocationProblem, options: Options, seed: number): Allocation | Promise<Allocation>;
}

/** Whether an item may take an option: allowed, and its error and cost are known. */
export function isUsable({ options, error, cost, allowed }: AllocationProblem, item: number, option: number): boolean {
  const at = item * options.length + option;
  return allowed?.[at] !== 0 && Number.isFinite(error[at]) && Number.isFinite(cost[at]);
}

/** The usable option of least cost for every item (of equal ones, that of least error). Throws LowbitError for an item without one. */
export function cheapestChoice(problem: AllocationProblem): Int32Array {
  const { items, options, error, cost } = problem;
  return Int32Array.from(items, ({ name }, item) => {
    let best = -1;
    for (let option = 0; option < options.length; option++) {
      if (!isUsable(problem, item, option)) continue;
      const [at, least] = [item * options.length + option, item * options.length + best];
      if (best < 0 || cost[at]! < cost[least]! || (cost[at] === cost[least] && error[at]! < error[least]!)) best = option;
    }
    if (best < 0)
      throw new LowbitError('no option is left for an item', { value: name, remedy: 'allow one whose error and cost are known' });
    return best;
  });
}

/** A choice with its sums. */
export function allocationOf({ options, error, cost }: AllocationProblem, choice: Int32Array): Allocation {
  const sum = (table: Float64Array): number => choice.reduce((total, option, item) => total + table[item * options.length + option]!, 0);
  return { choice, error: sum(error), cost: sum(cost) };
}

/**
 * Tables of the right length, and a budget that the cheapest choice fits into. Throws LowbitError, for a budget that is too small with the
 * smallest that is not, and RangeError for tables of another length.
 */
export function checkProblem(problem: AllocationProblem): void {
  const { items, options, error, cost, budget, allowed } = problem;
  const size = items.length * options.length;
  for (const table of [error, cost, allowed ?? cost]) {
    if (table.length !== size)
      throw new RangeError(`a table of ${table.length} numbers for ${items.length} items x ${options.length} options`);
  }
  const { cost: smallest } = allocationOf(problem, cheapestChoice(problem));
  if (Number.isNaN(budget) || budget < smallest) {
    throw new LowbitError('the budget is below the cheapest choice', { value: budget, remedy: `the smallest budget is ${smallest}` });
  }
}
