import { all, create } from 'mathjs';
import { describe, expect, it } from 'vitest';
import type { AcceleratorConfig } from '../../src/accelerator/accelerator-config.js';
import { simulateAccelerator } from '../../src/accelerator/simulate.js';
import { timingNamed } from '../../src/accelerator/timing/index.js';
import { loadAccelerator } from '../../src/config/catalogue.js';
import { operandFormat } from '../../src/formats/index.js';
import type { LayerTrace } from '../../src/trace/layer-trace.js';
import { layer, sramTable } from './hardware.js';

const math = create(all as NonNullable<typeof all>);
const accelerator = (name: string): AcceleratorConfig => loadAccelerator(name).config;
const context = { energy_pJ: () => null };
const machineOf = (hardware: AcceleratorConfig) => timingNamed(hardware.timing).machine(hardware, hardware.array, context);

const bitmod = accelerator('bitmod-native');
const int8 = accelerator('int8-systolic');
const fp16 = accelerator('fp16-native');

function gemm(shape: { m: number; n: number; k: number } & Partial<LayerTrace>, weight: string, activation: string): LayerTrace {
  return layer({ weight: operandFormat(weight), activation: operandFormat(activation), output: operandFormat(activation), ...shape });
}

describe('what native takes for granted', () => {
  const notesOn = (hardware: AcceleratorConfig, trace: LayerTrace): string[] =>
    simulateAccelerator(hardware, [{ layers: [trace] }], { sramTable }).notes.filter((note) => note.endsWith(`(${trace.name})`));

  it('is said of a PE that skips zero terms without a histogram, and of one with a path for outliers without a count', () => {
    const plain = gemm({ m: 4, n: 64, k: 64, name: 'q_proj' }, 'int8', 'int8');
    const counted = (statistics: object): LayerTrace => ({
      ...plain,
      weight: { ...plain.weight, statistics: { origin: 'assumed', ...statistics } },
    });
    expect(notesOn(accelerator('pragmatic'), plain)).toEqual([expect.stringMatching(/no term histogram of the \w+: the pragmatic PE/)]);
    expect(notesOn(accelerator('olaccel-native'), gemm({ m: 4, n: 64, k: 64, name: 'q_proj' }, 'int4', 'int4'))).toEqual([
      expect.stringMatching(/no share of outliers/),
    ]);
    expect(notesOn(int8, plain)).toEqual([]);
    expect(notesOn({ ...bitmod, timingOptions: { synchronise: 'pe' } }, { ...plain, activation: operandFormat('fp16') })).toEqual([
      expect.stringMatching(/synchronise changes nothing: the bitmod PE skips no terms/),
    ]);
    expect(notesOn(int8, counted({ outlierShare: 0 }))).toEqual([]);
  });
});

describe('the terms of native', () => {
  it('evaluate to their values, and end in the cycles of the activity', () => {
    const layers = [
      [bitmod, gemm({ m: 3, n: 300, k: 700 }, 'bitmod-fp4-g128', 'fp16')],
      [{ ...bitmod, cores: 3 }, gemm({ m: 100, n: 2000, k: 3000 }, 'bitmod-fp3-g128', 'fp16')],
      [int8, gemm({ m: 300, n: 200, k: 1000 }, 'int8', 'int8')],
      [fp16, gemm({ m: 5, n: 300, k: 500 }, 'int4-g128', 'fp16')],
      [
        { ...int8, pe: { ...int8.pe, idleShare: 0.25 }, timingOptions: { partialSums: 'registers' } },
        gemm({ m: 30, n: 200, k: 1000 }, 'int8', 'int8'),
      ],
    ] as const;
    for (const [hardware, trace] of layers) {
      const machine = machineOf(hardware);
      const { cycles, peSteps, sram } = machine.activity(trace);
      const terms = machine.explain(trace);
      for (const { name, numbers, value } of terms)
        expect(Math.abs(Number(math.evaluate(numbers)) - value), name).toBeLessThanOrEqual(1e-9 * value);
      const valueOf = (name: string): number => terms.find((term) => term.name === name)?.value ?? NaN;
      expect(valueOf('layer cycles')).toBe(cycles.total);
      expect(valueOf('PE steps')).toBe(peSteps);
      const { read_accesses = 0, write_accesses = 0 } = sram['output'] ?? {};
      const through = hardware.timingOptions.partialSums === 'registers';
      const written = valueOf(through ? 'sums through the buffer' : 'sums given');
      const read = through ? written : valueOf('sums added to') + valueOf('sums on their way to DRAM');
      expect(read / written).toBeCloseTo(read_accesses / write_accesses, 12);
    }
  });
});
