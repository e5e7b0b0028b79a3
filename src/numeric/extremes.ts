/** Extremes of runs of a flat array: the scan every scale starts from. The data must be finite. */

const single = new Float32Array(1);
const singleBits = new Int32Array(single.buffer);

/** The bit patterns of float32 data (a view, nothing is copied), as `maxAbs` wants them. */
export function bitPatterns(data: Float32Array): Int32Array {
  return new Int32Array(data.buffer, data.byteOffset, data.length);
}

/**
 * max |x| over the float32 values whose bit patterns are bits[start..end); 0 for an empty run.
 * Magnitudes order like their bit patterns, and integer comparison is several times faster than Math.abs and Math.max.
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

/** Largest of 0 and data[start..end). */
export function highest(data: Float32Array, start: number, end: number): number {
  let largest = 0;
  for (let i = start; i < end; i++) {
    const value = data[i]!;
    if (value > largest) largest = value;
  }
  return largest;
}

/** Smallest of 0 and data[start..end). */
export function lowest(data: Float32Array, start: number, end: number): number {
  let smallest = 0;
  for (let i = start; i < end; i++) {
    const value = data[i]!;
    if (value < smallest) smallest = value;
  }
  return smallest;
}
