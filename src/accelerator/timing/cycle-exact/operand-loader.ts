/** Sends the operand that stays to the shadow registers, a row per cycle, bottom row first, as soon as its tile is there and the registers are free. */
import type { PeArray } from './pe-array.js';
import type { TileProgress } from './tile-progress.js';
import type { Fold } from './tile-steps.js';

export interface OperandLoader {
  /** Folds whose operand has been sent. */
  readonly loaded: number;
  readonly busy: boolean;
  /** One cycle: sends a row if it may, and says so. `started`: folds that have begun; their registers are free from then on. */
  tick(started: number, arrayFree: boolean): boolean;
}

export function operandLoader(folds: readonly Fold[], progress: TileProgress, array: PeArray): OperandLoader {
  let loading: Fold | undefined;
  let rows = 0;
  let loaded = 0;
  return {
    get loaded() {
      return loaded;
    },
    get busy() {
      return loading !== undefined;
    },
    tick(started, arrayFree) {
      const candidate = folds[loaded];
      if (loading === undefined && candidate !== undefined && started >= loaded && arrayFree && progress.isReady(candidate.step)) {
        loading = candidate;
        rows = candidate.rows;
      }
      if (loading === undefined) return false;
      array.load?.(loading, --rows);
      if (rows > 0) return true;
      loaded++;
      loading = undefined;
      return true;
    },
  };
}
