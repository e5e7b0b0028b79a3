/** Cache quantizers that can leave one side as it is: keys alone or values alone are coded, which is how the two are told apart. */
import type { Matrix } from '../../numeric/matrix.js';
import type { CodedCache } from './kv-quantizer.js';

export const sides = ['both', 'keys', 'values'] as const;
export type SideChoice = (typeof sides)[number];

/** Whether that side is coded. */
export function codes(side: Exclude<SideChoice, 'both'>, chosen: SideChoice): boolean {
  return chosen === 'both' || chosen === side;
}

/** A side that is never coded. */
export function exactSide(cache: Matrix): CodedCache {
  return { values: cache, exactFrom: () => 0 };
}
