/**
 * The space of a sweep: a point is a number in mixed radix, one digit per dimension, the last dimension moving fastest. Conditions leave some
 * numbers without a point; constraints over axes exclude points before anything is simulated.
 */
import { judgeByAxes } from './axis-constraint.js';
import { predicatesOf } from './conditions.js';
import { digitColumns } from './digit-columns.js';
import { pointTree } from './point-tree.js';
import type { SweepPlan } from './sweep-plan.js';

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
  /** The point with this rank, from 0, among those that exist, in rising order. */
  nth(rank: number): number;
}

/** What is left of a list of points once those that do not exist, or that constraints over axes exclude, are gone. */
export interface Admission {
  readonly points: Float64Array;
  readonly excluded: number;
  /** One per constraint of the plan: excluded points that violate it, and those that violate it alone. */
  readonly violated: Float64Array;
  readonly violatedAlone: Float64Array;
}

export function spaceOf({ dimensions }: Pick<SweepPlan, 'dimensions'>): Space {
  const sizes = dimensions.map(({ size }) => size);
  const rawSize = sizes.reduce((product, size) => product * size, 1);
  const predicates = predicatesOf(dimensions);
  const count = sizes.length;
  const digits = new Int32Array(count);
  const present = new Uint8Array(count);
  let tree: ReturnType<typeof pointTree> | undefined;
  const points = (): ReturnType<typeof pointTree> => (tree ??= pointTree(sizes, predicates));

  const markPresent = (of: ArrayLike<number>): void => {
    for (let d = 0; d < count; d++) {
      let there = 1;
      for (const { dimension, holds } of predicates[d]!) there &= present[dimension]! & holds[of[dimension]!]!;
      present[d] = there;
    }
  };
  const pointOf = (of: ArrayLike<number>): number => {
    let point = 0;
    for (let d = 0; d < count; d++) point = point * sizes[d]! + of[d]!;
    return point;
  };
  return {
    sizes,
    rawSize,
    get size() {
      return points().points;
    },
    digitsOf(point, into) {
      let rest = point;
      for (let d = count - 1; d >= 0; d--) {
        const higher = Math.floor(rest / sizes[d]!);
        into[d] = rest - higher * sizes[d]!;
        rest = higher;
      }
    },
    pointOf,
    exists(of) {
      markPresent(of);
      for (let d = 0; d < count; d++) if (present[d] === 0 && of[d] !== 0) return false;
      return true;
    },
    axesOf(of, into) {
      markPresent(of);
      for (let d = 0; d < count; d++) {
        for (const { axis, valueAt } of dimensions[d]!.members) into[axis] = present[d] === 1 ? valueAt[of[d]!]! : -1;
      }
    },
    nth(rank) {
      points().digitsAt(rank, digits);
      return pointOf(digits);
    },
  };
}

/**
 * Which of the points (numbers below `space.rawSize`) are to be simulated. A constraint over an axis that a condition keeps out of a point says
 * nothing about that point.
 */
export function admit(plan: SweepPlan, space: Space, points: Float64Array): Admission {
  const violated = new Float64Array(plan.constraints.length);
  const violatedAlone = new Float64Array(plan.constraints.length);
  const early = plan.constraints.flatMap(({ beforeSimulation }, i) => (beforeSimulation ? [i] : []));
  const conditional = plan.dimensions.some(({ when = [] }) => when.length > 0);
  if (early.length === 0 && !conditional) return { points, excluded: 0, violated, violatedAlone };

  const columns = digitColumns(plan, space, points);
  const exists = columns.exists();
  const axis = (name: string): Float64Array => columns.axisValues(name);
  const judged = early.map((i) => judgeByAxes(plan.constraints[i]!.program, axis, points.length));
  const left = new Float64Array(points.length);
  let kept = 0;
  let excluded = 0;
  for (let row = 0; row < points.length; row++) {
    if (exists[row] === 0) continue;
    let broken = 0;
    let last = 0;
    for (let j = 0; j < early.length; j++) {
      if (judged[j]![row] === 1) continue;
      broken++;
      last = early[j]!;
      violated[last]!++;
    }
    if (broken === 0) left[kept++] = points[row]!;
    else excluded++;
    if (broken === 1) violatedAlone[last]!++;
  }
  return { points: left.slice(0, kept), excluded, violated, violatedAlone };
}
