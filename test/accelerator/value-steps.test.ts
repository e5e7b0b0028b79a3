/** Does the time of native follow the values, where a PE's does? */
import { describe, expect, it } from 'vitest';
import type { TensorStatistics } from '../../src/trace/layer-trace.js';
import { layerTraceSchema } from '../../src/trace/layer-trace.js';
import { machineOf } from '../../src/accelerator/array-design.js';
import type { AcceleratorConfig } from '../../src/accelerator/accelerator-config.js';
import { loadAccelerator } from '../../src/config/catalogue.js';

const [M, N, K] = [64, 64, 256];

function cyclesOf(
  hardware: AcceleratorConfig,
  bits: number,
  statistics: { weight?: Partial<TensorStatistics>; activation?: Partial<TensorStatistics> },
) {
  const operand = (found: Partial<TensorStatistics> | undefined) => ({
    format: `int${bits}`,
    payload_bitsPerElement: bits,
    metadata_bitsPerElement: 0,
    ...(found === undefined ? {} : { statistics: { origin: 'synthetic' as const, ...found } }),
  });
  const layer = layerTraceSchema.parse({
    name: 'layer',
    kind: 'gemm',
    m: M,
    n: N,
    k: K,
    activation: operand(statistics.activation),
    weight: operand(statistics.weight),
    output: operand(undefined),
  });
  return machineOf(hardware, undefined, { energy_pJ: () => null }).activity(layer).cycles;
}

describe('a PE that skips zero terms', () => {
  const pragmatic = loadAccelerator('pragmatic').config;
  const { rows, columns } = pragmatic.array;
  const steps = (M / rows) * (N / columns) * (K / pragmatic.pe.dotSize);

  it('takes all terms of the width where nothing is known of the values', () => {
    expect(cyclesOf(pragmatic, 8, {})).toMatchObject({ compute: steps * 8, laneStall: 0 });
  });

  it('takes the terms there are, and waits in every step for the slowest lane', () => {
    const same = cyclesOf(pragmatic, 8, { activation: { termHistogram: [0, 0, 0, 1] } });
    expect(same).toMatchObject({ compute: steps * 3, laneStall: 0 });
    // Of 256 lanes one has the four terms all but surely; the mean has two.
    const mixed = cyclesOf(pragmatic, 8, { activation: { termHistogram: [0.5, 0, 0, 0, 0.5] } });
    expect(mixed).toMatchObject({ compute: steps * 2, laneStall: steps * 2 });
  });

  it('waits less the fewer PEs step together', () => {
    const stall = (synchronise: string): number =>
      cyclesOf({ ...pragmatic, timingOptions: { synchronise } }, 8, { activation: { termHistogram: [0.9, 0, 0, 0, 0.1] } }).laneStall;
    expect(stall('pe')).toBeLessThan(stall('array'));
    expect(stall('row')).toBe(stall('pe'));
  });

  it('can take the weights term by term instead', () => {
    const weights = { weight: { termHistogram: [0, 1] } };
    expect(cyclesOf(pragmatic, 8, weights).compute).toBe(steps * 8);
    expect(cyclesOf({ ...pragmatic, timingOptions: { serialOperand: 'weight' } }, 8, weights).compute).toBe(steps);
  });
});

describe('PEs that share a multiplier for outliers', () => {
  const olaccel = loadAccelerator('olaccel-native').config;
  const stall = (weight: number, activation = 0): number => {
    const { compute, laneStall } = cyclesOf(olaccel, 4, { weight: { outlierShare: weight }, activation: { outlierShare: activation } });
    return laneStall / compute;
  };

  it('wait for it only when there is more than one outlier for 16 products', () => {
    expect(stall(0)).toBe(0);
    expect(stall(1 / 16)).toBe(0);
    expect(stall(1 / 8)).toBeCloseTo(1, 6);
  });

  it('wait for outliers of either operand', () => {
    expect(stall(0, 1 / 8)).toBeCloseTo(1, 6);
    expect(stall(0.25, 0.25)).toBeCloseTo(16 * (1 - 0.75 * 0.75) - 1, 2);
  });
});
