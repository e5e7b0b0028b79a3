/**
 * The orthonormal Walsh-Hadamard transform of blocks of numbers, in place: y = H x / sqrt(n), H[i][j] = (-1)^popcount(i & j), its own inverse.
 * Fast form: log2(n) rounds of sums and differences, in float64, rounded to float32 once at the end.
 * Left out: sizes that are no power of two (a caller cuts them into blocks).
 */

/** Transforms every `block` consecutive numbers. Throws RangeError for a block that is no power of two or does not divide the length. */
export function hadamardInPlace(data: Float32Array, block: number): void {
  if (!isPowerOfTwo(block) || data.length % block !== 0)
    throw new RangeError(`Hadamard transform of ${data.length} numbers in blocks of ${block}`);
  const sums = new Float64Array(block);
  const factor = 1 / Math.sqrt(block);
  for (let base = 0; base < data.length; base += block) {
    for (let i = 0; i < block; i++) sums[i] = data[base + i]!;
    butterflies(sums);
    for (let i = 0; i < block; i++) data[base + i] = sums[i]! * factor;
  }
}

/** Whether a transform of this size exists: 1, 2, 4, ... @internal */
function isPowerOfTwo(size: number): boolean {
  return Number.isInteger(size) && size >= 1 && Number.isInteger(Math.log2(size));
}

function butterflies(sums: Float64Array): void {
  const size = sums.length;
  for (let half = 1; half < size; half *= 2) {
    for (let start = 0; start < size; start += 2 * half) {
      for (let i = start; i < start + half; i++) {
        const a = sums[i]!;
        const b = sums[i + half]!;
        sums[i] = a + b;
        sums[i + half] = a - b;
      }
    }
  }
}
