import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastWave_s, mixedWave } from '../../../src/gpu/gemm/last-wave.js';
import { soft } from '../../../src/gpu/gemm/overlap.js';
import '../../property-seed.js';

const machine = { sms: 4, overlapLoss: 0.2 };
const seconds = fc.double({ min: 0.01, max: 10, noNaN: true });
const blocks = fc.record({ local_s: seconds, latency_s: seconds, dram_s: fc.oneof(fc.constant(0), seconds) });

describe('the last wave of a GEMM', () => {
  it('has one phase where SMs hold equally many blocks, two from one block more on', () => {
    const block = { local_s: 1, latency_s: 0, dram_s: 0.1 };
    for (const rest of [0, 1, 4, 8]) expect(mixedWave(machine, rest, block)).toBeUndefined();
    for (const rest of [5, 7, 9]) expect(mixedWave(machine, rest, block)).toBeDefined();
  });

  it('is that of the busiest SM beside DRAM where no bandwidth falls free', () => {
    // Nothing to load; and a latency that all SMs wait for alike.
    expect(lastWave_s(machine, 6, { local_s: 3, latency_s: 0, dram_s: 0 })).toBeCloseTo(6, 12);
    expect(lastWave_s(machine, 6, { local_s: 1, latency_s: 10, dram_s: 0.5 })).toBeCloseTo(soft(10, 3, 0.2), 12);
  });

  it('takes the bytes of all blocks at the rate of DRAM where nothing else counts', () => {
    expect(lastWave_s(machine, 5, { local_s: 1e-9, latency_s: 0, dram_s: 1 })).toBeCloseTo(5, 6);
  });

  it('of 5 blocks on 4 SMs by hand: DRAM half asked for, three SMs done first', () => {
    // demand = 0.1 (2 / 2 + 3 / 1) = 0.4; together = soft(1, 0.4), pace = soft(2, 0.8), alone = soft(2, 0.2).
    const [together, pace, alone] = [1 + 0.2 * 0.4 ** 3, 2 + (0.2 * 0.8 ** 3) / 4, 2 + (0.2 * 0.2 ** 3) / 4];
    expect(lastWave_s(machine, 5, { local_s: 1, latency_s: 0, dram_s: 0.1 })).toBeCloseTo(together + (1 - together / pace) * alone, 12);
  });

  it('is never shorter than an SM or DRAM alone, and no longer with more bandwidth', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), blocks, fc.double({ min: 0, max: 1, noNaN: true }), (rest, block, share) => {
        const time_s = lastWave_s(machine, rest, block);
        const least_s = Math.max(Math.ceil(rest / machine.sms) * block.local_s, block.latency_s, rest * block.dram_s);
        expect(time_s).toBeGreaterThan(least_s * (1 - 1e-9));
        expect(lastWave_s(machine, rest, { ...block, dram_s: block.dram_s * share })).toBeLessThan(time_s * (1 + 1e-9));
      }),
      { numRuns: 1000 },
    );
  });
});
