/** What fronts and ranks are held against: the definition of dominance, applied to every pair. */
import fc from 'fast-check';

export function dominates(a: readonly number[], b: readonly number[]): boolean {
  let smaller = false;
  for (let o = 0; o < a.length; o++) {
    if (a[o]! > b[o]!) return false;
    if (a[o]! < b[o]!) smaller = true;
  }
  return smaller;
}

/** Ranks by peeling fronts; -1 for rows with NaN. */
export function ranksByPeeling(rows: readonly (readonly number[])[]): number[] {
  const ranks = rows.map((row): number => (row.some(Number.isNaN) ? -1 : -2));
  for (let rank = 0; ranks.includes(-2); rank++) {
    const open = ranks.flatMap((r, i) => (r === -2 ? [i] : []));
    for (const i of open) if (!open.some((j) => dominates(rows[j]!, rows[i]!))) ranks[i] = rank;
  }
  return ranks;
}

export function columnsOf(rows: readonly (readonly number[])[], objectives: number): Float64Array[] {
  return Array.from({ length: objectives }, (_, o) => Float64Array.from(rows, (row) => row[o]!));
}

export function allRows(length: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => i);
}

/** A few values that often meet (ties, duplicates, constant columns), both zeros, infinities, and numbers of any size. */
const few = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom(-0, Infinity, -Infinity) },
);
const value = (kind: string): fc.Arbitrary<number> =>
  kind === 'few'
    ? few
    : kind === 'constant'
      ? fc.constant(3)
      : kind === 'unknown'
        ? fc.oneof(few, fc.constant(NaN))
        : fc.double({ noNaN: true });

/** Rows of 1 to 5 objectives, each objective of its own kind. */
export const anyRows = fc
  .integer({ min: 1, max: 5 })
  .chain((objectives) =>
    fc
      .tuple(
        fc.array(fc.constantFrom('few', 'few', 'any', 'any', 'constant', 'unknown'), { minLength: objectives, maxLength: objectives }),
        fc.integer({ min: 0, max: 150 }),
      )
      .chain(([kinds, length]) =>
        fc
          .array(fc.tuple(...kinds.map(value)), { minLength: length, maxLength: length })
          .map((rows: readonly (readonly number[])[]) => ({ objectives, rows })),
      ),
  );
