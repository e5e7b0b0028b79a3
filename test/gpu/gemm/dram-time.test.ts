import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dramSeconds, STREAM_BYTES } from '../../../src/gpu/gemm/dram-time.js';
import '../../property-seed.js';

const peak_sPerByte = 1 / 2039e9;
const stream = (efficiency: number, growth: number) => ({ sPerByte: peak_sPerByte / efficiency, peak_sPerByte, growth });

describe('a stream from DRAM', () => {
  it('has the stated efficiency at 256 MiB, and the same at any size without growth', () => {
    expect(dramSeconds(stream(0.8, 0.04), STREAM_BYTES)).toBeCloseTo(STREAM_BYTES / (0.8 * 2039e9), 15);
    expect(dramSeconds(stream(0.8, 0), 1000)).toBe((1000 * peak_sPerByte) / 0.8);
  });

  it('reaches 2^growth more of the bandwidth with twice the bytes', () => {
    const rate = (bytes: number): number => bytes / dramSeconds(stream(0.75, 0.04), bytes);
    expect(rate(2 ** 25) / rate(2 ** 24)).toBeCloseTo(2 ** 0.04, 12);
  });

  it('never beats the bandwidth of the data sheet', () => {
    const bytes = 2 ** 40;
    expect(dramSeconds(stream(0.95, 0.1), bytes)).toBe(bytes * peak_sPerByte);
  });

  it('takes no time for nothing, and longer for more bytes, at any parameters', () => {
    expect(dramSeconds(stream(0.8, 0.05), 0)).toBe(0);
    const bytes = fc.double({ min: 1, max: 2 ** 42, noNaN: true });
    const share = fc.double({ min: 0.3, max: 1, noNaN: true });
    fc.assert(
      fc.property(bytes, bytes, share, fc.double({ min: 0, max: 0.2, noNaN: true }), (a, b, efficiency, growth) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        expect(dramSeconds(stream(efficiency, growth), less)).toBeLessThanOrEqual(dramSeconds(stream(efficiency, growth), more));
      }),
      { numRuns: 500 },
    );
  });
});
