import { describe, expect, it } from 'vitest';
import { abfloat } from '../../src/formats/abfloat.js';
import fixture from '../fixtures/olive/ovp_codec_vectors.json' with { type: 'json' };

describe('abfloat', () => {
  it.each([
    [2, fixture.abfloat_E2M1.bias2_int4],
    [3, fixture.abfloat_E2M1.bias3_flint4],
  ] as const)('with bias %i has the published magnitudes and leaves code 0 free', (bias, magnitudes) => {
    const format = abfloat({ exponentBits: 2, mantissaBits: 1, bias });
    for (const [code, value] of Object.entries(magnitudes)) {
      expect(format.decode(parseInt(code, 2))).toBe(value ?? NaN);
      expect(format.decode(8 + parseInt(code, 2))).toBe(value === null ? NaN : -value);
    }
  });

  it('reads back every value, never writes the free codes, saturates at both ends', () => {
    for (const shape of [
      { exponentBits: 2, mantissaBits: 1, bias: 2 },
      { exponentBits: 2, mantissaBits: 5, bias: 2 },
      { exponentBits: 2, mantissaBits: 2, bias: 2, signed: false },
    ]) {
      const format = abfloat(shape);
      format.values.forEach((value, code) => {
        if (!Number.isNaN(value)) expect(format.encode(value)).toBe(code);
      });
      const largest = Math.max(...format.values.filter((value) => !Number.isNaN(value)));
      expect(format.decode(format.encode(1e9))).toBe(largest);
      expect(Number.isNaN(format.decode(format.encode(0)))).toBe(false);
    }
    expect(() => abfloat({ exponentBits: 4, mantissaBits: 4, bias: 0 })).toThrow(RangeError);
  });
});
