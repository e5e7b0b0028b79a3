/**
 * COMET's picture of its schedules: 18 tiles on 4 SMs, even ones W4A8 (2 units of time), odd ones W4A4 (1 unit), on the timeline of SMs.
 * Source: COMET (ASPLOS 2025, arXiv 2410.12168), figure of SM scheduling. Decomposition at its ideal limit: parts of any size, added up for nothing.
 */
import { runTimeline } from '../gpu/timeline/run-timeline.js';
import { decomposed, smSchedules } from '../gpu/timeline/schedules/index.js';
import type { SchedulePolicy } from '../gpu/timeline/schedules/sm-schedule.js';
import type { SmMachine, TileWork } from '../gpu/timeline/sm-timeline.js';

const tiles = Array.from({ length: 18 }, (_, id): TileWork => {
  const high = id % 2 === 0;
  return { id, label: high ? 'W4A8' : 'W4A4', compute_s: high ? 2 : 1, fill_s: 0, drain_s: 0, l2_bytes: 0, dram_bytes: 0 };
});
/** Memory is no part of the picture. */
const machine: SmMachine = { sms: 4, slotsPerSm: 1, l2PerSm_Bps: Infinity, dram_Bps: Infinity, stages: 2, overlapLoss: 0 };

/** The schedules of the picture by their names in the table of published cells. */
export const exampleSchedules: Readonly<Record<string, SchedulePolicy>> = {
  naive: smSchedules.barriered,
  'barrier-free': smSchedules['barrier-free'],
  remapped: smSchedules.remapped,
  decomposed: decomposed({ minimumShare: 0, reduce_s: 0 }),
};

/** Units of time until the last tile is done. */
export function exampleUnits(policy: SchedulePolicy): number {
  return runTimeline(tiles, policy(tiles, machine), machine).makespan_s;
}
