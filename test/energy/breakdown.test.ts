import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { totalArea_mm2 } from '../../src/energy/area.js';
import { energyOf, standingPower_pJPerCycle, sumEnergies, type EnergyTable } from '../../src/energy/breakdown.js';
import { cyclesOf, type LayerActivity } from '../../src/trace/layer-activity.js';
import { scaleActivity } from '../../src/trace/scale-activity.js';
import { energyParts } from '../../src/trace/simulation-result.js';

const cost = { access_ns: 1, cycle_ns: 1, read_pJ: 10, write_pJ: 6, leakage_mW: 2, area_mm2: 1, bus_bits: 256 };
const table: EnergyTable = {
  pe_pJPerStep: 0.5,
  dramRead_pJPerBit: 20,
  dramWrite_pJPerBit: 20,
  sramCost: () => cost,
  dequant_pJPerOperation: 'excluded',
  vector_pJPerOperation: 'excluded',
  standing: [{ name: 'leakage', pJPerCycle: standingPower_pJPerCycle(3, 500), source: 'x' }],
};
const access = (reads: number, writes: number) => ({ read_accesses: reads, write_accesses: writes, access_bits: 256, write_bits: 64 });

function activity(reads: number, writes: number, bytes: number, cycles: number): LayerActivity {
  return {
    cycles: cyclesOf({ compute: cycles }),
    macs: 1,
    dequant_operations: 0,
    peSteps: cycles * 4,
    sram: { weight: access(reads, writes), activation: access(0, 0) },
    dramRead_bytes: bytes,
    dramWrite_bytes: 1,
    utilization: 1,
  };
}
const count = fc.integer({ min: 0, max: 2 ** 30 });
const anyActivity = fc.tuple(count, count, count, count).map((args) => activity(...args));

describe('energy of an activity', () => {
  it('is the hand-computed sum: PE steps, reads at full width, writes by the share of the width, DRAM bits, leakage over time', () => {
    expect(energyOf(activity(3, 8, 9, 100), table)).toEqual({
      pe: 200, // 400 steps
      sram: 3 * 10 + (8 * 6) / 4,
      dram: 10 * 8 * 20,
      dequant: null,
      vector: null,
      static: 600, // 3 mW for 0.2 us
      total: 200 + 42 + 1600 + 600,
    });
  });

  it('has parts that add up to its total', () => {
    fc.assert(
      fc.property(anyActivity, (a) => {
        const energy = energyOf(a, table);
        expect(energyParts.reduce((sum, part) => sum + (energy[part] ?? 0), 0)).toBe(energy.total);
      }),
    );
  });

  it('grows with the number of identical layers', () => {
    fc.assert(
      fc.property(anyActivity, fc.integer({ min: 1, max: 100 }), (a, n) => {
        const one = energyOf(a, table).total ?? 0;
        const many = energyOf(scaleActivity(a, n), table).total ?? 0;
        expect(Math.abs(many - n * one)).toBeLessThanOrEqual(1e-9 * many);
      }),
    );
  });

  it.each([
    ['pe', { pe_pJPerStep: 'unknown' }],
    ['sram', { sramCost: () => null }],
    ['dram', { dramRead_pJPerBit: 'unknown' }],
    ['dequant', { dequant_pJPerOperation: 'unknown' }],
    ['static', { standing: [{ name: 'leakage', pJPerCycle: 'unknown', source: 'x' }] }],
  ] as const)('has no total while its part %s is unknown, and neither has a sum with it', (part, unknown) => {
    const lacking = energyOf(activity(1, 1, 1, 1), { ...table, ...unknown });
    const whole = energyOf(activity(1, 1, 1, 1), table);
    expect(lacking).toEqual({ ...whole, [part]: null, total: null });
    expect(sumEnergies([whole, lacking])).toMatchObject({ [part]: null, total: null });
  });

  it('sums the other parts when a part is left out on purpose', () => {
    const without = energyOf(activity(1, 1, 1, 1), { ...table, standing: [], pe_pJPerStep: 'excluded' });
    expect(without).toMatchObject({ pe: null, static: null, dram: 320, total: 320 + (without.sram ?? NaN) });
    expect(sumEnergies([without, without])).toMatchObject({ pe: null, dram: 640, total: 2 * (without.total ?? NaN) });
  });

  it('knows the SRAM energy of a layer that never touches a buffer of unknown cost', () => {
    expect(energyOf(activity(0, 0, 1, 1), { ...table, sramCost: () => null }).sram).toBe(0);
  });

  it('charges a write by the width its cost is for, not by a narrower bus that is not built', () => {
    const wide = energyOf(activity(0, 8, 0, 0), { ...table, sramCost: () => ({ ...cost, bus_bits: 512 }) });
    expect(wide.sram).toBe((8 * 6 * 64) / 512);
  });
});

describe('area', () => {
  it('is known only when every part is', () => {
    expect(totalArea_mm2({ pe: 1, weightBuffer: 2, activationBuffer: 3 })).toBe(6);
    expect(totalArea_mm2({ pe: null, weightBuffer: 2, activationBuffer: 3 })).toBeNull();
  });
});
