/**
 * The core of a knapsack (knapsack-core.ts) solved by HiGHS (branch and cut, compiled to WebAssembly, one thread):
 *   minimise sum penalty x + slack   subject to   sum unit extra x + slack = unit room,  sum over the options of an item x = 1,
 *   x in {0, 1},  slack in [0, 1]
 * A choice that exceeds the true budget within HiGHS's tolerance (1e-9) is cut off and the program solved again. The package is loaded at the
 * first use. Source: Huangfu and Hall, Mathematical Programming Computation 10(1), 2018 (HiGHS).
 */
import type { Highs, ModelData } from 'highs';
import type { KnapsackCore } from './knapsack-core.js';

export interface KnapsackLimits {
  /** The search ends when objective and bound are this close. */
  readonly gap: number;
  /** Nodes of the search tree. */
  readonly nodes: number;
}

export interface KnapsackResult {
  /** Place of the option of every item; absent when the search found none. */
  readonly places?: Int32Array;
  /** Lower bound of the objective. */
  readonly bound: number;
}

const TOLERANCE = 1e-9;
/** Choices cut off because they exceed the budget by less than the tolerance. */
const MOST_CUTS = 100;

let loaded: Promise<Highs> | undefined;

async function loadHighs(): Promise<Highs> {
  const { default: load } = await import('highs');
  // The declarations of the package describe its CommonJS build; the module that Node loads exports the loader itself.
  return (load as unknown as typeof load.default)();
}

/** `fits` says of a choice, in full precision, whether it is within the budget. */
export async function solveKnapsack(
  core: KnapsackCore,
  limits: KnapsackLimits,
  fits: (places: Int32Array) => boolean,
): Promise<KnapsackResult> {
  const highs = await (loaded ??= loadHighs());
  const cuts: Int32Array[] = [];
  for (;;) {
    const { places, bound } = solveOnce(highs, modelOf(highs, core, cuts), limits);
    const result = places === undefined ? undefined : placesOf(core, places);
    if (result === undefined || fits(result)) return { ...(result === undefined ? {} : { places: result }), bound };
    if (cuts.push(result) > MOST_CUTS) return { bound };
  }
}

function solveOnce(
  highs: Highs,
  data: ModelData,
  { gap, nodes }: KnapsackLimits,
): { readonly places: Float64Array | undefined; readonly bound: number } {
  return highs.withModel(data, (model) => {
    model.options.set({
      output_flag: false,
      mip_rel_gap: 0,
      mip_abs_gap: gap,
      mip_feasibility_tolerance: TOLERANCE,
      primal_feasibility_tolerance: TOLERANCE,
      dual_feasibility_tolerance: TOLERANCE,
      mip_max_nodes: nodes,
      random_seed: 0,
    });
    model.run();
    const { optimal, infeasible, solutionLimit } = highs.constants.modelStatus;
    const status = model.getModelStatus();
    if (status === infeasible) return { places: undefined, bound: Infinity };
    const bound = model.info.get('mip_dual_bound') as number;
    if (status !== optimal && status !== solutionLimit) throw new Error(`HiGHS ended with status ${status}`);
    return { places: model.getSolution().colValue, bound };
  });
}

/** Columns: options of all items, then the slack. Rows: one per item, the budget, one per cut. */
function modelOf(highs: Highs, { options, room, unit }: KnapsackCore, cuts: readonly Int32Array[]): ModelData {
  const items = options.length;
  const penalties = options.flatMap(({ penalty }) => [...penalty]);
  const columns = penalties.length;
  const starts = [0];
  const indices: number[] = [];
  const values: number[] = [];
  const put = (row: number, value: number): void => void (indices.push(row), values.push(value));
  for (const [item, { extra }] of options.entries()) {
    for (const [place, value] of extra.entries()) {
      put(item, 1);
      put(items, unit * value);
      for (const [i, cut] of cuts.entries()) if (cut[item] === place) put(items + 1 + i, 1);
      starts.push(indices.length);
    }
  }
  put(items, 1);
  starts.push(indices.length);
  const { integer, continuous } = highs.constants.variableType;
  return {
    numCols: columns + 1,
    numRows: items + 1 + cuts.length,
    colCost: [...penalties, 1],
    colLower: new Float64Array(columns + 1),
    colUpper: new Float64Array(columns + 1).fill(1),
    rowLower: [...options.map(() => 1), unit * room, ...cuts.map(() => -highs.infinity)],
    rowUpper: [...options.map(() => 1), unit * room, ...cuts.map(() => items - 1)],
    matrix: { format: 'csc', numRows: items + 1 + cuts.length, numCols: columns + 1, starts, indices, values },
    integrality: [...penalties.map(() => integer), continuous],
  };
}

/** The option with the largest value of every item; undefined without a solution. */
function placesOf({ options }: KnapsackCore, values: Float64Array): Int32Array | undefined {
  if (values.length === 0) return undefined;
  let column = 0;
  return Int32Array.from(options, ({ extra }) => {
    let best = 0;
    for (let place = 1; place < extra.length; place++) if (values[column + place]! > values[column + best]!) best = place;
    column += extra.length;
    return best;
  });
}
