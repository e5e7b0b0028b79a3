import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gpuExplainer } from '../../../src/gpu/explain.js';
import type { GpuRun } from '../../../src/gpu/gpu-run.js';
import { plainSchedules, cometScheduleNames } from '../../../src/gpu/timeline/schedules/schedule-name.js';
import type { LayerTrace } from '../../../src/trace/layer-trace.js';
import { card, gemm, run } from '../cards.js';

const int4 = ['int4-g128', 'int4-g128'] as const;
const layer = gemm([256, 2048, 2048], int4);
const seconds = (settings: readonly string[], rows: readonly LayerTrace[] = [layer], name = 'a100-80gb-sxm'): number =>
  run(card(name, settings, ['comet-w4ax']), rows).totals.latency_s;
const comet = (schedule: string, share: number, name?: string): number =>
  seconds([`schedule=${schedule}`, `w4a4Share=${share}`], [layer], name);

describe('the share of W4A4 blocks of COMET', () => {
  it.each(['a100-80gb-sxm', 'l40s'])(
    'on %s is worth time: all of them W4A4 is faster than all of them W4A8, under every schedule',
    (name) => {
      for (const schedule of cometScheduleNames) {
        expect(comet(schedule, 1, name)).toBeLessThan(comet(schedule, 0, name));
      }
    },
  );

  it('makes schedules differ only between its ends, where they come in the order of the paper', () => {
    const [barriered, free, remapped, decomposed] = cometScheduleNames.map((schedule) => comet(schedule, 0.75)) as [
      number,
      number,
      number,
      number,
    ];
    expect(free).toBeLessThanOrEqual(barriered);
    expect(remapped).toBeLessThanOrEqual(free * 1.001);
    expect(decomposed).toBeLessThanOrEqual(remapped);
    expect(decomposed).toBeLessThan(barriered);
    // Tiles of one cost: dealing them differently changes nothing.
    expect(comet('remapped', 1) / comet('barrier-free', 1)).toBeCloseTo(1, 6);
    expect(comet('remapped', 0) / comet('barrier-free', 0)).toBeCloseTo(1, 6);
  });

  it('is 0.75, and the schedule decomposed, unless given', () => {
    expect(seconds([])).toBe(comet('decomposed', 0.75));
    const { notes } = run(card('a100-80gb-sxm', ['w4a4Share=0.5', 'schedule=remapped'], ['comet-w4ax']), [layer]);
    expect(notes.join('\n')).toContain('50 % of the blocks of channels are W4A4');
    expect(notes.join('\n')).toContain('schedule remapped: comet-w4ax;');
  });

  it('has causes that sum to the time, and explains to the same number', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...cometScheduleNames),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 600 }),
        (schedule, share, m) => {
          const setup = card('a100-80gb-sxm', [`schedule=${schedule}`, `w4a4Share=${share}`], ['comet-w4ax']);
          const row = gemm([m, 2048, 1024], int4);
          const result = run(setup, [row]);
          const { cycles } = result.layers[0]!;
          const causes = Object.entries(cycles).filter(([name]) => name !== 'total');
          for (const [, value] of causes) expect(value).toBeGreaterThanOrEqual(0);
          expect(causes.reduce((sum, [, value]) => sum + value, 0) / cycles.total).toBeCloseTo(1, 9);
          const latency = gpuExplainer(result.hardware as GpuRun)
            .explain(row)
            .find(({ name }) => name === 'latency');
          expect(latency?.value).toBeCloseTo(cycles.total, 3);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('mixes the energies of both precisions', () => {
    const energy = (share: number): number => {
      const result = run(card('a100-80gb-sxm', [`w4a4Share=${share}`], ['comet-w4ax']), [layer]);
      return result.layers[0]?.energy_pJ.pe ?? NaN;
    };
    expect(energy(0.5) / ((energy(0) + energy(1)) / 2)).toBeCloseTo(1, 9);
    expect(energy(1)).toBeLessThan(energy(0));
  });
});

describe('the schedule of a kernel of one precision', () => {
  const plain = gemm([500, 5000, 4096]);
  const time = (settings: readonly string[]): number => run(card('a100-80gb-sxm', settings), [plain]).totals.latency_s;

  it('is its own as waves, to the last bit, and any of those it can run', () => {
    expect(time(['schedule=waves'])).toBe(time([]));
    for (const schedule of plainSchedules) expect(Math.abs(time([`schedule=${schedule}`]) / time([]) - 1)).toBeLessThan(0.5);
  });

  it('pays first loads once per block when persistent, so that it is faster than in several waves', () => {
    const large = (schedule: string): number =>
      run(card('a100-80gb-sxm', [`schedule=${schedule}`]), [gemm([4096, 8192, 1024])]).totals.latency_s;
    expect(large('persistent')).toBeLessThan(large('waves'));
  });

  it('is followed by those kernels of a run that can, and told', () => {
    const setup = card('a100-80gb-sxm', ['schedule=remapped'], ['comet-w4ax']);
    const { notes } = run(setup, [layer, plain]);
    expect(notes.join('\n')).toContain('schedule remapped: comet-w4ax; by their own: dense');
  });

  it.each<[readonly string[], readonly string[], readonly LayerTrace[], RegExp]>([
    [
      ['schedule=remapped'],
      [],
      [plain],
      /no kernel of the workload can run the schedule remapped: dense; expected one of: waves, static-waves/,
    ],
    [['schedule=stream-k'], ['comet-w4ax'], [layer], /can run the schedule stream-k: comet-w4ax; expected one of: barriered/],
    [['w4a4Share=0.5'], [], [plain], /no kernel of the workload has two precisions: dense.*--kernel comet-w4ax/],
  ])('is refused where no kernel can: %j %j', (settings, named, rows, message) => {
    expect(() => run(card('a100-80gb-sxm', settings, named), rows)).toThrow(message);
  });

  it('has the names that the card file allows, and a share from 0 to 1', () => {
    expect(() => card('a100-80gb-sxm', ['schedule=random'])).toThrow(/schedule.*random/);
    expect(() => card('a100-80gb-sxm', ['w4a4Share=1.01'])).toThrow(/w4a4Share/);
    expect(() => card('a100-80gb-sxm', ['w4a4Share=-0.01'])).toThrow(/w4a4Share/);
  });
});
