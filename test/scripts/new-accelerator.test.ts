import { describe, expect, it } from 'vitest';
import { skeleton } from '../../scripts/new-accelerator.mjs';
import { acceleratorSchema } from '../../src/accelerator/accelerator-config.js';
import { timings } from '../../src/accelerator/timing/index.js';
import { parseConfig } from '../../src/config/parse-config.js';
import { pes } from '../../src/pe/index.js';

describe('the skeleton of a new accelerator', () => {
  const config = parseConfig(skeleton('my-design', '../schema/accelerator.schema.json'), 'my-design.yaml', acceleratorSchema);

  it('is a valid description under its own name', () => {
    expect(config.name).toBe('my-design');
  });

  it('names a PE model and a timing model that exist', () => {
    expect(Object.keys(pes)).toContain(config.pe.model);
    expect(Object.keys(timings)).toContain(config.timing);
  });

  it('states no energy and no area that nobody measured', () => {
    expect([config.pe.energy_pJ, config.pe.area_um2, config.dram.energy_pJPerBit]).toEqual([null, null, null]);
  });

  it('says of every block that its numbers are assumed', () => {
    const sources = [config.source, config.pe.source, config.buffers.weight.source, config.buffers.activation.source, config.dram.source];
    expect(sources.filter((source) => !source?.startsWith('assumed'))).toEqual([]);
  });
});
