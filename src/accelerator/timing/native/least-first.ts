/**
 * Members of a set one after another, least key first: a binary heap, for searches that stop early and need no order among what they leave.
 * Ties by the second key, then by number.
 */

/** Takes the least member left; -1: none is left. */
export type LeastFirst = () => number;

/** `members` are indices into the keys; the array is reordered. */
export function leastFirst(members: Int32Array, key: ArrayLike<number>, second: ArrayLike<number>): LeastFirst {
  let size = members.length;
  const before = (a: number, b: number): boolean => {
    const by = key[a]! - key[b]! || second[a]! - second[b]! || a - b;
    return by < 0;
  };
  const sink = (from: number): void => {
    const member = members[from]!;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && before(members[child + 1]!, members[child]!)) child++;
      if (!before(members[child]!, member)) break;
      members[at] = members[child]!;
      at = child;
    }
    members[at] = member;
  };
  for (let at = (size >> 1) - 1; at >= 0; at--) sink(at);
  return () => {
    if (size === 0) return -1;
    const least = members[0]!;
    members[0] = members[--size]!;
    if (size > 0) sink(0);
    return least;
  };
}
