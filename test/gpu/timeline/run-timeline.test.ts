import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { homogeneousMakespan_s } from './homogeneous.js';
import { runTimeline } from '../../../src/gpu/timeline/run-timeline.js';
import { barrierFree } from '../../../src/gpu/timeline/schedules/barrier-free.js';
import { barriered } from '../../../src/gpu/timeline/schedules/barriered.js';
import { decomposed } from '../../../src/gpu/timeline/schedules/decomposed.js';
import { persistent, waves } from '../../../src/gpu/timeline/schedules/persistent.js';
import { remapped } from '../../../src/gpu/timeline/schedules/remapped.js';
import { splitK } from '../../../src/gpu/timeline/schedules/split-k.js';
import { staticWaves } from '../../../src/gpu/timeline/schedules/static-waves.js';
import { streamK } from '../../../src/gpu/timeline/schedules/stream-k.js';
import { mainAlone_s } from '../../../src/gpu/timeline/main-time.js';
import type { SchedulePolicy } from '../../../src/gpu/timeline/schedules/sm-schedule.js';
import type { SmMachine, SmTimeline, TileWork } from '../../../src/gpu/timeline/sm-timeline.js';
import '../../property-seed.js';

const free: SmMachine = { sms: 4, slotsPerSm: 1, l2PerSm_Bps: Infinity, dram_Bps: Infinity, stages: 2, overlapLoss: 0 };
const plain: TileWork = { id: 0, label: '', compute_s: 1, fill_s: 0, drain_s: 0, l2_bytes: 0, dram_bytes: 0 };
const times = (count: number, tile: Partial<TileWork>): TileWork[] => Array.from({ length: count }, (_, id) => ({ ...plain, ...tile, id }));

const policies: Record<string, SchedulePolicy> = {
  staticWaves,
  waves,
  persistent,
  barriered,
  barrierFree,
  remapped,
  idealDecomposition: decomposed({ minimumShare: 0, reduce_s: 0 }),
  stealing: decomposed({ minimumShare: 1 / 4, reduce_s: 0.1 }),
  streamK: streamK({ stepsPerTile: 8, reduce_s: 0.1 }),
  splitK: splitK({ parts: 3, reduce_s: 0.1 }),
};

const tileArbitrary = fc.record({
  compute_s: fc.constantFrom(0.5, 1, 2, 2.3),
  fill_s: fc.constantFrom(0, 0.1, 0.25),
  drain_s: fc.constantFrom(0, 0.2),
  l2_bytes: fc.constantFrom(0, 1, 3),
  dram_bytes: fc.constantFrom(0, 1, 2),
});
const tilesArbitrary = fc
  .array(tileArbitrary, { minLength: 1, maxLength: 40 })
  .map((list) => list.map((tile, id): TileWork => ({ ...tile, id, label: '' })));
const machineArbitrary = fc.record({
  sms: fc.integer({ min: 1, max: 6 }),
  slotsPerSm: fc.integer({ min: 1, max: 3 }),
  l2PerSm_Bps: fc.constantFrom(Infinity, 1, 3),
  dram_Bps: fc.constantFrom(Infinity, 1.5, 6),
  stages: fc.constantFrom(1, 2, 4),
  overlapLoss: fc.constantFrom(0, 0.3, 0.5),
});
const anyRun = fc.tuple(tilesArbitrary, machineArbitrary, fc.constantFrom(...Object.keys(policies)));

const run = (tiles: readonly TileWork[], machine: SmMachine, name: string): SmTimeline =>
  runTimeline(tiles, policies[name]!(tiles, machine), machine);

