import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadGpu, shippedKernels } from '../../../src/config/gpu-catalogue.js';
import { resolveGpu } from '../../../src/gpu/device/gpu-schema.js';
import type { GpuDevice } from '../../../src/gpu/device/gpu-device.js';
import { gemmModel } from '../../../src/gpu/gemm/closed-form.js';
import { conversionOpsPerStep, exposedConversion_s, specialOpsPerStep } from '../../../src/gpu/gemm/conversion.js';
import { freeParameters } from '../../../src/gpu/gemm/free-parameters.js';
import type { GemmModel, GemmShape } from '../../../src/gpu/gemm/gemm-cost.js';
import { defaultParameters } from '../../../src/gpu/gemm/gemm-parameters.js';
import { chargePasses, passCosts } from '../../../src/gpu/gemm/kernel-passes.js';
import { missRate } from '../../../src/gpu/gemm/miss-rate.js';
import { kernelFor, namedKernel } from '../../../src/gpu/kernels/kernel-choice.js';
import type { GpuKernel } from '../../../src/gpu/kernels/gpu-kernel.js';
import type { KernelConfig } from '../../../src/gpu/kernels/kernel-schema.js';
import { LowbitError } from '../../../src/lowbit-error.js';
import '../../property-seed.js';

const profile = { name: 'test', launch_us: 0, clockFactor: 1 };
const card = (name: string): GpuDevice => resolveGpu(loadGpu(name).config);
const a100 = card('a100-80gb-sxm');
const pick = (device: GpuDevice, activation: string, weight: string): GpuKernel =>
  kernelFor(device, shippedKernels(), { activation, weight });

const w4a16 = pick(a100, 'bf16', 'int4-g128');
const w8a8 = pick(a100, 'int8', 'int8');
const fp8 = pick(card('h100-sxm'), 'fp8', 'fp8');

const built = (device: GpuDevice, kernel: GpuKernel, changes: Readonly<Record<string, number>> = {}): GemmModel =>
  gemmModel(device, kernel, { ...defaultParameters(device, kernel), ...changes }, profile);
const shape = (m: number, n: number, k: number, bits: readonly [number, number]): GemmShape => ({
  m,
  n,
  k,
  activation_bits: bits[0],
  weight_bits: bits[1],
  output_bits: 16,
});

