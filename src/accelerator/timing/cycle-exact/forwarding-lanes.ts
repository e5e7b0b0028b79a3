/**
 * Chains of registers that hand an operand from PE to PE, one per cycle: one lane per row (or column) of the array.
 * Lane l has l registers before its first PE; vectors fed together therefore arrive as a diagonal wave.
 * The contents lie still in memory and the registers move over them: register p of a lane is slot (p - now) of its ring.
 */

export interface ForwardingLanes {
  /** Vectors of `width` integers in slots, ring by ring. */
  readonly values: Int32Array;
  /** What the vector of a slot belongs to; 0: nothing. */
  readonly tags: Int32Array;
  /** Slots of a ring less one, a mask: slot of PE `depth` of lane l = (l << shift) | ((first + depth) & mask). */
  readonly mask: number;
  readonly shift: number;
  /** One register on, and no vector at any entry; the ring position of the first PE of every lane from now on. */
  tick(): number;
  /** Slot a lane is fed at in this cycle. */
  entry(lane: number): number;
}

/** Empty lanes past `depth` PEs each. */
export function forwardingLanes(lanes: number, depth: number, width: number): ForwardingLanes {
  const shift = 32 - Math.clz32(lanes - 2 + depth);
  const slots = 2 ** shift;
  const mask = slots - 1;
  const values = new Int32Array(lanes * slots * width);
  const tags = new Int32Array(lanes * slots);
  let now = 0;
  const entry = (lane: number): number => (lane << shift) | ((lanes - 1 - lane - now) & mask);
  return {
    values,
    tags,
    mask,
    shift,
    tick() {
      now = (now + 1) & mask;
      for (let lane = 0, position = lanes - 1 - now; lane < lanes; lane++, position--) tags[(lane << shift) | (position & mask)] = 0;
      return lanes - 1 - now;
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
