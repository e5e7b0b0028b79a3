/**
 * What a part of a sweep adds to the whole: counts, its own front, sums for the effects of axes, a few rows for charts. Made from a RowBatch and
 * the points that were not admitted, so that rows read back from a file give the same summary as rows just computed; parts are added in order
 * of their number.
 */
export interface FrontRows {
  readonly points: Float64Array;
  /** `axes[i * axes + a]`: index of the value of each axis. */
  readonly axes: Int32Array;
  /** `columns[i * columns + c]`, one per `plan.columns`. */
  readonly columns: Float64Array;
  /** `objectives[i * objectives + o]`, as written. */
  readonly objectives: Float64Array;
  /** `low` and `high` likewise; empty without error bars. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Points with the same objectives that this one stands for (itself included): the one of the lowest number. */
  readonly same: Float64Array;
  /** `alike[i * axes + a]`: 1 where those points differ in the axis; empty where it is not followed. */
  readonly alike: Int32Array;
}

/** By constraint or objective: how many rows have no value for it, and the lowest point of them (infinite: none). */
export interface UnknownRows {
  readonly counts: Float64Array;
  readonly points: Float64Array;
}

export interface PartSummary {
  readonly rows: number;
  readonly feasible: number;
  readonly failed: number;
  /** Points that exist in the space and were not simulated, because constraints over axes exclude them. */
  readonly excluded: number;
  /** For each constraint: rows and excluded points that violate it, and those that nothing else rules out. */
  readonly violated: Float64Array;
  readonly violatedAlone: Float64Array;
  /** For each constraint: rows it rules out because its value is unknown. */
  readonly unknown: UnknownRows;
  /** For each objective: feasible rows in which it is no finite number. */
  readonly unvalued: UnknownRows;
  /** Feasible rows in which some objective is no finite number. */
  readonly incomparable: number;
  /** Feasible rows no other row of the part dominates. */
  readonly front: FrontRows;
  /**
   * With error bars: feasible rows that could be on the front within them (pareto/contenders.ts), those of the front among them, by point; of rows equal in
   * objectives and bounds the one of the lowest number. Empty without.
   */
  readonly contenders: FrontRows;
  /** Contenders left out, because a part carries no more of them. */
  readonly contendersLeftOut: number;
  /** Sums by axis value and by pairs of them, or the rows they come from (pareto/sensitivity.ts). */
  readonly effects: Float64Array;
  /** Feasible rows for the background of charts, chosen by their number alone (pareto/sample.ts): points and objectives, the rest is empty. */
  readonly sample: FrontRows;
  /** Messages of failed points with how often and the first point. */
  readonly errors: readonly { readonly message: string; readonly count: number; readonly point: number }[];
}
