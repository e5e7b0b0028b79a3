import { describe, expect, it } from 'vitest';
import { specialValueFormats } from '../../src/formats/special-value.js';

describe('special-value formats', () => {
  it.each([
    [3, [0, 1, 2, 4], [3, -3, 6, -6]],
    [4, [0, 0.5, 1, 1.5, 2, 3, 4, 6], [5, -5, 8, -8]],
  ] as const)('of %i bits are sign-magnitude floats with the special value in the code of -0', (bits, magnitudes, specials) => {
    specialValueFormats(bits).forEach((format, selector) => {
      const half = 2 ** (bits - 1);
      expect([...format.values.slice(0, half)]).toEqual(magnitudes);
      expect(format.values[half]).toBe(specials[selector]);
      expect([...format.values.slice(half + 1)]).toEqual(magnitudes.slice(1).map((m) => -m));
      format.values.forEach((value, code) => expect(format.encode(value)).toBe(code));
    });
    expect(specialValueFormats(bits).map(({ name }) => name)).toEqual(['er+', 'er-', 'ea+', 'ea-'].map((kind) => `fp${bits}-${kind}`));
  });

  it('send a midpoint to the lower entry and the next number above it to the upper one', () => {
    for (const format of [...specialValueFormats(3), ...specialValueFormats(4)]) {
      const sorted = [...format.values].sort((a, b) => a - b);
      sorted.slice(1).forEach((upper, i) => {
        const middle = (sorted[i]! + upper) / 2;
        expect(format.decode(format.encode(middle))).toBe(sorted[i]);
        expect(format.decode(format.encode(middle + 2 ** -40))).toBe(upper);
      });
    }
  });
});
