import { describe, expect, it } from 'vitest';
import { adaptivFloat } from '../../src/formats/adaptive-float.js';
import { formatNamed } from '../../src/formats/index.js';

describe('AdaptivFloat', () => {
  it('has every binade full, and zero in place of its smallest number', () => {
    expect([...adaptivFloat(4, 2).values]).toEqual([0, 1.5, 2, 3, 4, 6, 8, 12, 0, -1.5, -2, -3, -4, -6, -8, -12]);
    const { values } = formatNamed('adaptivfloat8e3');
    expect([values[1], values[15], values[16], values[127]]).toEqual([1.0625, 1.9375, 2, 248]);
  });

  it('rounds what lies below its smallest number to it or to zero, whichever is nearer', () => {
    const { encode, decode } = formatNamed('adaptivfloat8e3');
    expect([0.53, 0.54, -0.53, -0.54, 1, 1000].map((v) => decode(encode(v)))).toEqual([0, 1.0625, 0, -1.0625, 1.0625, 248]);
  });

  it('exists up to 8 bits with 1 to 4 exponent bits', () => {
    for (const [bits, exponentBits] of [[9, 3], [8, 0], [8, 5], [3, 3], [4, 4]] as const) expect(() => adaptivFloat(bits, exponentBits)).toThrow(RangeError); // prettier-ignore
    expect(adaptivFloat(4, 3).values.length).toBe(16);
  });
});
