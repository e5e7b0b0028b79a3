/**
 * The space of a sweep: a point is a number in mixed radix, one digit per dimension, the last dimension moving fastest. Conditions leave some
 * numbers without a point; constraints over axes exclude points before anything is simulated.
 */

export interface Space {
  /** Positions of each dimension. */
  readonly sizes: readonly number[];
  /** Product of the sizes, at most 2^53: points are numbers below it. */
  readonly rawSize: number;
  digitsOf(point: number, into: Int32Array): void;
  pointOf(digits: ArrayLike<number>): number;
  /** Whether the conditions let a point be there. */
  exists(digits: ArrayLike<number>): boolean;
  /** For each axis the index of its value, -1 where a condition keeps it out. */
  axesOf(digits: ArrayLike<number>, into: Int32Array): void;
  /** Points that exist, counted without visiting each. */
  readonly size: number;
}

/** What is left of a list of points once those that do not exist, or that constraints over axes exclude, are gone. */
export interface Admission {
  readonly points: Float64Array;
  readonly excluded: number;
  /** One per constraint of the plan: excluded points that violate it, and those that violate it alone. */
  readonly violated: Float64Array;
  readonly violatedAlone: Float64Array;
}
