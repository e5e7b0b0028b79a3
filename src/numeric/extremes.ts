/** Extremes: of runs of a flat array, the scan every scale starts from (finite data, except for `maxAbs`), and of any number of values. */

const single = new Float32Array(1);
const singleBits = new Int32Array(single.buffer);

/** The bit patterns of float32 data (a view, nothing is copied), as `maxAbs` wants them. */
export function bitPatterns(data: Float32Array): Int32Array {
  return new Int32Array(data.buffer, data.byteOffset, data.length);
}

/**
 * max |x| over the float32 values whose bit patterns are bits[start..end); 0 for an empty run.
 * Infinite when one is infinite, NaN when one is NaN. Magnitudes order like their bit patterns, and integer comparison is several times
 * faster than Math.abs and Math.max.
 */
export function maxAbs(bits: Int32Array, start: number, end: number): number {
  let largest = 0;
  for (let i = start; i < end; i++) {
    const magnitude = bits[i]! & 0x7fffffff;
    if (magnitude > largest) largest = magnitude;
  }
  singleBits[0] = largest;
  return single[0]!;
}

/** Least and largest of any number of values, NaN passed over; Infinity and -Infinity of none. Math.min(...values) overflows the stack at some 100,000. */
export function extent(values: Iterable<number>): readonly [least: number, largest: number] {
  let [least, largest] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < least) least = value;
    if (value > largest) largest = value;
  }
  return [least, largest];
}
