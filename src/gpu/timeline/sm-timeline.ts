/**
 * What runs on the SMs of a timeline, and the record of the run: what ran where and when. Exported as a Perfetto trace and as a Gantt picture.
 */

/** A unit of work that an SM takes: one tile of a thread block (or a part of one that was split off or stolen). */
export interface TileWork {
  readonly id: number;
  /** Shown beside the id, e.g. the precision of the tile. */
  readonly label: string;
  /** Seconds on an SM it has for itself, loads hidden: tensor and CUDA cores. */
  readonly compute_s: number;
  /** Before the first product and after the last one; other blocks of the SM run meanwhile. */
  readonly fill_s: number;
  readonly drain_s: number;
  readonly l2_bytes: number;
  readonly dram_bytes: number;
  /** Seconds of all that the board's power sustains: their sum over the tiles is the least time that power allows. Absent: 0. */
  readonly board_s?: number;
}

/** Rates of a GPU that tiles share. Infinity: never waited for. */
export interface SmMachine {
  readonly sms: number;
  /** Thread blocks that an SM holds at a time. */
  readonly slotsPerSm: number;
  /** From L2, all SMs together, and one SM through its port. */
  readonly l2_Bps: number;
  readonly portL2_Bps: number;
  readonly dram_Bps: number;
  /** Share of the hidden resource times that shows nevertheless: 0 a perfect pipeline of loads, 1 loads and products take turns. */
  readonly overlapLoss: number;
}

export const timelineStages = ['fill', 'main', 'drain', 'barrier', 'reduce'] as const;
export type TimelineStage = (typeof timelineStages)[number];

export interface TimelineEvent {
  readonly sm: number;
  readonly slot: number;
  /** Index of the tile in the list that was run; of the next one for a barrier. */
  readonly tile: number;
  /** Part of the tile: 1 where it was not cut. */
  readonly share: number;
  readonly stage: TimelineStage;
  readonly start_s: number;
  readonly end_s: number;
}

export interface SmTimeline {
  readonly makespan_s: number;
  readonly sms: number;
  readonly slotsPerSm: number;
  /** What ran, for labels. */
  readonly tiles: readonly TileWork[];
  readonly events: readonly TimelineEvent[];
  /** Share of SM time in which no tile of the SM was in work. */
  readonly idleShare: number;
}
