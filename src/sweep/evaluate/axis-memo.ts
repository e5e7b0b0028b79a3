/** What points share: results kept by the indexes of the axes they depend on. Bounded: a memo that is full starts anew. */

/** A value, or why there is none. */
export type Kept<T> = { readonly value: T } | { readonly error: unknown };

export interface AxisMemo<T> {
  /** What is kept for these indexes of axes (-1: kept out), else what `make` gives, kept from now on. */
  at(axisIndex: ArrayLike<number>, make: () => T): T;
  clear(): void;
}

/** What a memo holds at most, in units of what `weigh` says of a value: one each unless given. */
const MOST = 2 ** 16;

/** `axes`: those the values depend on; `sizes[a]`: values of axis a. */
export function axisMemo<T>(axes: readonly number[], sizes: readonly number[], weigh: (value: T) => number = () => 1): AxisMemo<T> {
  const keyOf = axisKey(axes, sizes);
  const known = new Map<number | string, T>();
  let held = 0;
  // Neighbouring points mostly differ in the axis that moves fastest alone.
  let lastKey: number | string | undefined;
  let last: T | undefined;
  return {
    at(axisIndex, make) {
      const key = keyOf(axisIndex);
      if (key === lastKey) return last as T;
      let found = known.get(key);
      if (found === undefined) {
        found = make();
        const weight = weigh(found);
        if (held + weight > MOST) {
          known.clear();
          held = 0;
        }
        held += weight;
        known.set(key, found);
      }
      lastKey = key;
      last = found;
      return found;
    },
    clear() {
      known.clear();
      held = 0;
      lastKey = undefined;
      last = undefined;
    },
  };
}

/** One key per combination of indexes: a number in mixed radix, or text where that would not be exact. */
export function axisKey(axes: readonly number[], sizes: readonly number[]): (axisIndex: ArrayLike<number>) => number | string {
  const radices = axes.map((axis) => sizes[axis]! + 1);
  const count = axes.length;
  if (radices.reduce((product, radix) => product * radix, 1) > Number.MAX_SAFE_INTEGER) {
    return (axisIndex) => axes.map((axis) => axisIndex[axis]!).join(' ');
  }
  return (axisIndex) => {
    let key = 0;
    for (let i = 0; i < count; i++) key = key * radices[i]! + axisIndex[axes[i]!]! + 1;
    return key;
  };
}

/** Runs `make` and keeps what it gives or throws. */
export function kept<T>(make: () => T): Kept<T> {
  try {
    return { value: make() };
  } catch (error) {
    return { error };
  }
}

/** The value; throws what was thrown. */
export function valueOf<T>(result: Kept<T>): T {
  if ('value' in result) return result.value;
  throw result.error;
}
