import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { card, gemm, run } from '../cards.js';

const shape = fc.tuple(fc.integer({ min: 1, max: 20000 }), fc.integer({ min: 16, max: 20000 }), fc.integer({ min: 64, max: 20000 }));

describe('board power', () => {
  it.each([
    ['a100-80gb-sxm', 'bf16', 'bf16'],
    ['a100-80gb-sxm', 'bf16', 'int4-g128'],
    ['l40s', 'int8', 'int8'],
    ['h100-sxm', 'fp8', 'fp8'],
    ['rtx-3090', 'int4-g128', 'int4-g128'],
  ])('of %s is never exceeded by %s x %s', (name, activation, weight) => {
    const setup = card(name);
    const { board_W, idle_W } = setup.config.power;
    fc.assert(
      fc.property(shape, (size) => {
        const power_W = run(setup, [gemm(size, [activation, weight])]).totals.power_W ?? NaN;
        expect(power_W).toBeLessThanOrEqual(board_W * (1 + 1e-9));
        expect(power_W).toBeGreaterThanOrEqual(idle_W * (1 - 1e-9));
      }),
      { numRuns: 60 },
    );
  });

  it('slows a large GEMM down when the limit is lowered, and leaves a small one alone', () => {
    const [large, small] = [gemm([8192, 8192, 8192]), gemm([16, 4096, 4096])];
    const time = (layer: typeof large, board_W: number): number =>
      run(card('a100-80gb-sxm', [`power.board_W=${board_W}`]), [layer]).totals.latency_s;
    expect(time(large, 200)).toBeGreaterThan(time(large, 400) * 1.3);
    expect(time(small, 200)).toBe(time(small, 400));
    expect(run(card('a100-80gb-sxm', ['power.board_W=200']), [large]).totals.power_W).toBeLessThanOrEqual(200 * (1 + 1e-9));
  });

  it('leaves the energy of a product as it is when the limit is lowered', () => {
    const energy = (board_W: number) =>
      run(card('a100-80gb-sxm', [`power.board_W=${board_W}`]), [gemm([8192, 8192, 8192])]).totals.energyParts_pJ.pe;
    expect(energy(250)).toBe(energy(400));
  });
});
