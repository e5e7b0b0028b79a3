import { describe, expect, it } from 'vitest';
import type { AcceleratorConfig } from '../../src/accelerator/accelerator-config.js';
import { physicalDesign } from '../../src/accelerator/physical-design.js';
import { atTechnology } from '../../src/accelerator/technology.js';
import { accelerator, sramTable } from './hardware.js';

const bare = accelerator('mixpe-w4a8');
const withArea = (changes: Partial<NonNullable<AcceleratorConfig['dequantization']>>): AcceleratorConfig => ({
  ...bare,
  dequantization: { ...bare.dequantization!, ...changes },
});
const parts = (hardware: AcceleratorConfig) => physicalDesign(hardware, sramTable).area_mm2;

describe('the area of multipliers by scales', () => {
  it('is that of one for each operation per cycle, in every core', () => {
    expect(parts(withArea({ area_um2: 2000, operationsPerCycle: 64 }))['dequantization']).toBe(0.128);
    expect(parts({ ...withArea({ area_um2: 2000, operationsPerCycle: 64 }), cores: 4 })['dequantization']).toBe(0.512);
  });

  it('is unknown where the description says so, and no part of one that says nothing', () => {
    expect(parts(withArea({ area_um2: null }))['dequantization']).toBeNull();
    expect(parts(bare)).not.toHaveProperty('dequantization');
  });

  it('is scaled from its own node as that of the vector lanes is', () => {
    const { hardware } = atTechnology({
      ...withArea({ area_um2: 2000, technology_nm: 45 }),
      vectorUnit: { ...bare.vectorUnit!, area_um2: 2000, technology_nm: 45 },
    });
    expect(hardware.dequantization?.area_um2).toBe(hardware.vectorUnit?.area_um2);
    expect(hardware.dequantization?.area_um2).toBeLessThan(1200);
  });
});
