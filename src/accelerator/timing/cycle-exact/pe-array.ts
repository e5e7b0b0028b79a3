/** Contract of the two PE arrays (results stay, or an operand stays): fed at the edge, ticked once a cycle, results leave by column. */
import type { ExactMachine } from './exact-case.js';
import type { TileBuffers } from './tile-buffers.js';
import type { Fold } from './tile-steps.js';
import type { WeightDigits } from './weight-digits.js';

export interface PeArray {
  /** A cycle begins: operands move on by one PE. */
  begin(): void;
  /** One vector per lane in use enters at the edge: `digit` of step `step` of a fold. */
  feed(fold: Fold, step: number, digit: number): void;
  /** One row of the operand that stays is sent down to the shadow registers this cycle; none where results stay. */
  load?(fold: Fold, row: number): void;
  /** PEs with operands multiply, results leave: the end of the cycle. */
  work(): void;
  /** PE-cycles with work so far. */
  readonly activePeCycles: number;
}

export interface ArrayContext {
  readonly machine: ExactMachine;
  readonly folds: readonly Fold[];
  readonly buffers: TileBuffers;
  readonly digits: WeightDigits;
  /** A result of a fold for element (m, n) of its tile. */
  readonly result: (fold: Fold, m: number, n: number, value: number) => void;
}
