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
  /** Least time of the main stage, however few tiles share the SM: latency of its k-loop. Absent: 0. */
  readonly latency_s?: number;
}

/** Rates of a GPU that tiles share. Infinity: never waited for. */
export interface SmMachine {
  readonly sms: number;
  /** Thread blocks that an SM holds at a time. */
  readonly slotsPerSm: number;
  /** Of one SM: its share of L2. */
  readonly l2PerSm_Bps: number;
  /** Of all SMs together. */
  readonly dram_Bps: number;
  /** Stages of the load pipeline; 1: loads and products take turns. */
  readonly stages: number;
  /** What a pipeline of several stages does not hide (gemm/overlap.ts). */
  readonly overlapLoss: number;
}

/** What a slot of an SM does with a tile. */
export const timelineStages = ['fill', 'main', 'drain', 'barrier', 'reduce'] as const;
export type TimelineStage = (typeof timelineStages)[number];

/** A stage of a tile (or of a share of one) in a slot of an SM. */
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

/** What ran where and when. */
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
