/**
 * Pairs (value, rank) of which only those matter that no other pair beats with a lower or equal value and a higher or equal rank: both rise together.
 * Adding and asking take a binary search; adding in the middle moves the rest in one block copy.
 */
export interface Stairs {
  /** The highest rank at a value up to this one; -1: there is none. */
  highestUpTo(value: number): number;
  add(value: number, rank: number): void;
}

/** No pairs yet. */
export function emptyStairs(): Stairs {
  let values = new Float64Array(16);
  let ranks = new Int32Array(16);
  let count = 0;
  /** Number of pairs whose value is at most `value`. */
  const upTo = (value: number): number => {
    let [from, to] = [0, count];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (values[middle]! <= value) from = middle + 1;
      else to = middle;
    }
    return from;
  };
  return {
    highestUpTo(value) {
      const position = upTo(value);
      return position === 0 ? -1 : ranks[position - 1]!;
    },
    add(value, rank) {
      const position = upTo(value);
      if (position > 0 && ranks[position - 1]! >= rank) return;
      // A pair of the same value and lower rank is beaten, and so are those after it up to this rank.
      const from = position > 0 && values[position - 1] === value ? position - 1 : position;
      let to = from;
      while (to < count && ranks[to]! <= rank) to++;
      if (count === values.length) {
        values = grown(values, new Float64Array(2 * count));
        ranks = grown(ranks, new Int32Array(2 * count));
      }
      values.copyWithin(from + 1, to, count);
      ranks.copyWithin(from + 1, to, count);
      values[from] = value;
      ranks[from] = rank;
      count += from + 1 - to;
    },
  };
}

function grown<T extends Float64Array | Int32Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
