import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessEnergy_pJPerBit, arrayEnergy_pJPerBit } from '../../../src/accelerator/dram/access-energy.js';
import { randomReads, streamingReads } from '../../../src/accelerator/dram/dram-standard.js';
import { memories, memory } from './memories.js';

describe('the energy of a bit from DRAM', () => {
  it.each(memories.filter(({ energy_pJPerBit }) => energy_pJPerBit !== null).map(({ name }) => name))(
    'is the published one for %s when rows are read whole',
    (name) => {
      expect(accessEnergy_pJPerBit(memory(name), streamingReads)).toBe(memory(name).energy_pJPerBit);
    },
  );

  it('is unknown for LPDDR5 and HBM3, whatever the access', () => {
    for (const name of ['lpddr5', 'hbm3']) {
      expect(accessEnergy_pJPerBit(memory(name), streamingReads)).toBeNull();
      expect(arrayEnergy_pJPerBit(memory(name), randomReads)).toBeNull();
      expect(memory(name).source).toMatch(/^unknown/);
    }
  });

  it('adds the activations beyond those of whole rows, and no more: 4233.6 pJ per 512 bits of DDR4 at random', () => {
    const extra = (4233.6 * (1 - 64 / 8192)) / 512;
    expect(accessEnergy_pJPerBit(memory('ddr4'), randomReads)).toBeCloseTo(20.3 + extra, 12);
  });

  it('is in the array 5.48 pJ per bit read from DDR4 and 4.63 written, plus the activation of its row', () => {
    const activation = 4233.6 / (8192 * 8);
    expect(arrayEnergy_pJPerBit(memory('ddr4'), streamingReads)).toBeCloseTo(5.481 + activation, 12);
    expect(arrayEnergy_pJPerBit(memory('ddr4'), { ...streamingReads, writeShare: 1 })).toBeCloseTo(4.6305 + activation, 12);
  });

  it('never rises with the hit rate', () => {
    const rate = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(...memories), rate, rate, (standard, a, b) => {
        const energy = (rowHitRate: number) => accessEnergy_pJPerBit(standard, { ...streamingReads, rowHitRate }) ?? 0;
        expect(energy(Math.max(a, b))).toBeLessThanOrEqual(energy(Math.min(a, b)) * (1 + 1e-12));
      }),
    );
  });
});
