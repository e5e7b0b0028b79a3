import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bandwidth_bytesPerSecond,
  peakBandwidth_bytesPerSecond,
  refreshShare,
  streamingEfficiency,
  unloadedLatency_ns,
} from '../../../src/accelerator/dram/bandwidth.js';
import { burstBytes, streamingReads, type DramAccess, type DramStandard } from '../../../src/accelerator/dram/dram-standard.js';
import { reachedShare, rotatingBursts, runSequence, wholeRow, type Burst } from './command-sequence.js';
import { memories, memory, timingOf, unrefreshed } from './memories.js';
import { seededRandom } from '../../../src/numeric/random.js';

const names = memories.map(({ name }) => name);
const efficiency = (name: string, access: DramAccess): number => streamingEfficiency(memory(name), access) as number;
const bursts = 2400;

describe('the memories that ship', () => {
  it('cover DDR4, LPDDR4, LPDDR5, GDDR6, HBM2, HBM2e and HBM3', () => {
    expect(names).toEqual(expect.arrayContaining(['ddr4', 'lpddr4', 'lpddr5', 'gddr6', 'hbm2', 'hbm2e', 'hbm3']));
  });

  it.each([
    ['ddr4', 25.6],
    ['lpddr4', 25.6],
    ['lpddr5', 51.2],
    ['gddr6', 56],
    ['hbm2', 256],
    ['hbm2e', 460.8],
    ['hbm3', 819.2],
  ])('give %s the peak of rate x width / 8, %d GB/s', (name, peak) => {
    expect(peakBandwidth_bytesPerSecond(memory(name), memory(name).channels) / 1e9).toBeCloseTo(peak, 9);
  });

  it.each(names)('let a burst of %s last as long as its transfers take, to 2 %', (name) => {
    const { burstLength, dataRate_MTps } = memory(name);
    const { nBL, tCK_ps } = timingOf(memory(name));
    expect((nBL * tCK_ps) / ((burstLength / dataRate_MTps) * 1e6)).toBeCloseTo(1, 1.7);
  });

  it.each(names)('keep the row cycle of %s at least as long as its parts', (name) => {
    const { nRC, nRAS, nRP, nRCD, nRTP, nCCDS, nCCDL, nRRDS, nRRDL, nWTRS, nWTRL } = timingOf(memory(name));
    expect(nRC).toBeGreaterThanOrEqual(nRAS + nRP - 1);
    expect(nRAS).toBeGreaterThanOrEqual(nRCD + nRTP - 1);
    expect(nCCDL).toBeGreaterThanOrEqual(nCCDS);
    expect(nRRDL).toBeGreaterThanOrEqual(nRRDS);
    expect(nWTRL).toBeGreaterThanOrEqual(nWTRS);
  });

  it.each(names)('answer one read of %s after activate, column latency and burst', (name) => {
    const timing = timingOf(memory(name));
    const clocks = timing.nRCD + timing.nCL + timing.nBL;
    expect(unloadedLatency_ns(memory(name))).toBe((clocks * timing.tCK_ps) / 1000);
    const [first] = rotatingBursts(memory(name), 1, 1, () => false);
    expect(runSequence(memory(name), [first as Burst]).firstData).toBe(clocks);
  });

  it.each(names)('stream %s at 90 % of its peak or more before refresh', (name) => {
    expect(streamingEfficiency(unrefreshed(memory(name)), streamingReads)).toBeGreaterThanOrEqual(0.9);
  });
});

describe('the closed form of DRAM bandwidth', () => {
  it.each(names)('meets the ticked channel of %s within 1 % when rows are read whole', (name) => {
    const { clocks, activates } = runSequence(
      memory(name),
      rotatingBursts(memory(name), bursts, wholeRow(memory(name)), () => false),
    );
    const closed = streamingEfficiency(unrefreshed(memory(name)), streamingReads) as number;
    expect(Math.abs(closed / reachedShare(memory(name), bursts, clocks) - 1)).toBeLessThan(0.01);
    expect(activates).toBeGreaterThanOrEqual(Math.floor(bursts / wholeRow(memory(name))));
  });

  it.each(names)('meets the ticked channel of %s within 1 percent with refresh', (name) => {
    const count = 20 * bursts;
    const { clocks, refreshes } = runSequence(
      memory(name),
      rotatingBursts(memory(name), count, wholeRow(memory(name)), () => false),
      {
        refresh: true,
      },
    );
    expect(refreshes).toBeGreaterThan(2);
    const ratio = efficiency(name, streamingReads) / reachedShare(memory(name), count, clocks);
    expect(Math.abs(ratio - 1)).toBeLessThan(0.01);
  });

  it.each(names.flatMap((name) => [[name, 2, 0.5] as const, [name, 16, 0.5] as const, [name, 64, 0.25] as const]))(
    'meets it within 1 percent when %s turns every %d bursts, %d of them writes',
    (name, turn, writeShare) => {
      const write = (index: number): boolean => index % turn >= turn * (1 - writeShare);
      const { clocks } = runSequence(memory(name), rotatingBursts(memory(name), bursts, wholeRow(memory(name)), write));
      const closed = streamingEfficiency(unrefreshed(memory(name)), { ...streamingReads, writeShare, burstsPerTurn: turn }) as number;
      expect(Math.abs(closed / reachedShare(memory(name), bursts, clocks) - 1)).toBeLessThan(0.01);
    },
  );

  it.each(names.flatMap((name) => [1, 2, 4].map((perRow) => [name, perRow] as const)))(
    'is an upper bound for %s with %d bursts per row, at most 7 percent above the ticked channel',
    (name, perRow) => {
      const { clocks } = runSequence(
        memory(name),
        rotatingBursts(memory(name), bursts, perRow, () => false),
      );
      const closed = streamingEfficiency(unrefreshed(memory(name)), { ...streamingReads, rowHitRate: 1 - 1 / perRow }) as number;
      const ratio = closed / reachedShare(memory(name), bursts, clocks);
      expect(ratio).toBeGreaterThan(0.999);
      expect(ratio).toBeLessThan(1.07);
    },
  );

  it.each(names)('is within 13 % of the ticked channel of %s for rows in random banks, whatever their length and the turns', (name) => {
    const standard = memory(name);
    const cases = [
      [1, 0],
      [1, 16],
      [2, 0],
      [4, 2],
      [16, 64],
    ] as const;
    for (const [perRow, turn] of cases) {
      const { clocks } = runSequence(
        standard,
        randomBursts(standard, perRow, (index) => turn > 0 && index % turn >= turn / 2),
      );
      const access = { writeShare: turn === 0 ? 0 : 0.5, burstsPerTurn: Math.max(turn, 2), rowHitRate: 1 - 1 / perRow };
      const closed = streamingEfficiency(unrefreshed(standard), { ...access, rowOrder: 'random' }) as number;
      expect(Math.abs(closed / reachedShare(standard, bursts, clocks) - 1), `${perRow} per row, turn ${turn}`).toBeLessThan(0.13);
    }
  });
});

