/** Few of many: what a chart or a list shows of a long sequence. */

/** Rising indexes of at most `most` (at least 2) of `length` elements at equal distances, first and last included; all where they are no more. @internal */
export function evenIndexes(length: number, most: number): number[] {
  if (length <= most) return Array.from({ length }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (length - 1)) / (most - 1)));
}

/** As `evenIndexes`, with all of `always` among them. */
export function evenIndexesWith(length: number, most: number, always: Iterable<number>): number[] {
  return [...new Set([...evenIndexes(length, most), ...always])].sort((a, b) => a - b);
}
