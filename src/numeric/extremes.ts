/** Largest magnitudes of runs of a flat array: the scan every scale starts from. */

/** max |data[i]| for start <= i < end; 0 for an empty run. The data must be finite. */
export function maxAbs(data: Float32Array, start: number, end: number): number {
  let even = 0;
  let odd = 0;
  let i = start;
  // Two independent chains: a single running maximum waits for itself at every element.
  for (; i + 1 < end; i += 2) {
    even = Math.max(even, Math.abs(data[i]!));
    odd = Math.max(odd, Math.abs(data[i + 1]!));
  }
  if (i < end) even = Math.max(even, Math.abs(data[i]!));
  return Math.max(even, odd);
}
