import { describe, expect, it } from 'vitest';
import { card, gemm, run } from '../cards.js';

/** Tensor rate that a large GEMM reaches, over that of the data sheet. */
function share(name: string, formats: readonly [string, string], kernels: readonly string[] = []): number {
  const [m, n, k] = [8192, 8192, 8192];
  const setup = card(name, [], kernels);
  const type = formats[0] === 'int8' ? 'int8' : 'bf16';
  const rate = setup.config.tensor[type]?.macPerClockPerSm ?? NaN;
  const { latency_s } = run(setup, [gemm([m, n, k], formats)]).totals;
  return (m * n * k) / (latency_s * rate * setup.config.sms * setup.config.clock_MHz * 1e6);
}

describe('products that single warps issue', () => {
  it('stay below the rate that groups of warps reach on Hopper, whatever the operands', () => {
    for (const formats of [
      ['bf16', 'int4-g128'],
      ['bf16', 'int8'],
      ['int8', 'int8'],
    ] as const) {
      const warps = share('h100-sxm', formats);
      expect(warps).toBeGreaterThan(0.5);
      expect(warps).toBeLessThan(0.7);
    }
    expect(share('h100-sxm', ['bf16', 'bf16'])).toBeGreaterThan(0.85);
    expect(share('h100-sxm', ['int8', 'int8'], ['w8a8-hopper'])).toBeGreaterThan(0.8);
  });

  it('have the whole rate on cards without groups of warps', () => {
    expect(share('a100-80gb-sxm', ['int8', 'int8'])).toBeGreaterThan(0.85);
  });
});
