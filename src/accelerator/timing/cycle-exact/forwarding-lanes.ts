/**
 * Chains of registers that hand an operand from PE to PE, one per cycle: one lane per row (or column) of the array.
 * Lane l has l registers before its first PE; vectors fed together therefore arrive as a diagonal wave.
 */

export interface ForwardingLanes {
  /** Vectors of `width` integers, lane by lane. */
  readonly values: Int32Array;
  /** What the vector beside it belongs to; 0: nothing. */
  readonly tags: Int32Array;
  /** Index of the register at PE `depth` of a lane; times `width` in `values`. */
  at(lane: number, depth: number): number;
  /** Everything one register on, and no vector at any entry. */
  shift(): void;
  /** Index of the register a lane is fed at, after `shift`. */
  entry(lane: number): number;
}

/** Empty lanes past `depth` PEs each. */
export function forwardingLanes(lanes: number, depth: number, width: number): ForwardingLanes {
  const length = lanes - 1 + depth;
  const values = new Int32Array(lanes * length * width);
  const tags = new Int32Array(lanes * length);
  const at = (lane: number, pe: number): number => lane * length + lanes - 1 + pe;
  const entry = (lane: number): number => lane * length + lanes - 1 - lane;
  return {
    values,
    tags,
    at,
    shift() {
      values.copyWithin(width, 0, values.length - width);
      tags.copyWithin(1, 0, tags.length - 1);
      for (let lane = 0; lane < lanes; lane++) tags[entry(lane)] = 0;
    },
    entry,
  };
}

/** Tags say the fold, the digit of the weight, and whether a PE begins or ends a sum with it. */
export const BEGINS = 1;
export const ENDS = 2;
const DIGIT_SHIFT = 2;
const FOLD_SHIFT = 8;
export const MOST_DIGITS = 2 ** (FOLD_SHIFT - DIGIT_SHIFT);
/** Folds a tag can tell apart. */
export const MOST_FOLDS = 2 ** (31 - FOLD_SHIFT) - 1;

export function tagOf(fold: number, digit: number, flags: number): number {
  return ((fold + 1) << FOLD_SHIFT) | (digit << DIGIT_SHIFT) | flags;
}

export function foldOfTag(tag: number): number {
  return (tag >> FOLD_SHIFT) - 1;
}

export function digitOfTag(tag: number): number {
  return (tag >> DIGIT_SHIFT) & (MOST_DIGITS - 1);
}
