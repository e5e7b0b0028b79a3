import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadGpu, shippedKernels } from '../../../src/config/gpu-catalogue.js';
import { healthyCard, resolveGpu } from '../../../src/gpu/device/gpu-schema.js';
import { gemmModel } from '../../../src/gpu/gemm/closed-form.js';
import { emptyProblem } from '../../../src/gpu/gemm/gemm-problem.js';
import { defaultParameters } from '../../../src/gpu/gemm/gemm-parameters.js';
import { padding_s } from '../../../src/gpu/gemm/padding-rows.js';
import { kernelFor } from '../../../src/gpu/kernels/kernel-choice.js';
import '../../property-seed.js';

const tile = { m: 128, n: 128, k: 256 };
const problem = (m: number, n: number, k: number) => ({ ...emptyProblem(), m, n, k, activation_bits: 4.5 });

function nvfp4On(card: string, padding_bytesPerClock: number) {
  const device = resolveGpu(loadGpu(card).config);
  const kernel = kernelFor(device, shippedKernels(), { activation: 'nvfp4', weight: 'nvfp4' });
  return gemmModel(device, kernel, { ...defaultParameters(device, kernel), padding_bytesPerClock }, healthyCard);
}

const shape = (m: number, n: number, k: number) => ({ m, n, k, activation_bits: 4.5, weight_bits: 4.5, output_bits: 16 });

describe('rows of tiles beyond those of a GEMM', () => {
  it('take the bytes of the rows that are not there, once per column of tiles', () => {
    expect(padding_s(1, problem(1, 256, 512), tile)).toBe((127 * 2 * 512 * 4.5) / 8);
    expect(padding_s(1, problem(129, 257, 512), tile)).toBe((127 * 3 * 512 * 4.5) / 8);
  });

  it('take nothing at whole tiles, and nothing where a kernel leaves them out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 4096 }), (tiles, n) => {
        expect(padding_s(1, problem(128 * tiles, n, 512), tile)).toBe(0);
        expect(padding_s(0, problem(tiles, n, 512), tile)).toBe(0);
      }),
    );
  });

  it('make one row slower than a whole tile where all blocks load them, in proportion to the rows that are missing', () => {
    const model = nvfp4On('rtx-pro-6000', 330);
    const at = (m: number): number => model.time_s(shape(m, 16384, 2048));
    expect(at(1)).toBeGreaterThan(1.3 * at(128));
    expect((at(1) - at(33)) / (at(1) - at(17))).toBeCloseTo(2, 6);
    const without = nvfp4On('rtx-pro-6000', 16384);
    expect(without.time_s(shape(1, 16384, 2048))).toBeLessThan(without.time_s(shape(128, 16384, 2048)));
  });

  it('are slower with less bandwidth, never faster', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 256, max: 16384 }),
        fc.double({ min: 64, max: 8192, noNaN: true }),
        (m, n, rate) => {
          const [slow, fast] = [rate, 2 * rate].map((each) => nvfp4On('rtx-pro-6000', each).time_s(shape(m, n, 2048)));
          expect(slow).toBeGreaterThanOrEqual(fast! * (1 - 1e-12));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('shared memory', () => {
  it('leaves out tiles of which it does not hold two stages', () => {
    const wide = (card: string): number =>
      Math.max(...[1, 2, 4, 8, 16].map((i) => nvfp4On(card, 16384).cost(shape(512 * i, 8192, 4096)).plan.tile.n));
    expect(wide('b200')).toBe(256);
    expect(wide('rtx-pro-6000')).toBe(128);
  });
});
