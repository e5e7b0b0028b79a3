import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { totalArea_mm2 } from '../../src/energy/area.js';
import { energyOf, sumEnergies, type EnergyTable } from '../../src/energy/breakdown.js';
import { cyclesOf, type LayerActivity } from '../../src/trace/layer-activity.js';
import { scaleActivity } from '../../src/trace/scale-activity.js';
import { energyParts } from '../../src/trace/simulation-result.js';

const cost = { access_ns: 1, cycle_ns: 1, read_pJ: 10, write_pJ: 6, leakage_mW: 2, area_mm2: 1 };
const table: EnergyTable = { pe_pJPerStep: 0.5, dram_pJPerBit: 20, sramCost: () => cost, leakage_mW: 3, clock_MHz: 500 };
const access = (reads: number, writes: number) => ({ read_accesses: reads, write_accesses: writes, access_bits: 256, write_bits: 64 });

function activity(reads: number, writes: number, bytes: number, cycles: number): LayerActivity {
  return {
    cycles: cyclesOf({ compute: cycles }),
    macs: 1,
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

  it('leaves a part without a number null instead of 0, in a sum too', () => {
    const lacking = energyOf(activity(1, 1, 1, 1), { ...table, pe_pJPerStep: null, sramCost: () => null, leakage_mW: null });
    expect(lacking).toMatchObject({ pe: null, sram: null, static: null, dram: 320, total: 320 });
    expect(sumEnergies([energyOf(activity(1, 1, 1, 1), table), lacking])).toMatchObject({ pe: null, sram: null, dram: 640, total: 640 });
    expect(
      energyOf(activity(1, 1, 1, 1), { ...table, pe_pJPerStep: null, sramCost: () => null, dram_pJPerBit: null, leakage_mW: null }).total,
    ).toBeNull();
  });
});

describe('area', () => {
  it('is known only when every part is', () => {
    expect(totalArea_mm2({ pe: 1, weightBuffer: 2, activationBuffer: 3 })).toBe(6);
    expect(totalArea_mm2({ pe: null, weightBuffer: 2, activationBuffer: 3 })).toBeNull();
  });
});
