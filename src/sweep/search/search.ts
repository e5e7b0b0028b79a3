/**
 * Contract of a search: a generator that asks for points and is told what they came to. It knows neither hardware nor files.
 * Deterministic: the same problem, settings and random stream give the same questions. It never asks for a point twice at the same rung, asks
 * only for points the space contains, and for no more than `evaluations` in all. It may end early: the space is exhausted, or it has converged.
 */
import type { Random } from '../../numeric/random.js';
import type { StrategyName } from '../plan/sweep-plan.js';

export interface SearchProblem {
  /** Positions of each dimension. */
  readonly sizes: readonly number[];
  /** Whether the space holds this point (conditions, and constraints over axes). */
  contains(digits: ArrayLike<number>): boolean;
  /** Puts the digits that conditions keep out at position 0, so that a point put together from others is one that exists. */
  settle(digits: Int32Array): void;
  /** At least 1; every one is minimised. */
  readonly objectives: number;
  /** Rungs of the fidelity ladder; 1 unless the strategy is successive halving. */
  readonly rungs: number;
  readonly evaluations: number;
  /** Settings of the strategy with defaults filled in. */
  readonly settings: Readonly<Record<string, number>>;
  readonly random: Random;
}

/** Points to simulate next, row by row: `digits[i * dimensions + d]`. They are independent of each other and run side by side. */
export interface Ask {
  readonly digits: Int32Array;
  /** 0 is the cheapest; the last is what counts. */
  readonly rung: number;
}

/** The answer to an Ask, in its order. */
export interface Told {
  /** `objectives[i * problem.objectives + o]`, minimised; NaN where the point failed or a part is unknown. */
  readonly objectives: Float64Array;
  /** Constraints the point violates; 0: feasible. A failed point counts as violating all. */
  readonly violations: Float64Array;
}

export type Search = Generator<Ask, void, Told>;

export interface Strategy {
  readonly name: StrategyName;
  readonly description: string;
  readonly source: string;
  /** Objectives it takes. */
  readonly objectives: { readonly least: number; readonly most: number };
  /** Settings with defaults, bounds and a word on each. */
  readonly settings: Readonly<
    Record<
      string,
      {
        readonly value: number;
        readonly least: number;
        readonly most: number;
        /** A count: only whole numbers make sense. */
        readonly whole?: true;
        readonly describe: string;
      }
    >
  >;
  search(problem: SearchProblem): Search;
}
