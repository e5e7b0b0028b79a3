/**
 * The record of an event-driven run of tiles on SMs: what ran where and when. Exported as a Perfetto trace and as a Gantt picture.
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
}

export interface TimelineEvent {
  readonly sm: number;
  readonly slot: number;
  readonly tile: number;
  readonly stage: 'fill' | 'main' | 'drain' | 'barrier' | 'reduce';
  readonly start_s: number;
  readonly end_s: number;
}

export interface SmTimeline {
  readonly makespan_s: number;
  readonly sms: number;
  readonly slotsPerSm: number;
  readonly events: readonly TimelineEvent[];
  /** Share of SM time in which no tile of the SM was in work. */
  readonly idleShare: number;
}