describe('low-bit kernels', () => {
  it('are chosen by the formats of the operands and the architecture of the card', () => {
    expect(w4a16.name).toBe('w4a16-trtllm');
    expect(pick(a100, 'bf16', 'int8').name).toBe('w8a16-trtllm');
    expect(w8a8.name).toBe('w8a8-trtllm');
    expect(pick(card('l40s'), 'fp8', 'fp8').name).toBe('fp8-ada');
    expect(fp8.name).toBe('fp8-hopper');
    expect(pick(card('b200'), 'nvfp4', 'nvfp4').name).toBe('nvfp4-blackwell');
  });

  it('convert partial sums of the rows that there are, in steps of the least tile', () => {
    const grouped = pick(a100, 'int4-g128', 'int4-g128');
    const model = built(a100, grouped);
    const at = (m: number): ReturnType<GemmModel['cost']> => model.cost(shape(m, 4096, 4096, [4.125, 4.125]));
    const converted = (m: number): number => Math.ceil(m / at(m).plan.tile.m) * at(m).plan.tile.m;
    expect([1, 16, 17, 33].map(converted)).toEqual([16, 16, 32, 48]);
    expect(at(1).conversion_ops).toBe(16 * 4096 * (4096 / 128) * 14);
    const half = built(a100, pick(a100, 'fp16', 'fp16'));
    expect(at(1).time_s).toBeLessThan(half.time_s(shape(1, 4096, 4096, [16, 16])));
  });

  it('take for m the tile and split of the next power of two, and run them at m', () => {
    const model = built(a100, w8a8);
    for (const [m, rounded] of [
      [65, 128],
      [80, 128],
      [160, 256],
      [192, 256],
      [384, 512],
    ] as const) {
      const plan = model.cost(shape(m, 12288, 4096, [8, 8])).plan;
      const of = model.cost(shape(rounded, 12288, 4096, [8, 8])).plan;
      expect([plan.tile, plan.splitK]).toEqual([of.tile, of.splitK]);
    }
    const exact = built(a100, { ...w8a8, tactic: 'exact' });
    for (const m of [80, 160, 1000]) {
      const at = shape(m, 4096, 4096, [8, 8]);
      expect(exact.time_s(at)).toBeLessThanOrEqual(model.time_s(at) * (1 + 1e-12));
    }
  });

  it('keep whole steps in every part of a split of a tactic table', () => {
    const model = built(a100, w4a16);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4096 }), fc.integer({ min: 1, max: 128 }), fc.integer({ min: 1, max: 256 }), (m, n, k) => {
        const { plan } = model.cost(shape(m, n * 64, k * 64, [16, 4]));
        if (plan.splitK > 1) expect((k * 64) % (plan.splitK * plan.tile.k)).toBe(0);
      }),
    );
  });

  it('take the matrix-vector path up to the rows that a kernel forces it for, and not one row further', () => {
    const model = built(a100, w8a8);
    expect(model.cost(shape(4, 4096, 4096, [8, 8])).plan.tile.m).toBe(1);
    expect(model.cost(shape(5, 4096, 4096, [8, 8])).plan.tile.m).toBeGreaterThan(1);
    const none = built(a100, { ...w8a8, gemv: { maxRows: 0, forced: false, outputsPerBlock: 2 } });
    expect(none.cost(shape(1, 4096, 4096, [8, 8])).plan.tile.m).toBeGreaterThan(1);
  });

  it('explain their time by causes that are not negative and whose sum it is', () => {
    const models = [
      [built(a100, w4a16), [16, 4]],
      [built(a100, w8a8), [8, 8]],
      [built(card('h100-sxm'), fp8), [8, 8]],
    ] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...models),
        fc.integer({ min: 1, max: 9000 }),
        fc.integer({ min: 1, max: 140 }),
        fc.integer({ min: 1, max: 140 }),
        ([model, bits], m, n, k) => {
          const { time_s, seconds } = model.cost(shape(m, n * 128, k * 128, bits));
          const causes = Object.values(seconds) as number[];
          expect(causes.every((value) => value >= 0)).toBe(true);
          expect(causes.reduce((sum, value) => sum + value, 0)).toBeCloseTo(time_s, 15);
        },
      ),
    );
  });

  it('let W4A16 win where weights are streamed and W8A8 where products count', () => {
    const speed = (kernel: GpuKernel, bits: readonly [number, number], m: number): number =>
      built(a100, kernel).time_s(shape(m, 12288, 12288, bits));
    expect(speed(w4a16, [16, 4], 16)).toBeLessThan(speed(w8a8, [8, 8], 16));
    expect(speed(w4a16, [16, 4], 256)).toBeGreaterThan(speed(w8a8, [8, 8], 256));
  });
});

describe('conversion in the main loop', () => {
  const tile = { m: 64, n: 128, k: 64 };

  it('counts operations per weight once per tile and per partial sum once per group', () => {
    const conversion = { perWeight_ops: 2, perPartialSum_ops: 3, group: 32, overlap: 0 };
    expect(conversionOpsPerStep({ ...w4a16, conversion }, tile)).toBe(2 * 128 * 64 + 3 * 64 * 128 * 2);
    expect(specialOpsPerStep({ ...w4a16, conversion }, tile)).toBe(0);
    expect(specialOpsPerStep({ ...w4a16, conversion: { ...conversion, perPartialSum_specialOps: 1 } }, tile)).toBe(64 * 128 * 2);
  });

  it('is the sum of the equation of LiquidGEMM when nothing hides and its maximum when all does', () => {
    const seconds = fc.double({ min: 1e-9, max: 1e-3, noNaN: true });
    fc.assert(
      fc.property(seconds, seconds, (conversion, products) => {
        expect(products + exposedConversion_s(conversion, products, 1)).toBeCloseTo(products + conversion, 12);
        expect(products + exposedConversion_s(conversion, products, 0)).toBeCloseTo(Math.max(products, conversion), 12);
      }),
    );
  });

  it('costs more the more operations it takes, and nothing without any', () => {
    const at = shape(512, 8192, 8192, [16, 4]);
    const times = [0.05, 0.5, 1, 2, 4].map((conversionScale) => built(a100, w4a16, { conversionScale }).time_s(at));
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    expect(built(a100, { ...w4a16, conversion: { ...w4a16.conversion, perWeight_ops: 0 } }).cost(at).seconds.dequant).toBe(0);
  });
});

