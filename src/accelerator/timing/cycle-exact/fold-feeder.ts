/** Feeds the vectors of one fold after another to the edge of the array: every step its digits, one per cycle. */
import type { PeArray } from './pe-array.js';
import type { Fold } from './tile-steps.js';

export interface FoldFeeder {
  readonly busy: boolean;
  begin(fold: Fold): void;
  /** One cycle; the fold whose last vector went in with it. */
  feed(): Fold | undefined;
}

export function foldFeeder(array: PeArray, digits: number): FoldFeeder {
  let fold: Fold | undefined;
  let step = 0;
  let digit = 0;
  return {
    get busy() {
      return fold !== undefined;
    },
    begin(begun) {
      if (fold !== undefined) throw new Error('the edge of the array takes one fold at a time');
      fold = begun;
      step = 0;
      digit = 0;
    },
    feed() {
      if (fold === undefined) return undefined;
      array.feed(fold, step, digit);
      if (++digit < digits) return undefined;
      digit = 0;
      if (++step < fold.steps) return undefined;
      const done = fold;
      fold = undefined;
      return done;
    },
  };
}
