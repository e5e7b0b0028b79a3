import { describe, expect, it } from 'vitest';
import { loadAccelerator } from '../../src/config/catalogue.js';
import { LowbitError } from '../../src/lowbit-error.js';

const dram = (...settings: string[]) => loadAccelerator('bitmod', settings).config.dram;
const notes = (...settings: string[]): string => loadAccelerator('bitmod', settings).notes.join('\n');
const errorOf = (...settings: string[]): string => {
  try {
    loadAccelerator('bitmod', settings);
  } catch (error) {
    if (error instanceof LowbitError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('a memory with its channels', () => {
  it('gives bandwidth in bits per cycle: peak x share reached x 8 / clock', () => {
    const { bandwidth_bitsPerCycle, latency_ns, source } = dram('dram.preset=ddr4', 'dram.channels=2');
    const share = 1 - (12 + 22 + 560 + 22) / 12480;
    expect(bandwidth_bitsPerCycle).toBeCloseTo((51.2e9 * share * 8) / 1e9, 9);
    expect(latency_ns).toBe(30);
    expect(source).toMatch(
      /^ddr4, 2 channels: 51\.2 GB\/s peak, 95\.1 % of it reached; refresh takes 4\.9 % of the time \(timing read: Ramulator.*\); energy: Jouppi/,
    );
  });

  it('follows the clock of the accelerator', () => {
    const slow = dram('dram.preset=hbm2', 'dram.channels=16', 'clock_MHz=500').bandwidth_bitsPerCycle;
    expect(slow).toBe(2 * dram('dram.preset=hbm2', 'dram.channels=16').bandwidth_bitsPerCycle);
  });

  it('reaches less and pays more with writes between the reads and rows at random', () => {
    const streamed = dram('dram.preset=ddr4', 'dram.channels=1');
    const mixed = dram('dram.preset=ddr4', 'dram.channels=1', 'dram.access={ writeShare: 0.5, burstsPerTurn: 16 }');
    const random = dram('dram.preset=ddr4', 'dram.channels=1', 'dram.access={ rowHitRate: 0, rowOrder: random }');
    expect(mixed.bandwidth_bitsPerCycle).toBeLessThan(0.75 * streamed.bandwidth_bitsPerCycle);
    expect(mixed.energy_pJPerBit).toBe(20.3);
    expect(random.bandwidth_bitsPerCycle).toBeLessThan(0.3 * streamed.bandwidth_bitsPerCycle);
    expect(random.energy_pJPerBit).toBeCloseTo(20.3 + (4233.6 * (1 - 1 / 128)) / 512, 9);
    expect(random.source).toMatch(/activations beyond whole rows are added/);
  });

  it('leaves a bandwidth that is given as it is, and says with --set what the preset changes', () => {
    expect(dram('dram.preset=hbm2').bandwidth_bitsPerCycle).toBe(256);
    expect(notes('dram.preset=hbm2')).toMatch(/bandwidth and capacity are those of .*add dram\.channels/);
    expect(dram('dram.preset=hbm2', 'dram.channels=1', 'dram.bandwidth_bitsPerCycle=64').bandwidth_bitsPerCycle).toBe(64);
    expect(notes('dram.preset=hbm2', 'dram.channels=1')).toMatch(/changes bandwidth, latency and energy/);
  });

  it('has a latency and no energy where none is established', () => {
    for (const preset of ['hbm3', 'lpddr5']) {
      const { energy_pJPerBit, latency_ns, source } = dram(`dram.preset=${preset}`, 'dram.channels=4');
      expect(energy_pJPerBit).toBeNull();
      expect(latency_ns).toBeGreaterThan(20);
      expect(source).toMatch(/energy: unknown/);
    }
  });

  it('is asked for when only its channels or its access are given', () => {
    expect(errorOf('dram.channels=2')).toMatch(/dram\.channels goes with dram\.preset only.*add dram\.preset/);
    expect(errorOf('dram.access={ writeShare: 0.5 }')).toMatch(/dram\.access goes with dram\.preset only/);
  });

  it('takes no channel count of 0 and no share above 1', () => {
    expect(errorOf('dram.preset=ddr4', 'dram.channels=0')).toMatch(/dram\.channels must be a whole number of at least 1/);
    expect(errorOf('dram.preset=ddr4', 'dram.access={ writeShare: 1.5 }')).toMatch(/writeShare/);
    expect(errorOf('dram.preset=ddr4', 'dram.access={ burstsPerTurn: 1 }')).toMatch(/burstsPerTurn/);
  });
});