describe('passes of their own', () => {
  const rates = { dram_sPerByte: 1e-12, l2_sPerByte: 2e-13 };
  const pass = { name: 'quantize', perActivation_bytes: 3, perOutput_bytes: 0, perWeight_bytes: 0, efficiency: 0.5 };
  const seconds = (m: number, l2_bytes: number): { passes_s: number; passesDram_bytes: number } => {
    const total = { passes_s: 0, passesDram_bytes: 0 };
    chargePasses(passCosts([pass], rates, 1), { m, n: 1, k: 1024 }, l2_bytes, total);
    return total;
  };

  it('run at the rate of L2 while their bytes fit and at that of DRAM when they do not', () => {
    const bytes = 3 * 1024 * 1024;
    expect(seconds(1024, bytes)).toEqual({ passes_s: (bytes / 0.5) * 2e-13, passesDram_bytes: 0 });
    expect(seconds(1024, bytes / 2)).toEqual({ passes_s: (bytes / 0.5) * 1e-12, passesDram_bytes: bytes });
  });

  it('each pay a launch', () => {
    const h100 = card('h100-sxm');
    const once = built(h100, { ...fp8, before: [] }).cost(shape(16, 4096, 4096, [8, 8])).seconds.launch;
    expect(built(h100, fp8).cost(shape(16, 4096, 4096, [8, 8])).seconds.launch).toBeCloseTo(2 * once, 12);
  });

  it('find in L2 what fits there, and nothing of what exceeds it by half', () => {
    expect(missRate(100, 100)).toBe(0);
    expect(missRate(125, 100)).toBe(0.5);
    expect(missRate(150, 100)).toBe(1);
  });
});

describe('what a fit may move', () => {
  const names = (device: GpuDevice, kernel: GpuKernel): string[] => freeParameters(device, kernel).map(({ name }) => name);

  it('leaves out parameters of mechanisms that a kernel lacks and those that its file knows', () => {
    expect(names(a100, w8a8)).not.toContain('splitFixed_us');
    expect(names(a100, w8a8)).not.toContain('conversionScale');
    expect(names(a100, w8a8)).not.toContain('weightCopies');
    expect(names(a100, w4a16)).toEqual(expect.arrayContaining(['splitFixed_us', 'gemvStep_us', 'conversionScale']));
    expect(names(a100, w4a16)).not.toContain('conversionOverlap');
    expect(names(card('h100-sxm'), fp8)).toContain('passScale');
    expect(names(card('h100-sxm'), fp8)).not.toContain('gemvRate');
  });

  it('starts inside the range of every parameter, on every kernel that a card can run', () => {
    let checked = 0;
    for (const config of shippedKernels()) {
      for (const device of [a100, card('l40s'), card('h100-sxm'), card('b200')]) {
        const kernel = runnable(device, config);
        if (kernel === undefined) continue;
        checked++;
        for (const { name, low, high, start } of freeParameters(device, kernel)) {
          expect(start, `${config.name} ${name}`).toBeGreaterThanOrEqual(low);
          expect(start, `${config.name} ${name}`).toBeLessThanOrEqual(high);
        }
      }
    }
    expect(checked).toBeGreaterThan(shippedKernels().length);
  });
});

/** A kernel on a card; undefined where the card lacks its type. */
function runnable(device: GpuDevice, config: KernelConfig): GpuKernel | undefined {
  try {
    return namedKernel(device, config, config.takes[0]!, shippedKernels());
  } catch (error) {
    if (error instanceof LowbitError) return undefined;
    throw error;
  }
}
