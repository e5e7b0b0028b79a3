/**
 * Split of measured rows into folds by (n,k): all rows of a pair, whatever their m, lie in one fold, so that the error on a fold is the error on
 * weights never seen. Pairs are put in the order of a hash of "n x k" and dealt to the folds in turn: folds differ by one pair at most,
 * and neither the order of rows nor the seed of a fit moves a pair.
 * Hash: FNV-1a of 32 bits over the text `<n>x<k>` (Fowler, Noll and Vo), finished by the mixer of splitmix32; equal hashes by n, then k.
 */

/** Two numbers that name a configuration: n and k of a GEMM; of an attention its heads, and the elements of their queries. */
export interface Pair {
  readonly n: number;
  readonly k: number;
}

export function pairHash(n: number, k: number): number {
  let hash = 0x811c9dc5;
  for (const character of `${n}x${k}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
  return (hash ^ (hash >>> 15)) >>> 0;
}

export const pairName = ({ n, k }: Pair): string => `${n}x${k}`;

/** Fold of each row, 0 .. folds - 1. Throws RangeError unless there are at least as many pairs as folds. */
export function foldsOf(rows: readonly Pair[], folds: number): Uint16Array {
  const pairs = new Map(rows.map((row) => [pairName(row), { n: row.n, k: row.k, hash: pairHash(row.n, row.k) }]));
  if (!(folds >= 2 && pairs.size >= folds)) throw new RangeError(`${pairs.size} pairs in ${folds} folds`);
  const dealt = [...pairs.entries()].sort(([, a], [, b]) => a.hash - b.hash || a.n - b.n || a.k - b.k);
  const fold = new Map(dealt.map(([name], index) => [name, index % folds]));
  return Uint16Array.from(rows, (row) => fold.get(pairName(row)) ?? 0);
}
