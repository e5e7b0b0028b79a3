/** What points share: results kept by the indexes of the axes they depend on. Bounded: where memory is full, all start anew. */

/** A value, or why there is none. */
export type Kept<T> = { readonly value: T } | { readonly error: unknown };

export interface AxisMemo<T> {
  /** What is kept for these indexes of axes (-1: kept out), else what `make` gives, kept from now on. */
  at(axisIndex: ArrayLike<number>, make: () => T): T;
  clear(): void;
}

/** Memory that memos share: a million points of a thousand templates must not fill it. */
export interface MemoSpace {
  /** Sum of the weights of what is held. */
  held: number;
  /** Memos that hold something. */
  readonly memos: Set<{ clear(): void }>;
}

export function memoSpace(): MemoSpace {
  return { held: 0, memos: new Set() };
}

/** What the memos of a space hold at most, about half a kilobyte each. */
const MOST = 2 ** 17;

export interface AxisMemoOptions<T> {
  /** Axes the values depend on. */
  readonly axes: readonly number[];
  /** Values of each axis of the sweep. */
  readonly sizes: readonly number[];
  readonly space: MemoSpace;
  /** 1 unless given. */
  readonly weigh?: (value: T) => number;
}

export function axisMemo<T>({ axes, sizes, space, weigh }: AxisMemoOptions<T>): AxisMemo<T> {
  const keyOf = axisKey(axes, sizes);
  const known = new Map<number | string, T>();
  // Neighbouring points mostly differ in the axis that moves fastest alone.
  let lastKey: number | string | undefined;
  let last: T | undefined;
  const memo: AxisMemo<T> = {
    at(axisIndex, make) {
      const key = keyOf(axisIndex);
      if (key === lastKey) return last as T;
      let found = known.get(key);
      if (found === undefined) {
        found = make();
        claim(space, memo, weigh?.(found) ?? 1);
        known.set(key, found);
      }
      lastKey = key;
      last = found;
      return found;
    },
    clear() {
      known.clear();
      lastKey = undefined;
      last = undefined;
    },
  };
  return memo;
}

/** Makes room, of all memos at once where there is none left. */
function claim(space: MemoSpace, memo: { clear(): void }, weight: number): void {
  if (space.held + weight > MOST) {
    for (const each of space.memos) each.clear();
    space.memos.clear();
    space.held = 0;
  }
  space.held += weight;
  space.memos.add(memo);
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
