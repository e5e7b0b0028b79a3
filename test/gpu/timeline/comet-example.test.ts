import { describe, expect, it } from 'vitest';
import { runTimeline } from '../../../src/gpu/timeline/run-timeline.js';
import { barrierFree } from '../../../src/gpu/timeline/schedules/barrier-free.js';
import { barriered } from '../../../src/gpu/timeline/schedules/barriered.js';
import { decomposed } from '../../../src/gpu/timeline/schedules/decomposed.js';
import { remapped } from '../../../src/gpu/timeline/schedules/remapped.js';
import type { SchedulePolicy } from '../../../src/gpu/timeline/schedules/sm-schedule.js';
import type { SmMachine, TileWork } from '../../../src/gpu/timeline/sm-timeline.js';

/** COMET (ASPLOS 2025), figure of SM scheduling: 18 tiles on 4 SMs, even tiles INT8 of cost 2, odd ones INT4 of cost 1. */
const tiles = Array.from({ length: 18 }, (_, id): TileWork => ({
  id,
  label: id % 2 === 0 ? 'W4A8' : 'W4A4',
  compute_s: id % 2 === 0 ? 2 : 1,
  fill_s: 0,
  drain_s: 0,
  l2_bytes: 0,
  dram_bytes: 0,
}));
const machine: SmMachine = { sms: 4, slotsPerSm: 1, l2PerSm_Bps: Infinity, dram_Bps: Infinity, stages: 2, overlapLoss: 0 };
const run = (policy: SchedulePolicy) => runTimeline(tiles, policy(tiles, machine), machine);
const queues = (policy: SchedulePolicy): number[][] => {
  const { events } = run(policy);
  return [0, 1, 2, 3].map((sm) => events.filter((event) => event.sm === sm && event.stage === 'main').map((event) => event.tile));
};

describe('the 18 tiles on 4 SMs of COMET', () => {
  it('take 10 with barriers, 10 without, 8 remapped and 6.75 at the ideal limit of decomposition', () => {
    const policies = [barriered, barrierFree, remapped, decomposed({ minimumShare: 0, reduce_s: 0 })];
    expect(policies.map((policy) => run(policy).makespan_s)).toEqual([10, 10, 8, 6.75]);
  });

  it('leave SMs idle for 32.5 %, 32.5 %, 15.6 % and 0 % of the time', () => {
    const policies = [barriered, barrierFree, remapped, decomposed({ minimumShare: 0, reduce_s: 0 })];
    const idle = policies.map((policy) => run(policy).idleShare);
    [0.325, 0.325, 0.15625, 0].forEach((share, i) => expect(idle[i]).toBeCloseTo(share, 12));
  });

  it('are mapped as in the paper', () => {
    expect(queues(barrierFree)).toEqual([
      [0, 4, 8, 12, 16],
      [1, 5, 9, 13, 17],
      [2, 6, 10, 14],
      [3, 7, 11, 15],
    ]);
    expect(queues(remapped)).toEqual([
      [0, 5, 8, 13, 16],
      [1, 4, 9, 12, 17],
      [2, 7, 10, 15],
      [3, 6, 11, 14],
    ]);
  });

  it('are decomposed by cutting only tiles 16 and 17, which all SMs then share', () => {
    const { events } = run(decomposed({ minimumShare: 0, reduce_s: 0 }));
    const cut = events.filter((event) => event.share < 1);
    expect(new Set(cut.map((event) => event.tile))).toEqual(new Set([16, 17]));
    expect(new Set(cut.map((event) => event.sm))).toEqual(new Set([0, 1, 2, 3]));
  });

  it('end between the ideal limit and the remapped schedule when only whole pieces can be stolen', () => {
    const makespans = [1 / 16, 1 / 8, 1 / 4, 1 / 2].map((minimumShare) => run(decomposed({ minimumShare, reduce_s: 0 })).makespan_s);
    expect(makespans).toEqual([6.75, 6.75, 7, 7]);
    for (const makespan of makespans) expect(makespan).toBeLessThan(8);
  });
});
