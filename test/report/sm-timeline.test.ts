import { describe, expect, it } from 'vitest';
import { runTimeline } from '../../src/gpu/timeline/run-timeline.js';
import { cometSchedules } from '../../src/gpu/timeline/comet/w4ax-study.js';
import { staticWaves } from '../../src/gpu/timeline/schedules/static-waves.js';
import type { SmMachine, SmTimeline, TileWork } from '../../src/gpu/timeline/sm-timeline.js';
import { toPerfetto } from '../../src/report/perfetto.js';
import { toSmGantt } from '../../src/report/sm-gantt.js';

const machine: SmMachine = { sms: 4, slotsPerSm: 1, l2PerSm_Bps: Infinity, dram_Bps: Infinity, stages: 2, overlapLoss: 0 };
const tile = (id: number): TileWork => ({
  id,
  label: id % 2 === 0 ? 'W4A8' : 'W4A4',
  compute_s: id % 2 === 0 ? 2e-6 : 1e-6,
  fill_s: 1e-7,
  drain_s: 0,
  l2_bytes: 0,
  dram_bytes: 0,
});
const example = (name: keyof typeof cometSchedules): SmTimeline => {
  const tiles = Array.from({ length: 18 }, (_, id) => tile(id));
  return runTimeline(tiles, cometSchedules[name](tiles, machine), machine);
};
const many = (): SmTimeline => {
  const tiles = Array.from({ length: 20_000 }, (_, id) => tile(id));
  const card = { ...machine, sms: 108, slotsPerSm: 2 };
  return runTimeline(tiles, staticWaves(tiles, card), card);
};

describe('a timeline of SMs as a Perfetto trace', () => {
  interface Trace {
    readonly traceEvents: { ph: string; name: string; pid: number; tid: number; ts?: number; dur?: number }[];
    readonly metadata: Record<string, unknown>;
  }
  const timeline = example('barriered');
  const trace = JSON.parse(toPerfetto(timeline, 'example')) as Trace;

  it('holds a complete event for every stage, in microseconds', () => {
    const stages = trace.traceEvents.filter(({ ph }) => ph === 'X');
    expect(stages).toHaveLength(timeline.events.length);
    for (const { ts, dur, pid } of stages) {
      expect(ts).toBeGreaterThanOrEqual(0);
      expect(dur).toBeGreaterThan(0);
      expect(pid).toBeLessThan(4);
    }
    expect(Math.max(...stages.map(({ ts = 0, dur = 0 }) => ts + dur))).toBeCloseTo(timeline.makespan_s * 1e6, 9);
    expect(new Set(stages.map(({ name }) => name))).toEqual(new Set(['fill', 'W4A8', 'W4A4', 'barrier']));
  });

  it('names SMs and slots, and says what it shows', () => {
    const names = trace.traceEvents.filter(({ ph }) => ph === 'M');
    expect(names.filter(({ name }) => name === 'process_name')).toHaveLength(4);
    expect(names.filter(({ name }) => name === 'thread_name')).toHaveLength(4);
    expect(trace.metadata).toMatchObject({ title: 'example', sms: 4, slotsPerSm: 1 });
  });
});

describe('a timeline of SMs as a Gantt picture', () => {
  const bars = (svg: string): number => [...svg.matchAll(/<title>/g)].length;

  it('draws a bar per stage with tile numbers, a legend, and the makespan', async () => {
    const svg = toSmGantt(example('barriered'), 'COMET <18 tiles>');
    expect(bars(svg)).toBe(example('barriered').events.length);
    for (const text of ['COMET &lt;18 tiles&gt;', '>W4A8<', '>W4A4<', 'waits at barrier', '18 tiles on 4 SMs', 'SM 3', 'time [us]']) {
      expect(svg).toContain(text);
    }
    await expect(svg).toMatchFileSnapshot('golden/sm-gantt.svg');
  });

  it('says of parts of a tile how large they are', () => {
    expect(toSmGantt(example('decomposed'), 'parts')).toMatch(/16 \(\d+ %\)/);
  });

  it('thins out what nobody could tell apart, and says so', () => {
    const timeline = many();
    const svg = toSmGantt(timeline, 'many');
    expect(timeline.events.length).toBeGreaterThan(20_000);
    expect(bars(svg)).toBeLessThan(12_000);
    expect(svg).toMatch(/2[2-4] of 108 SMs shown/);
    expect(svg.length).toBeLessThan(3e6);
  });

  it('is a whole picture for a timeline without tiles', () => {
    const nothing = runTimeline([], staticWaves([], machine), machine);
    expect(toSmGantt(nothing, 'nothing')).toContain('0 tiles on 4 SMs');
    expect((JSON.parse(toPerfetto(nothing, 'nothing')) as { traceEvents: unknown[] }).traceEvents).toHaveLength(12);
  });
});
