import { describe, expect, it } from 'vitest';
import { loadKernel } from '../../src/config/gpu-catalogue.js';
import type { FittedParameters } from '../../src/gpu/fitted-parameters.js';
import { resolveKernel } from '../../src/gpu/kernels/kernel-schema.js';
import { fitOf } from '../../src/gpu/nearest-fit.js';

const config = loadKernel('marlin');
const marlin = resolveKernel(config, config.takes[0]!);
const dense: FittedParameters = {
  from: 'a40',
  parameters: { dramEfficiency: 0.7, areaExponent: 0.3, conversionScale: 2, passScale: 2, launch_us: 1.5 },
  errors: [],
};

describe('parameters of a kernel that was not measured', () => {
  it('are those of the kernel its file calls the nearest, without what belongs to that kernel and what the file states', () => {
    expect(marlin.like).toBe('dense');
    expect(marlin.starts).toHaveProperty('areaExponent');
    expect(fitOf({ dense }, marlin)).toEqual({
      from: 'a40',
      like: 'dense',
      parameters: { dramEfficiency: 0.7, launch_us: 1.5 },
      errors: [],
    });
  });

  it('are its own where it was measured', () => {
    const own = { from: 'a10', parameters: { launch_us: 2 } };
    expect(fitOf({ dense, marlin: own }, marlin)).toBe(own);
  });

  it('are none without a fit of either, and none of a kernel that is like no other', () => {
    expect(fitOf({}, marlin)).toBeUndefined();
    expect(fitOf({ dense }, { ...marlin, name: 'x', like: undefined })).toBeUndefined();
    expect(fitOf({ dense }, { ...marlin, like: 'toString' })).toBeUndefined();
  });
});
