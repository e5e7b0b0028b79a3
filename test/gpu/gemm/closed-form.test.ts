import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadGpu, shippedKernels } from '../../../src/config/gpu-catalogue.js';
import { resolveGpu } from '../../../src/gpu/device/gpu-schema.js';
import type { GpuDevice } from '../../../src/gpu/device/gpu-device.js';
import { gemmModel } from '../../../src/gpu/gemm/closed-form.js';
import type { GemmModel, GemmShape } from '../../../src/gpu/gemm/gemm-cost.js';
import { defaultParameters } from '../../../src/gpu/gemm/gemm-parameters.js';
import { planWork } from '../../../src/gpu/gemm/plan-work.js';
import { kernelFor } from '../../../src/gpu/kernels/kernel-choice.js';
import { homogeneousMakespan_s } from '../timeline/homogeneous.js';
import '../../property-seed.js';

const profile = { name: 'test', launch_us: 0, clockFactor: 1 };
const cards = ['a100-80gb-sxm', 'h100-sxm', 'l40s', 'v100-pcie-16gb', 'b200'].map((name) => resolveGpu(loadGpu(name).config));
const a100 = cards[0]!;

const setup = (device: GpuDevice, changes: Readonly<Record<string, number>> = {}) => {
  const format = device.tensor_macPerClockPerSm.bf16 === undefined ? 'fp16' : 'bf16';
  const kernel = kernelFor(device, shippedKernels(), { activation: format, weight: format });
  return { device, kernel, parameters: { ...defaultParameters(device, kernel), ...changes }, profile };
};
const model = (device: GpuDevice, changes: Readonly<Record<string, number>> = {}): GemmModel => {
  const { kernel, parameters } = setup(device, changes);
  return gemmModel(device, kernel, parameters, profile);
};
const shape = (m: number, n: number, k: number): GemmShape => ({ m, n, k, activation_bits: 16, weight_bits: 16, output_bits: 16 });

const shapes = fc.tuple(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: 17000 }), fc.integer({ min: 1, max: 17000 }));
const anyCard = fc.constantFrom(...cards);
const models = new Map(cards.map((device) => [device, model(device)]));

