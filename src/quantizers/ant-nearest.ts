/**
 * The nearest-value kernel of ANT and OliVe, bit-exact in float32, by table.
 * Rule: over the grid in its given order, d = fl|x - g|; an entry replaces the best when d <= best, best starting at 102400:
 * a tie goes to the later entry, and a value farther than 102400 from every entry gives 0.
 * Between two neighbouring values the choice changes once, at a float32 threshold found by bisection on the kernel's own comparison;
 * the upper 16 bits of x give the first entry to try. Outside the span where that argument holds the kernel itself runs.
 * Source: ANT, MICRO 2022, and OliVe, ISCA 2023, released quantizers.
 */

/** Distance from which the kernel gives up and answers 0. */
const KERNEL_START = 102400;
/** |x| up to which the table is used: every distance stays below KERNEL_START, and float32 still separates all neighbours. */
const TABLE_REACH = 100000;

/** A grid prepared for nearest-value lookups. */
export interface NearestTable {
  /** Distinct grid values, rising. */
  readonly values: Float32Array;
  /** thresholds[i] = smallest float32 that takes entry i + 1 or later; the last one is +Infinity. */
  readonly thresholds: Float32Array;
  /** By the upper 16 bits of a float32: the entry its smallest member takes. */
  readonly entryOfPrefix: Uint16Array;
  /** Values below this one go to the kernel itself (unsigned grids: float32 no longer separates the entries near zero). */
  readonly lowest: number;
  /** Grid values in kernel order. */
  readonly order: Float32Array;
  /** Entry of the value 0. */
  readonly zero: number;
}

const single = new Float32Array(1);
const pattern = new Int32Array(single.buffer);

/** Prepares a grid; `order` lists its values in kernel order (several sorted runs allowed) and holds 0. */
export function nearestTable(order: Float32Array): NearestTable {
  const values = Float32Array.from(new Set(order)).sort();
  const lastPlace = new Map<number, number>();
  order.forEach((value, place) => lastPlace.set(value, place));
  const thresholds = new Float32Array(values.length).fill(Infinity);
  for (let i = 0; i + 1 < values.length; i++) {
    const upperIsLater = lastPlace.get(values[i + 1]!)! > lastPlace.get(values[i]!)!;
    thresholds[i] = firstAbove(values[i]!, values[i + 1]!, upperIsLater);
  }
  const lowest = values[0]! < 0 ? -TABLE_REACH : 0;
  return { values, thresholds, entryOfPrefix: prefixTable(thresholds), lowest, order, zero: values.indexOf(0) };
}

/** Values to look up: the first `count` of `scaled`, and the same memory as half-words. */
export interface ScaledValues {
  readonly scaled: Float32Array;
  readonly prefixes: Uint16Array;
  readonly count: number;
}

/** Writes the entry of the nearest grid value of every scaled value into `entries`. */
export function nearestEntries({ scaled, prefixes, count }: ScaledValues, table: NearestTable, entries: Uint16Array): void {
  const { thresholds, entryOfPrefix, lowest } = table;
  for (let i = 0; i < count; i++) {
    const value = scaled[i]!;
    if (value >= lowest && value <= TABLE_REACH) {
      // Little-endian typed arrays: the odd half-word holds sign, exponent and 7 mantissa bits.
      let entry = entryOfPrefix[prefixes[2 * i + 1]!]!;
      while (value >= thresholds[entry]!) entry++;
      entries[i] = entry;
    } else entries[i] = kernelEntry(value, table);
  }
}

/** Entry the kernel itself chooses. */
function kernelEntry(x: number, { order, values, zero }: NearestTable): number {
  let best = KERNEL_START;
  let chosen: number | undefined;
  for (const value of order) {
    const distance = Math.fround(Math.abs(x - value));
    if (distance <= best) {
      best = distance;
      chosen = value;
    }
  }
  return chosen === undefined ? zero : values.indexOf(chosen);
}

/** Smallest float32 in (low, high] that the kernel gives to `high`. */
function firstAbove(low: number, high: number, upperWinsTies: boolean): number {
  let below = rankOf(low);
  let above = rankOf(high);
  while (above - below > 1) {
    const middle = Math.floor((above + below) / 2);
    const x = ofRank(middle);
    const toHigh = Math.fround(high - x);
    const toLow = Math.fround(x - low);
    if (toHigh < toLow || (upperWinsTies && toHigh === toLow)) above = middle;
    else below = middle;
  }
  return ofRank(above);
}

/** Position of a float32 in the order of all float32 numbers, zero at 0. */
function rankOf(x: number): number {
  single[0] = x;
  const bits = pattern[0]!;
  return bits >= 0 ? bits : -(bits & 0x7fffffff);
}

function ofRank(rank: number): number {
  pattern[0] = rank >= 0 ? rank : -rank | 0x80000000;
  return single[0]!;
}

function prefixTable(thresholds: Float32Array): Uint16Array {
  const table = new Uint16Array(1 << 16);
  for (let prefix = 0; prefix < 1 << 16; prefix++) {
    const negative = prefix >= 1 << 15;
    // Infinities and NaN never come here; their prefixes keep entry 0.
    if ((prefix & 0x7f80) === 0x7f80) continue;
    pattern[0] = (prefix << 16) | (negative ? 0xffff : 0);
    const smallest = single[0]!;
    let low = 0;
    let high = thresholds.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (smallest >= thresholds[middle]!) low = middle + 1;
      else high = middle;
    }
    table[prefix] = low;
  }
  return table;
}
