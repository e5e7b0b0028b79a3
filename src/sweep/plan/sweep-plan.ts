/**
 * SweepPlan: a sweep file after everything in it was read, checked and compiled. Plain data: it is handed to workers, written to the folder of
 * the sweep, and hashed; two sweeps with the same plan and the same model versions give the same bytes.
 */
import type { SchemeConfig } from '../../trace/scheme-config.js';
import type { ModelConfig } from '../../trace/model/model-config.js';
import type { FittedCard } from '../../gpu/gpu-setup.js';
import type { KernelConfig } from '../../gpu/kernels/kernel-schema.js';
import type { IsoKind } from '../../accelerator/iso.js';
import type { ColumnProgram } from './column-program.js';

/** A value an axis takes: text of names and formats, numbers, blocks (`{ rows: 64, columns: 16 }`), null. */
export type AxisValue = string | number | boolean | null | readonly AxisValue[] | { readonly [key: string]: AxisValue };

/** One path of the configuration that the sweep moves. */
export interface Axis {
  /** Name in columns and expressions, unique in the sweep and no result column. */
  readonly name: string;
  /**
   * `hardware`, `model`, `scheme`: a design by its key in `designs`; `hardware.x.y`, `model.x`, `scheme.x.y`: a key of it, applied after it was
   * chosen; `workload.phase|batch|context|tokens|refine`; `iso.value`: the budget.
   */
  readonly path: string;
  /** In the order of the file, without repetitions. Rows hold the index. */
  readonly values: readonly AxisValue[];
}

/** One digit of a point: axes that move together. A plain axis is a dimension with one member; `zip` and a nested `product` have several. */
export interface Dimension {
  readonly size: number;
  readonly members: readonly {
    /** Index in `axes`. */
    readonly axis: number;
    /** For each position of the dimension the index of the value of the axis. */
    readonly valueAt: readonly number[];
  }[];
  /** Absent: always there. Where one of them does not hold, only position 0 exists, its axes keep the value of the base, and rows hold index -1. */
  readonly when?: readonly Condition[];
}

/** Holds where the axis has one of the values (by index). An axis that a condition names stands in an earlier dimension. */
export interface Condition {
  readonly axis: number;
  readonly oneOf: readonly number[];
}

/** A constraint, compiled. */
export interface ConstraintPlan {
  /** As written. */
  readonly text: string;
  /** `file:line:col`. */
  readonly place: string;
  /** 1 where it holds, 0 where it does not; NaN: a column it needs is unknown. */
  readonly program: ColumnProgram;
  /** Over axes only: judged before anything is simulated, and points that violate it have no row. */
  readonly beforeSimulation: boolean;
}

/** An objective, compiled. */
export interface ObjectivePlan {
  readonly name: string;
  readonly text: string;
  readonly place: string;
  readonly direction: 'minimize' | 'maximize';
  /** Unit of the value for people; empty: a plain number. */
  readonly unit: string;
  readonly program: ColumnProgram;
}

export const strategyNames = [
  'grid',
  'random',
  'latin-hypercube',
  'sobol',
  'nsga2',
  'expected-improvement',
  'successive-halving',
  'refine-front',
] as const;
export type StrategyName = (typeof strategyNames)[number];
/** Strategies whose points are known before the first is simulated; only these are cut into shards. */
export const sequenceStrategies: readonly StrategyName[] = ['grid', 'random', 'latin-hypercube', 'sobol'];

/** How points are chosen. */
export interface StrategyPlan {
  readonly name: StrategyName;
  /** Points to simulate; absent for grid. At most the size of the space is used. */
  readonly evaluations?: number;
  /** Further settings of the strategy with their defaults filled in, e.g. `population`. */
  readonly settings: Readonly<Record<string, number>>;
}

/** One step of the fidelity ladder of successive halving, cheapest first; the last one is what results are. */
export interface RungPlan {
  readonly name: string;
  /** Settings on top of those of the point, by path as in `Axis.path`. */
  readonly set: readonly (readonly [path: string, value: AxisValue])[];
}

/** GPUs that the sweep can choose. */
export interface GpusPlan {
  /** Text of the device file, read again with the settings of a point. */
  readonly cards: Readonly<Record<string, { readonly file: string; readonly text: string }>>;
  readonly kernels: readonly KernelConfig[];
  /** By the names of `fitted`. */
  readonly fits: Readonly<Record<string, FittedCard>>;
}

/** Designs that the sweep can choose: what a name or file stood for when the sweep was read. */
export interface DesignsPlan {
  /** Text of the accelerator file, read again with the settings of a point. */
  readonly hardware: Readonly<Record<string, { readonly file: string; readonly text: string }>>;
  /** Cards among the hardware that can be chosen, and what their descriptions name; absent: there are none. */
  readonly gpus?: GpusPlan;
  readonly models: Readonly<Record<string, ModelConfig>>;
  readonly schemes: Readonly<Record<string, SchemeConfig>>;
}

/** Settings of every point before its axes. */
export interface BasePlan {
  /** Keys in `designs`. */
  readonly hardware: string;
  readonly model: string;
  readonly scheme: string;
  /** `phase`, `batch`, `context`, `tokens`, `refine` (words joined by blanks). */
  readonly workload: Readonly<Record<string, string | number>>;
  /** Settings of the sweep file and of `--set`, in order, by path as in `Axis.path`. */
  readonly set: readonly (readonly [path: string, value: AxisValue])[];
}

/** A sweep file, read, checked and compiled: plain data. */
export interface SweepPlan {
  readonly name: string;
  readonly description: string;
  readonly source: string;
  readonly seed: number;
  readonly designs: DesignsPlan;
  readonly base: BasePlan;
  readonly axes: readonly Axis[];
  /** Most significant first: the last one moves fastest. */
  readonly dimensions: readonly Dimension[];
  /** Every array is resized to a budget (accelerator/iso.ts); `value` null: that of the base. */
  readonly iso: { readonly kind: IsoKind; readonly value: number | null } | null;
  /** Result columns that rows store, names of rows/result-columns.ts. */
  readonly columns: readonly string[];
  readonly constraints: readonly ConstraintPlan[];
  /** None: rows only, without a front. */
  readonly objectives: readonly ObjectivePlan[];
  readonly strategy: StrategyPlan;
  /** A design states how far its model is off: rows hold the low and high end of every objective. */
  readonly errorBars: boolean;
  /** Empty unless the strategy is successive-halving. */
  readonly rungs: readonly RungPlan[];
  /** Versions of every mechanism whose change would move a number. */
  readonly versions: Readonly<Record<string, number | string>>;
}
