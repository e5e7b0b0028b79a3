import { describe, expect, it } from 'vitest';
import { lqLoraBits, lqLoraConfigurations } from '../../src/codesign/lq-lora-configurations.js';

describe('the configurations of LQ-LoRA', () => {
  const all = lqLoraConfigurations();
  const bitsOf = (name: string): number => lqLoraBits(all.find((configuration) => configuration.name === name)!);

  it('are 432 with names of their own and at most 288 prices', () => {
    expect(all).toHaveLength(432);
    expect(new Set(all.map(({ name }) => name)).size).toBe(432);
    expect(new Set(all.map(lqLoraBits)).size).toBeLessThanOrEqual(288);
  });

  it('take the published 0.127 bits per weight for the scales of NF4 with double quantization', () => {
    expect(bitsOf('nf4-g64-s8-fp32-g256')).toBeCloseTo(4.127, 3);
    expect(bitsOf('nf4-g64-s8-fp32-g256')).toBe(4 + 8 / 64 + 32 / (64 * 256));
    expect(bitsOf('nf3-g64-s8-fp32-g256')).toBeCloseTo(3.127, 3);
  });

  it('span from the smallest to the largest formula', () => {
    const prices = all.map(lqLoraBits);
    expect(Math.min(...prices)).toBe(2 + 2 / 64 + 16 / (64 * 256));
    expect(Math.max(...prices)).toBe(8 + 8 / 16 + 32 / (16 * 16));
    expect(bitsOf('nf2-g16-s3-bf16-g16')).toBe(2 + 3 / 16 + 16 / 256);
  });
});
