import { describe, expect, it } from 'vitest';
import { essentialBitHistogram } from '../../src/quantizers/essential-bit-histogram.js';
import { roundToNearest } from '../../src/quantizers/round-to-nearest.js';

const tensor = { rows: 1, cols: 5, data: Float32Array.of(-7, -3, 0, 2, 7) };
const quantized = (options: object) =>
  roundToNearest.quantize(tensor, roundToNearest.options.parse({ bits: 4, granularity: 'tensor', ...options }));

describe('the essential bits of integer codes', () => {
  it('are the ones of the magnitude', () => {
    // -7, -3, 0, 2, 7: 3, 2, 0, 1, 3 ones.
    expect(essentialBitHistogram(quantized({}))).toEqual([0.2, 0.2, 0.2, 0.4, 0]);
  });

  it('are the ones of the code where it has a zero point', () => {
    const { codes } = quantized({ symmetric: false });
    const ones = Array.from(codes, (code) => code.toString(2).replaceAll('0', '').length);
    const shares = Array.from({ length: 5 }, (_, i) => ones.filter((count) => count === i).length / 5);
    expect(essentialBitHistogram(quantized({ symmetric: false }))).toEqual(shares);
  });
});