describe('the timeline of SMs', () => {
  it('does every tile exactly once, whole or in parts', () => {
    fc.assert(
      fc.property(anyRun, ([tiles, machine, name]) => {
        const done = new Float64Array(tiles.length);
        for (const { stage, tile, share } of run(tiles, machine, name).events) if (stage === 'main') done[tile] = done[tile]! + share;
        for (const share of done) expect(share).toBeCloseTo(1, 9);
      }),
      { numRuns: 150 },
    );
  });

  it('never holds two tiles in one slot, nor a tile on an SM or slot that does not exist', () => {
    fc.assert(
      fc.property(anyRun, ([tiles, machine, name]) => {
        const bySlot = new Map<number, { start_s: number; end_s: number }[]>();
        for (const event of run(tiles, machine, name).events) {
          expect(event.sm).toBeLessThan(machine.sms);
          expect(event.slot).toBeLessThan(machine.slotsPerSm);
          const key = event.sm * machine.slotsPerSm + event.slot;
          bySlot.set(key, [...(bySlot.get(key) ?? []), event]);
        }
        for (const events of bySlot.values()) {
          events.sort((a, b) => a.start_s - b.start_s);
          events.slice(1).forEach((event, i) => expect(event.start_s).toBeGreaterThanOrEqual(events[i]!.end_s));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is never faster than the cores, the bandwidth of all and the longest tile allow', () => {
    fc.assert(
      fc.property(anyRun, ([tiles, machine, name]) => {
        const { makespan_s } = run(tiles, machine, name);
        const total = (value: (tile: TileWork) => number): number => tiles.reduce((sum, tile) => sum + value(tile), 0);
        const least = Math.max(
          total((tile) => tile.compute_s) / machine.sms,
          total((tile) => tile.dram_bytes) / machine.dram_Bps,
          total((tile) => tile.l2_bytes) / (machine.sms * machine.l2PerSm_Bps),
        );
        expect(makespan_s).toBeGreaterThanOrEqual(least * (1 - 1e-9));
        if (['idealDecomposition', 'stealing', 'streamK', 'splitK'].includes(name)) return;
        const longest = Math.max(...tiles.map((tile) => mainAlone_s(tile, { ...machine, stages: 2, overlapLoss: 0 }) + tile.drain_s));
        expect(makespan_s).toBeGreaterThanOrEqual(longest * (1 - 1e-9));
      }),
      { numRuns: 200 },
    );
  });

  it('keeps every SM busy or idle for the whole makespan: the idle share says which', () => {
    fc.assert(
      fc.property(anyRun, ([tiles, machine, name]) => {
        const { idleShare, events, makespan_s } = run(tiles, { ...machine, slotsPerSm: 1 }, name);
        const busy = events.filter((event) => event.stage !== 'barrier').reduce((sum, event) => sum + event.end_s - event.start_s, 0);
        expect(1 - idleShare).toBeCloseTo(busy / machine.sms / makespan_s, 6);
      }),
      { numRuns: 100 },
    );
  });

  it('does not slow down when each tile of a static mapping needs less', () => {
    fc.assert(
      fc.property(tilesArbitrary, machineArbitrary, ([first, ...rest], machine) => {
        const less = [{ ...first!, compute_s: first!.compute_s / 2 }, ...rest];
        const queues = { ...machine, dram_Bps: Infinity, slotsPerSm: 1 };
        expect(run(less, queues, 'staticWaves').makespan_s).toBeLessThanOrEqual(
          run([first!, ...rest], queues, 'staticWaves').makespan_s + 1e-9,
        );
      }),
      { numRuns: 100 },
    );
  });

  it('gives the same makespan for any order of equal tiles and any naming of SMs', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6, maxLength: 6 }),
        (count, order) => {
          const tiles = times(count, { dram_bytes: 1 });
          const machine = { ...free, sms: 6, dram_Bps: 4 };
          const schedule = staticWaves(tiles, machine);
          const queues = order.map((sm) => [...schedule.tile.slice(schedule.offsets[sm], schedule.offsets[sm + 1])].reverse());
          const offsets = Int32Array.from([0, ...order.map((_, i) => queues.slice(0, i + 1).flat().length)]);
          const permuted = { ...schedule, tile: Int32Array.from(queues.flat()), offsets };
          expect(runTimeline(tiles, permuted, machine).makespan_s).toBeCloseTo(runTimeline(tiles, schedule, machine).makespan_s, 12);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('gives the same bytes on every run', () => {
    const tiles = Array.from({ length: 60 }, (_, id) => ({ ...plain, id, compute_s: 1 + (id % 7) / 3, dram_bytes: id % 5 }));
    const machine = { ...free, slotsPerSm: 2, dram_Bps: 3, overlapLoss: 0.2 };
    for (const name of Object.keys(policies)) expect(run(tiles, machine, name)).toEqual(run(tiles, machine, name));
  });

  it('agrees with the closed form on equal tiles', () => {
    const tile = fc.record({
      compute_s: fc.double({ min: 0.1, max: 3, noNaN: true }),
      fill_s: fc.double({ min: 0, max: 1, noNaN: true }),
      drain_s: fc.double({ min: 0, max: 1, noNaN: true }),
      l2_bytes: fc.double({ min: 0, max: 3, noNaN: true }),
      dram_bytes: fc.double({ min: 0, max: 3, noNaN: true }),
      latency_s: fc.double({ min: 0, max: 4, noNaN: true }),
    });
    fc.assert(
      fc.property(tile, machineArbitrary, fc.integer({ min: 1, max: 60 }), (work, machine, count) => {
        const tiles = times(count, work);
        const expected = homogeneousMakespan_s(tiles[0]!, count, machine);
        for (const name of ['waves', 'staticWaves']) {
          const ratio = run(tiles, machine, name).makespan_s / expected;
          expect(Math.abs(ratio - 1)).toBeLessThan(0.02);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('tiles that share', () => {
  it('wait for DRAM together, and not at all when it suffices', () => {
    const tiles = times(4, { dram_bytes: 1 });
    expect(run(tiles, { ...free, dram_Bps: 2 }, 'waves').makespan_s).toBeCloseTo(2, 12);
    expect(run(tiles, { ...free, dram_Bps: 4 }, 'waves').makespan_s).toBeCloseTo(1, 12);
    expect(run(tiles, { ...free, dram_Bps: 3.999 }, 'waves').makespan_s).toBeGreaterThan(1);
  });

  it('leave to others the bandwidth that they cannot use', () => {
    // One tile takes 0.5 a second, the other could take 10: it gets the 1.5 that are left.
    const tiles = [...times(1, { dram_bytes: 0.5 }), { ...plain, id: 1, compute_s: 0.1, dram_bytes: 1 }];
    const { events } = run(tiles, { ...free, dram_Bps: 2 }, 'waves');
    expect(events.map(({ tile, end_s }) => [tile, Number(end_s.toFixed(9))])).toEqual([
      [1, Number((1 / 1.5).toFixed(9))],
      [0, 1],
    ]);
  });

  it('share the cores of their SM, and only those', () => {
    expect(run(times(8, {}), { ...free, slotsPerSm: 2 }, 'waves').makespan_s).toBe(2);
    expect(run(times(4, {}), { ...free, slotsPerSm: 2 }, 'waves').makespan_s).toBe(1);
    expect(run(times(5, {}), { ...free, slotsPerSm: 2 }, 'waves').makespan_s).toBe(2);
  });

  it('take turns with their loads without a pipeline', () => {
    const machine = { ...free, sms: 1, dram_Bps: 2 };
    expect(run(times(3, { dram_bytes: 1 }), { ...machine, stages: 1 }, 'waves').makespan_s).toBeCloseTo(4.5, 12);
    expect(run(times(3, { dram_bytes: 1 }), machine, 'waves').makespan_s).toBeCloseTo(3, 12);
  });

  it('take at least the latency of their k-loop, alone or with others', () => {
    const machine = { ...free, slotsPerSm: 3 };
    expect([4, 8, 12].map((count) => run(times(count, { latency_s: 2 }), machine, 'waves').makespan_s)).toEqual([2, 2, 3]);
  });
});

describe('schedules', () => {
  it('let fill and drain of a tile run under the products of its neighbour', () => {
    const machine = { ...free, sms: 1, slotsPerSm: 2 };
    const tiles = [...times(1, { fill_s: 1 }), { ...plain, id: 1, drain_s: 1 }];
    expect(run(tiles, machine, 'waves').makespan_s).toBe(2);
  });

  it('pay the first loads once when thread blocks are persistent', () => {
    const tiles = times(8, { fill_s: 0.25 });
    expect([run(tiles, free, 'waves').makespan_s, run(tiles, free, 'persistent').makespan_s]).toEqual([2.5, 2.25]);
  });

  it('divide k-steps evenly with stream-K, down to one step', () => {
    // 5 tiles of 8 steps on 4 SMs: 10 steps each, where waves need 16.
    const tiles = times(5, {});
    const stream = runTimeline(tiles, streamK({ stepsPerTile: 8, reduce_s: 0 })(tiles, free), free);
    expect(stream.makespan_s).toBeCloseTo(10 / 8, 12);
    const one = runTimeline(times(1, {}), streamK({ stepsPerTile: 2, reduce_s: 0 })(times(1, {}), free), free);
    expect(one.makespan_s).toBeCloseTo(1 / 2, 12);
  });

  it('add up the parts of a cut tile after the last of them', () => {
    const tiles = times(1, {});
    const { makespan_s, events } = runTimeline(tiles, splitK({ parts: 4, reduce_s: 0.5 })(tiles, free), free);
    expect(makespan_s).toBe(0.75);
    expect(events.filter((event) => event.stage === 'reduce')).toHaveLength(1);
  });

  it('hold SMs at barriers until the slowest tile of the wave is done', () => {
    const tiles = [2, 1, 1, 2].map((compute_s, id) => ({ ...plain, id, compute_s }));
    const { makespan_s, events, idleShare } = run(tiles, { ...free, sms: 2 }, 'barriered');
    expect(makespan_s).toBe(4);
    expect(idleShare).toBe(0.25);
    expect(events.filter((event) => event.stage === 'barrier')).toMatchObject([{ sm: 1, start_s: 1, end_s: 2, tile: 3 }]);
  });
});
