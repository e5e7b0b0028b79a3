/** Does QoQ stay inside INT8 between its levels, bound its error as far as it can, and store what it says? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorMetrics } from '../../src/numeric/error-metrics.js';
import { matrix } from '../../src/numeric/matrix.js';
import { quantize } from '../../src/quantizers/index.js';
import { groupCode, groupFit } from '../../src/quantizers/qoq.js';
import { bitsPerWeight } from '../../src/quantizers/quantizer.js';
import { heavyTailed } from './random-matrix.js';
import { readBack } from './weight-matrices.js';

const roundings = ['round', 'ceil'] as const;

/** q8' of q8 in a group from min to max. */
function back(inner: number, { scale, zero }: { scale: number; zero: number }): number {
  return (groupCode(inner, scale, zero) - zero) * scale;
}

/** Every pair of ends a group of the protective range can have. */
const ends = Array.from({ length: 120 }, (_, low) => Array.from({ length: 120 }, (_high, high) => [-low, high] as const)).flat();

describe('level 2 of QoQ', () => {
  it.each([
    ['round', [-119, 119], { scale: 16, zero: 7 }, [-112, 112]],
    ['round', [0, 112], { scale: 7, zero: 0 }, [0, 105]],
    ['ceil', [0, 112], { scale: 8, zero: 0 }, [0, 112]],
    ['round', [0, 0], { scale: 1, zero: 0 }, [0, 0]],
    ['round', [-3, 4], { scale: 1, zero: 3 }, [-3, 4]],
  ] as const)('rounded by %s, range %j: %j, read back %j', (rounding, [min, max], expected, read) => {
    const fit = groupFit(min, max, rounding);
    expect(fit).toEqual(expected);
    expect([back(min, fit), back(max, fit)]).toEqual(read);
  });

  it.each(roundings)('rounded by %s has scales of at most 16 and gives back INT8 for every range and element', (rounding) => {
    let [largest, widest] = [0, 0];
    for (const [min, max] of ends) {
      const fit = groupFit(min, max, rounding);
      widest = Math.max(widest, fit.scale);
      for (let inner = min; inner <= max; inner++) largest = Math.max(largest, Math.abs(back(inner, fit)));
    }
    expect(widest).toBe(16);
    expect(largest).toBeLessThanOrEqual(127);
  });

  it('with scales rounded up errs by at most a scale, and by half of one where the zero point takes no code from an end', () => {
    let [worst, worstInside] = [0, 0];
    for (const [min, max] of ends) {
      const fit = groupFit(min, max, 'ceil');
      const [lowest, highest] = [-fit.zero * fit.scale, (15 - fit.zero) * fit.scale];
      for (let inner = min; inner <= max; inner++) {
        const error = Math.abs(back(inner, fit) - inner) / fit.scale;
        worst = Math.max(worst, error);
        if (inner <= highest && inner >= lowest) worstInside = Math.max(worstInside, error);
      }
    }
    expect([worst <= 1, worstInside]).toEqual([true, 0.5]);
  });

  it('with scales rounded to nearest clips the ends by at most 7.5 more than half a scale', () => {
    let worst = 0;
    for (const [min, max] of ends) {
      const fit = groupFit(min, max, 'round');
      for (const end of [min, max]) worst = Math.max(worst, Math.abs(back(end, fit) - end) - fit.scale / 2);
    }
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThanOrEqual(7.5);
  });
});

describe('matrices in QoQ', () => {
  it('give whole numbers of the row scale, within 127', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...roundings), fc.constantFrom(16, 40, 128), (seed, scaleRounding, group) => {
        const quantized = quantize('qoq', matrix(3, 140, heavyTailed(420, seed)), { scaleRounding, group });
        readBack(quantized).forEach((value, i) => {
          const inner = value / (quantized.side['channelScales']![Math.floor(i / 140)] as number);
          expect(Number.isInteger(inner) && Math.abs(inner) <= 127).toBe(true);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('cost 4.09375 bits in groups and 16 per row, or 4 and 20 per row', () => {
    const tensor = matrix(2, 4096, heavyTailed(8192, 3));
    expect(bitsPerWeight(quantize('qoq', tensor).bits)).toBe(4.09375 + 16 / 4096);
    expect(bitsPerWeight(quantize('qoq', tensor, { granularity: 'channel' }).bits)).toBe(4 + 20 / 4096);
  });

  it('per channel are those of round to nearest', () => {
    const tensor = matrix(4, 64, heavyTailed(256, 9));
    const rounded = quantize('rtn', tensor, { granularity: 'channel', symmetric: false });
    expect(readBack(quantize('qoq', tensor, { granularity: 'channel' }))).toEqual(readBack(rounded));
  });

  it('lose less than 1 dB to groups with scales of their own in FP16', () => {
    const tensor = matrix(64, 512, heavyTailed(64 * 512, 5));
    const sqnr = (name: string, options: object): number =>
      errorMetrics(tensor.data, readBack(quantize(name, tensor, { ...options }))).sqnr_dB!;
    expect(sqnr('qoq', {})).toBeGreaterThan(sqnr('rtn', { symmetric: false }) - 1);
  });
});
