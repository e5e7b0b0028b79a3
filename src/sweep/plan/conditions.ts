/**
 * Conditions of dimensions, ready to be asked: for each condition the dimension it looks at and the positions of it where the condition holds.
 * A dimension is there where all its conditions hold; a condition on an axis that is not there itself does not hold.
 */
import type { Dimension } from './sweep-plan.js';

export interface Predicate {
  /** Dimension of the axis that the condition names. */
  readonly dimension: number;
  /** 1 for each position of it where the condition holds. */
  readonly holds: Uint8Array;
}

/** Predicates of each dimension, empty for those that are always there. */
export function predicatesOf(dimensions: readonly Dimension[]): readonly (readonly Predicate[])[] {
  return dimensions.map(({ when = [] }, d) =>
    when.map(({ axis, oneOf }) => {
      const at = dimensions.findIndex(({ members }) => members.some((member) => member.axis === axis));
      const named = dimensions[at];
      if (named === undefined || at >= d)
        throw new Error(`dimension ${d} has a condition on axis ${axis}, which no earlier dimension holds`);
      const { valueAt } = named.members.find((member) => member.axis === axis)!;
      const allowed = new Set(oneOf);
      return { dimension: at, holds: Uint8Array.from({ length: named.size }, (_, position) => (allowed.has(valueAt[position]!) ? 1 : 0)) };
    }),
  );
}
