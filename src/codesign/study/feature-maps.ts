/**
 * Assignments of output features, matrix by matrix: how many features take each option, and the bits of the maps that say which.
 *   map of a matrix = rows * ceil(log2(options that its features take))      (trace/row-blocks.ts)
 */
import { mapBits } from '../../trace/row-blocks.js';
import type { StudyItem } from './items.js';

/** The matrices that items are features of, in the order of the items. */
export interface FeatureMatrices {
  readonly matrices: readonly StudyItem[];
  /** Output features of each. */
  readonly counts: readonly number[];
  /** Rows that each has in the file: those of all its experts. */
  readonly storedRows: readonly number[];
}

/** How many features of every matrix take each option, [matrix][option]. */
function countsOf({ counts }: FeatureMatrices, options: number, choice: ArrayLike<number>): number[][] {
  let at = 0;
  return counts.map((count) => {
    const own = new Array<number>(options).fill(0);
    for (let row = 0; row < count; row++) own[choice[at++]!]!++;
    return own;
  });
}

/** Bits of the maps of an assignment. */
export function bitsOfMaps(features: FeatureMatrices, options: number, choice: ArrayLike<number>): number {
  return countsOf(features, options, choice).reduce(
    (sum, own, matrix) => sum + features.storedRows[matrix]! * mapBits(own.filter((count) => count > 0).length),
    0,
  );
}

/** Bits of the largest maps that any assignment has. */
export function mostBitsOfMaps({ storedRows }: FeatureMatrices, options: number): number {
  return storedRows.reduce((sum, rows) => sum + rows * mapBits(options), 0);
}

/** An assignment as a document holds it: the option of every item, or how many features of every matrix take each. */
export function assignmentIn(
  { features, options }: { readonly features?: FeatureMatrices; readonly options: readonly unknown[] },
  choice: ArrayLike<number>,
): { choice: number[]; features?: number[][] } {
  return features === undefined ? { choice: Array.from(choice) } : { choice: [], features: countsOf(features, options.length, choice) };
}