describe('the closed form of a GEMM on a GPU', () => {
  it('explains its time by causes that are not negative and whose sum it is', () => {
    fc.assert(
      fc.property(anyCard, shapes, (device, [m, n, k]) => {
        const { time_s, seconds } = models.get(device)!.cost(shape(m, n, k));
        const causes = Object.values(seconds) as number[];
        expect(causes.every((value) => value >= 0)).toBe(true);
        expect(causes.reduce((sum, value) => sum + value, 0)).toBe(time_s);
      }),
    );
  });

  it('gives the same time with and without an explanation, whatever was asked before', () => {
    fc.assert(
      fc.property(shapes, shapes, (first, second) => {
        const kept = models.get(a100)!;
        kept.time_s(shape(...first));
        expect(kept.cost(shape(...second)).time_s).toBeCloseTo(model(a100).time_s(shape(...second)), 15);
      }),
      { numRuns: 20 },
    );
  });

  it('is never faster than tensor cores at their data sheet, nor than DRAM', () => {
    fc.assert(
      fc.property(anyCard, shapes, (device, [m, n, k]) => {
        const { time_s, dramRead_bytes, dramWrite_bytes, plan } = models.get(device)!.cost(shape(m, n, k));
        const mac = (device.tensor_macPerClockPerSm.fp16 ?? NaN) * device.sms * device.clock_MHz * 1e6;
        // A tile may come out at up to 1.15 of the clock of the data sheet: cards run above it.
        if (plan.tile.n > 1) expect(time_s).toBeGreaterThan((m * n * k) / mac / 1.15);
        expect(time_s).toBeGreaterThan((dramRead_bytes + dramWrite_bytes) / (device.dram.bandwidth_GBps * 1e9));
      }),
    );
  });

  it('does not fall when n or k grow by whole tiles, nor when m does, but for DRAM that an emptier last wave leaves idle', () => {
    fc.assert(
      fc.property(anyCard, shapes, fc.constantFrom(0, 1, 2), (device, [m, n, k], axis) => {
        const at = [Math.ceil(m / 256) * 256, Math.ceil(n / 256) * 256, Math.ceil(k / 64) * 64] as [number, number, number];
        const before = models.get(device)!.time_s(shape(...at));
        at[axis] += axis === 2 ? 64 : 256;
        expect(models.get(device)!.time_s(shape(...at))).toBeGreaterThan(before * 0.97);
      }),
    );
  });

  it('is never slower with more DRAM bandwidth, more L2 bandwidth or a higher clock at the same power', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom('dram', 'l2'), (at, which) => {
        const faster: GpuDevice =
          which === 'dram'
            ? { ...a100, dram: { ...a100.dram, bandwidth_GBps: a100.dram.bandwidth_GBps * 1.5 } }
            : { ...a100, l2: { ...a100.l2, bytesPerClock: a100.l2.bytesPerClock * 1.5 } };
        expect(model(faster).time_s(shape(...at))).toBeLessThanOrEqual(models.get(a100)!.time_s(shape(...at)) * (1 + 1e-12));
      }),
      { numRuns: 30 },
    );
  });

  it('is not slower with twice the SMs, each with its share of L2', () => {
    const twice: GpuDevice = { ...a100, sms: a100.sms * 2, l2: { ...a100.l2, bytesPerClock: a100.l2.bytesPerClock * 2 } };
    const wide = model(twice);
    fc.assert(
      fc.property(shapes, (at) => {
        expect(wide.time_s(shape(...at))).toBeLessThan(models.get(a100)!.time_s(shape(...at)) * 1.03);
      }),
    );
  });

  it('adds the launch of a profile to every kernel and slows products with its clock', () => {
    const { device, kernel, parameters } = setup(a100);
    const slow = gemmModel(device, kernel, parameters, { name: 'host', launch_us: 20, clockFactor: 1 });
    for (const at of [shape(1, 4096, 4096), shape(512, 12288, 4096)]) {
      expect(slow.time_s(at) - models.get(a100)!.time_s(at)).toBeCloseTo(20e-6, 12);
    }
    const cool = gemmModel(device, kernel, parameters, { name: 'hot', launch_us: 0, clockFactor: 0.8 });
    expect(cool.time_s(shape(8192, 8192, 8192)) / models.get(a100)!.time_s(shape(8192, 8192, 8192))).toBeGreaterThan(1.2);
  });

  it('falls to what the board sustains when products would take more power', () => {
    const at = shape(8192, 8192, 8192);
    expect(model(a100, { tensorPower: 2 }).time_s(at) / model(a100, { tensorPower: 0.3 }).time_s(at)).toBeGreaterThan(1.5);
  });

  it('charges a wave as the timeline does: its plan in equal waves takes the time of the closed form', () => {
    fc.assert(
      fc.property(anyCard, shapes, (device, [m, n, k]) => {
        const work = planWork(setup(device), shape(m, n, k));
        if (!work) return;
        // Blocks of which some SMs hold one more end in two phases: test/gpu/timeline/gemm-timeline.test.ts.
        const rest = work.plan.blocks % (work.machine.sms * work.machine.slotsPerSm);
        if (rest > work.machine.sms && rest % work.machine.sms !== 0) return;
        const { time_s } = models.get(device)!.cost(shape(m, n, k));
        const makespan = homogeneousMakespan_s({ id: 0, label: '', ...work.block }, work.plan.blocks, work.machine);
        const overhead = work.launch_s + work.split_s + work.passes_s;
        if (work.sustained_s > makespan) return;
        expect((makespan + overhead) / time_s).toBeGreaterThan(0.999);
        expect((makespan + overhead) / time_s).toBeLessThan(1.001);
      }),
      { numRuns: 60 },
    );
  });
});
