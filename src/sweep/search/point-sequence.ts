/** Points known before the first is simulated: what is cut into parts and shards. */

export interface PointSequence {
  /** Positions; for the grid every number of the space, with or without a point. */
  readonly length: number;
  /** The points at positions `from` to `to` (exclusive). May hold points that do not exist: they are not admitted. */
  readonly points: (from: number, to: number) => Float64Array;
}