/** Rows of `perRow` bursts in banks at random. */
function randomBursts(standard: DramStandard, perRow: number, write: (index: number) => boolean): Burst[] {
  const random = seededRandom(7);
  return Array.from({ length: bursts / perRow }, () => ({
    group: random.integer(standard.bankGroups),
    bank: random.integer(standard.banksPerGroup),
    row: random.integer(1 << 14),
  })).flatMap((place, row) => Array.from({ length: perRow }, (_, i) => ({ ...place, write: write(row * perRow + i) })));
}

describe('the share of the peak', () => {
  const access = fc.record({
    writeShare: fc.double({ min: 0, max: 1, noNaN: true }),
    burstsPerTurn: fc.integer({ min: 2, max: 4096 }),
    rowHitRate: fc.double({ min: 0, max: 1, noNaN: true }),
    rowOrder: fc.constantFrom('rotating' as const, 'random' as const),
  });
  const name = fc.constantFrom(...names);

  it('lies in (0, 1] for every memory and access', () => {
    fc.assert(
      fc.property(name, access, (memoryName, pattern) => {
        const share = efficiency(memoryName, pattern);
        expect(share).toBeGreaterThan(0);
        expect(share).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('never falls when turns get rarer, when rows rotate instead of falling anywhere, or when more bursts hit a row of the rotation', () => {
    fc.assert(
      fc.property(name, access, fc.double({ min: 0, max: 1, noNaN: true }), (memoryName, pattern, share) => {
        const here = efficiency(memoryName, pattern) * (1 - 1e-12);
        const hits = pattern.rowHitRate + (1 - pattern.rowHitRate) * share;
        const rotating = { ...pattern, rowOrder: 'rotating' as const };
        expect(efficiency(memoryName, { ...rotating, rowHitRate: hits })).toBeGreaterThanOrEqual(
          efficiency(memoryName, rotating) * (1 - 1e-12),
        );
        expect(efficiency(memoryName, { ...pattern, burstsPerTurn: pattern.burstsPerTurn * 2 })).toBeGreaterThanOrEqual(here);
        expect(efficiency(memoryName, rotating)).toBeGreaterThanOrEqual(here);
      }),
    );
  });

  it('grows linearly with the channels', () => {
    fc.assert(
      fc.property(name, access, fc.integer({ min: 1, max: 64 }), (memoryName, pattern, channels) => {
        const one = bandwidth_bytesPerSecond(memory(memoryName), 1, pattern) as number;
        expect(bandwidth_bytesPerSecond(memory(memoryName), channels, pattern)).toBeCloseTo(one * channels, -3);
      }),
    );
  });

  it('is half when a memory without bank groups must wait two bursts between columns, and whole at exactly one', () => {
    const ddr4 = unrefreshed(memory('ddr4'));
    const alone = (nCCDL: number) => ({ ...ddr4, bankGroups: 1, banksPerGroup: 16, timing: { ...timingOf(ddr4), nCCDL } });
    expect(streamingEfficiency(alone(4), streamingReads)).toBe(1);
    expect(streamingEfficiency(alone(5), streamingReads)).toBe(0.8);
    expect(streamingEfficiency(alone(8), streamingReads)).toBe(0.5);
  });

  it('charges refresh with the rows it closes and opens, and nothing while it is unknown', () => {
    const timing = timingOf(memory('ddr4'));
    expect(refreshShare(timing)).toBe((12 + 22 + 560 + 22) / 12480);
    expect(refreshShare({ ...timing, nREFI: null })).toBe(0);
    expect(refreshShare({ ...timing, nRFC: null })).toBe(0);
  });

  it('is unknown with the timing, as is the latency, while the peak is not', () => {
    const untimed = { ...memory('hbm3'), timing: null };
    expect(streamingEfficiency(untimed, streamingReads)).toBeNull();
    expect(bandwidth_bytesPerSecond(untimed, 1, streamingReads)).toBeNull();
    expect(unloadedLatency_ns(untimed)).toBeNull();
    expect(peakBandwidth_bytesPerSecond(untimed, 32)).toBeCloseTo(819.2e9, 0);
  });

  it('takes bursts of 32 bytes from HBM and GDDR6, 64 from a DDR4 module', () => {
    expect(['hbm2', 'hbm3', 'gddr6', 'ddr4'].map((each) => burstBytes(memory(each)))).toEqual([32, 32, 32, 64]);
  });
});
