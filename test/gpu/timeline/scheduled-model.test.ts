import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadGpu, loadKernel, shippedKernels } from '../../../src/config/gpu-catalogue.js';
import { healthyCard, resolveGpu } from '../../../src/gpu/device/gpu-schema.js';
import { gemmModel } from '../../../src/gpu/gemm/closed-form.js';
import type { GemmCost, GemmShape } from '../../../src/gpu/gemm/gemm-cost.js';
import { defaultParameters } from '../../../src/gpu/gemm/gemm-parameters.js';
import type { GemmSetup } from '../../../src/gpu/gemm/plan-work.js';
import { kernelFor, namedKernel } from '../../../src/gpu/kernels/kernel-choice.js';
import { gemmTimeline } from '../../../src/gpu/timeline/gemm-timeline.js';
import { waves } from '../../../src/gpu/timeline/schedules/persistent.js';
import { isScheduled, scheduledModel } from '../../../src/gpu/timeline/scheduled-model.js';
import { cycleCauses } from '../../../src/trace/layer-activity.js';
import '../../property-seed.js';

const device = resolveGpu(loadGpu('a100-80gb-sxm').config);
const setupOf = (name: string, weight: string): GemmSetup => {
  const kernel = namedKernel(device, loadKernel(name), { activation: 'fp16', weight }, shippedKernels());
  return { device, kernel, parameters: defaultParameters(device, kernel), profile: healthyCard };
};
const closedForm = ({ device, kernel, parameters, profile }: GemmSetup) => gemmModel(device, kernel, parameters, profile);
const shapeOf = (m: number, n: number, k: number, weight_bits = 4.125): GemmShape => ({ m, n, k, activation_bits: 16, weight_bits, output_bits: 16 }); // prettier-ignore
const sum = ({ seconds }: GemmCost): number => cycleCauses.reduce((total, cause) => total + seconds[cause], 0);

const striped = setupOf('marlin', 'int4-g128');
const oneStage = setupOf('fast2bit-sync', 'int2-g16');
const size = fc.integer({ min: 1, max: 40 }).map((step) => 256 * step);

describe('the charge of a kernel', () => {
  it('is the closed form to the last bit for a kernel in waves with a pipeline of loads', () => {
    const kernel = kernelFor(device, shippedKernels(), { activation: 'bf16', weight: 'int4-g128' });
    const setup = { device, kernel, parameters: defaultParameters(device, kernel), profile: healthyCard };
    expect(isScheduled(kernel)).toBe(false);
    for (const m of [1, 16, 100, 4096]) {
      const shape = shapeOf(m, 4096, 11008);
      expect(scheduledModel(setup).cost(shape)).toEqual(closedForm(setup).cost(shape));
      expect(scheduledModel(setup).time_s(shape)).toBe(closedForm(setup).time_s(shape));
    }
  });

  it('is the run on the timeline for stream-K and for loads of one stage, and its causes sum to it, none below 0', () => {
    expect([striped, oneStage].every(({ kernel }) => isScheduled(kernel))).toBe(true);
    for (const power of [1, 0.3]) {
      const capped = { ...device, power: { ...device.power, board_W: device.power.board_W * power } };
      for (const setup of [striped, oneStage].map((setup) => ({ ...setup, device: capped }))) {
        const model = scheduledModel(setup);
        fc.assert(
          fc.property(fc.integer({ min: 1, max: 300 }), size, size, (m, n, k) => {
            const shape = shapeOf(m, n, k);
            const cost = model.cost(shape);
            const run_s = gemmTimeline(setup, shape)!.time_s;
            expect(Math.abs(cost.time_s / run_s - 1)).toBeLessThan(1e-9);
            expect(sum(cost)).toBe(cost.time_s);
            expect(model.time_s(shape)).toBe(cost.time_s);
            for (const cause of cycleCauses) expect(cost.seconds[cause], cause).toBeGreaterThanOrEqual(0);
          }),
          { numRuns: 25 },
        );
      }
    }
  });

  it('has fewer idle SMs in stripes than in waves, and pays for putting shared tiles together', () => {
    // 112 tiles of 16 x 256 on 108 SMs: the second wave holds 4.
    const shape = shapeOf(16, 112 * 256, 4096);
    const [stripes, inWaves] = [scheduledModel(striped).cost(shape), closedForm(striped).cost(shape)];
    expect(stripes.plan).toEqual(inWaves.plan);
    expect(stripes.time_s).toBeLessThan(inWaves.time_s);
    expect(gemmTimeline(striped, shape)!.time_s).toBeLessThan(gemmTimeline(striped, shape, waves)!.time_s);
    if (inWaves.plan.waves > 1) expect(stripes.seconds.laneStall).toBeLessThan(inWaves.seconds.laneStall);
    expect(stripes.dramRead_bytes).toBe(inWaves.dramRead_bytes);
  });

  it('puts loads that one stage does not hide into waiting for memory', () => {
    const shape = shapeOf(8, 8192, 8192, 2.5);
    const [turns, hidden] = [scheduledModel(oneStage).cost(shape), closedForm(oneStage).cost(shape)];
    expect(turns.time_s).toBeGreaterThan(hidden.time_s);
    expect(turns.seconds.dramStall).toBeGreaterThan(hidden.seconds.dramStall);
    expect(turns.seconds.launch).toBe(hidden.seconds.launch);
  });

  it('is remembered for the same shape, whoever holds the object', () => {
    const model = scheduledModel(striped);
    expect(model.cost(shapeOf(16, 4096, 4096))).toBe(model.cost(shapeOf(16, 4096, 4096)));
    expect(model.cost(shapeOf(16, 4096, 4096))).not.toBe(model.cost(shapeOf(16, 4096, 8192)));
  });
});
