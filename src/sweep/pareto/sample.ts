/**
 * A sample of points for the background of charts: those with the smallest hashes of their numbers (bottom-k sampling; Cohen and Kaplan, PODC 2007). The
 * choice depends on the points alone, so that of a union is the choice among the choices of its parts, however it was cut.
 */
const sampleSize = 2000;

/** 32 bits of a point's number, an integer below 2^53: both halves through the finisher of MurmurHash3 (Appleby). @internal */
export function hashOf(point: number): number {
  const mix = (x: number): number => {
    let mixed = x ^ (x >>> 16);
    mixed = Math.imul(mixed, 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return mixed ^ (mixed >>> 16);
  };
  return mix(mix(Math.floor(point / 2 ** 32) + 0x9e3779b9) ^ ((point % 2 ** 32) | 0)) >>> 0;
}

/** The rows, in the order given, whose points have the `sampleSize` smallest hashes; of equal hashes the smaller point. */
export function sampleOf(points: Float64Array, rows: Int32Array): Int32Array {
  if (rows.length <= sampleSize) return rows;
  const hashes = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) hashes[i] = hashOf(points[rows[i]!]!);
  const limit = smallestHashes(hashes)[sampleSize - 1]!;
  const [chosen, atLimit]: [number[], number[]] = [[], []];
  for (let i = 0; i < rows.length; i++) {
    if (hashes[i]! < limit) chosen.push(i);
    else if (hashes[i] === limit) atLimit.push(i);
  }
  atLimit.sort((i, j) => points[rows[i]!]! - points[rows[j]!]!);
  const all = Int32Array.from([...chosen, ...atLimit.slice(0, sampleSize - chosen.length)]);
  return all.sort().map((i) => rows[i]!);
}

/** At least `sampleSize` of the smallest hashes, sorted: most are above a cut that twice as many should pass, and need not be sorted. */
function smallestHashes(hashes: Uint32Array): Uint32Array {
  const cut = (2 ** 32 * 2 * sampleSize) / hashes.length;
  const few: number[] = [];
  for (const hash of hashes) if (hash < cut) few.push(hash);
  return few.length < sampleSize ? hashes.toSorted() : Uint32Array.from(few).sort();
}
