import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadGpu, shippedKernels } from '../../../src/config/gpu-catalogue.js';
import { healthyCard, resolveGpu } from '../../../src/gpu/device/gpu-schema.js';
import { gemmModel } from '../../../src/gpu/gemm/closed-form.js';
import type { GemmShape } from '../../../src/gpu/gemm/gemm-cost.js';
import { defaultParameters } from '../../../src/gpu/gemm/gemm-parameters.js';
import type { GemmSetup } from '../../../src/gpu/gemm/plan-work.js';
import { kernelFor } from '../../../src/gpu/kernels/kernel-choice.js';
import { gemmTimeline } from '../../../src/gpu/timeline/gemm-timeline.js';
import { persistent } from '../../../src/gpu/timeline/schedules/persistent.js';
import '../../property-seed.js';

/** Operand formats with their bits. */
const operands = [
  { activation: 'bf16', weight: 'bf16', bits: [16, 16] },
  { activation: 'fp16', weight: 'fp16', bits: [16, 16] },
  { activation: 'bf16', weight: 'int4-g128', bits: [16, 4.125] },
  { activation: 'int8', weight: 'int8', bits: [8, 8] },
] as const;
const cards = ['a100-80gb-sxm', 'h100-sxm', 'l40s', 'v100-pcie-16gb', 'rtx-3090', 'b200'].map((name) => resolveGpu(loadGpu(name).config));

/** Every card with every kernel by formats that it has. */
const setups = cards.flatMap((device) =>
  operands.flatMap(({ activation, weight, bits }): { setup: GemmSetup; bits: readonly [number, number] }[] => {
    try {
      const kernel = kernelFor(device, shippedKernels(), { activation, weight });
      return [{ setup: { device, kernel, parameters: defaultParameters(device, kernel), profile: healthyCard }, bits }];
    } catch {
      return [];
    }
  }),
);
/** Sizes spread evenly on a logarithmic axis. */
const size = (least: number, most: number): fc.Arbitrary<number> =>
  fc.noBias(fc.integer({ min: 0, max: 1000 })).map((step) => Math.round(least * (most / least) ** (step / 1000)));
const shapeOf = (m: number, n: number, k: number, bits: readonly [number, number]): GemmShape => ({
  m,
  n,
  k,
  activation_bits: bits[0],
  weight_bits: bits[1],
  output_bits: 16,
});
const closed_s = ({ device, kernel, parameters, profile }: GemmSetup, shape: GemmShape): number =>
  gemmModel(device, kernel, parameters, profile).time_s(shape);

describe('the two engines', () => {
  it('are compared on several cards and kernels', () => {
    expect(new Set(setups.map(({ setup }) => setup.device.name)).size).toBe(cards.length);
    expect(new Set(setups.map(({ setup }) => setup.kernel.name)).size).toBeGreaterThan(3);
  });

  it('agree on the plans of the closed form for any shape, card and kernel, mixed last waves among them', () => {
    let [compared, mixed] = [0, 0];
    fc.assert(
      fc.property(fc.constantFrom(...setups), size(20, 4096), size(256, 16384), size(256, 16384), ({ setup, bits }, m, n, k) => {
        const shape = shapeOf(m, n, k, bits);
        const run = gemmTimeline(setup, shape);
        if (run === undefined) return;
        expect(Math.abs(run.time_s / closed_s(setup, shape) - 1)).toBeLessThan(1e-9);
        const { blocks, blocksPerSm } = run.work.plan;
        const last = blocks % (setup.device.sms * blocksPerSm);
        compared++;
        if (last > setup.device.sms && last % setup.device.sms !== 0) mixed++;
      }),
      { numRuns: 250 },
    );
    expect(compared).toBeGreaterThan(150);
    expect(mixed).toBeGreaterThan(15);
  });

  it('agree wherever the parameters lie in their ranges', () => {
    const { setup, bits } = setups[0]!;
    const loss = fc.double({ min: 0.001, max: 0.5, noNaN: true });
    const latency = fc.double({ min: 1, max: 600, noNaN: true });
    fc.assert(
      fc.property(loss, latency, size(16, 2048), size(256, 8192), (overlapLoss, stepLatency_ns, m, n) => {
        const moved = { ...setup, parameters: { ...setup.parameters, overlapLoss, stepLatency_ns } };
        const shape = shapeOf(m, n, 4096, bits);
        const run = gemmTimeline(moved, shape);
        if (run !== undefined) expect(Math.abs(run.time_s / closed_s(moved, shape) - 1)).toBeLessThan(1e-9);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a GEMM on the timeline', () => {
  const { setup, bits } = setups[0]!;

  it('runs the blocks of the plan, each once', () => {
    const run = gemmTimeline(setup, shapeOf(1000, 4096, 4096, bits))!;
    expect(run.timeline.events.filter(({ stage }) => stage === 'main')).toHaveLength(run.work.plan.blocks);
  });

  it('goes slower as a whole when the board sustains less, to what its power allows', () => {
    const shape = shapeOf(4096, 8192, 8192, bits);
    const power = { ...setup.device.power, board_W: 250 };
    const capped = { ...setup, device: { ...setup.device, power } };
    const [full, less] = [gemmTimeline(setup, shape)!, gemmTimeline(capped, shape)!];
    expect(less.time_s).toBeGreaterThan(1.2 * full.time_s);
    expect(Math.abs(less.time_s / closed_s(capped, shape) - 1)).toBeLessThan(0.02);
  });

  it('takes another schedule when it is asked for', () => {
    const shape = shapeOf(4096, 4096, 1024, bits);
    expect(gemmTimeline(setup, shape, persistent)!.time_s).toBeLessThan(gemmTimeline(setup, shape)!.time_s);
  });
});
