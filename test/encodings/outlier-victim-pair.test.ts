import { describe, expect, it } from 'vitest';
import { exponentIntegerInPair, outlierVictimCodec } from '../../src/encodings/outlier-victim-pair.js';
import fixture from '../fixtures/olive/ovp_codec_vectors.json' with { type: 'json' };

const codecs = [
  outlierVictimCodec(4, 'int'),
  outlierVictimCodec(4, 'flint'),
  outlierVictimCodec(8, 'int'),
  outlierVictimCodec(4, 'int', false),
  outlierVictimCodec(4, 'flint', false),
].map((codec) => [`${codec.normal.name}, ${codec.codeBits} bits`, codec] as const);

describe('the outlier-victim pair codec', () => {
  it.each(fixture.pairs)('decodes $codes of $normal to $decoded', ({ normal, codes, decoded }) => {
    const codec = outlierVictimCodec(4, normal === 'int4' ? 'int' : 'flint');
    expect(codec.identifier.toString(2)).toBe(fixture.identifier);
    const [left, right] = codes.map((code) => parseInt(code, 2)) as [number, number];
    const valueOf = (code: number, partner: number) => {
      const { exponent, integer } = exponentIntegerInPair(codec, code, partner);
      return integer * 2 ** exponent;
    };
    expect([valueOf(left, right), valueOf(right, left)]).toEqual(decoded);
  });

  it.each(codecs)('of %s hands the multiplier the value of every code in both roles', (_, codec) => {
    for (let code = 0; code < 2 ** codec.normal.bits; code++) {
      if (code === codec.identifier) continue;
      const normal = exponentIntegerInPair(codec, code, 0);
      expect(normal.integer * 2 ** normal.exponent).toBe(codec.normal.decode(code));
      const value = codec.outlier.decode(code);
      if (Number.isNaN(value)) continue;
      const outlier = exponentIntegerInPair(codec, code, codec.identifier);
      expect(outlier.integer * 2 ** outlier.exponent).toBe(value);
    }
    expect(exponentIntegerInPair(codec, codec.identifier, 1)).toEqual({ exponent: 0, integer: 0 });
  });

  it.each(codecs)('of %s has an identifier that neither a normal value nor an outlier needs', (_, codec) => {
    const normals = [...codec.normal.values.keys()].filter((code) => code !== codec.identifier);
    if (codec.kind === 'flint') expect(normals.map((code) => codec.normal.decode(code))).toContain(0);
    const outliers = [...codec.outlier.values].filter((value) => !Number.isNaN(value));
    expect(outliers.map((value) => codec.outlier.encode(value))).not.toContain(codec.identifier);
    const largestNormal = Math.max(...normals.map((code) => Math.abs(codec.normal.decode(code))));
    expect(Math.min(...outliers.map(Math.abs))).toBeGreaterThan(largestNormal);
  });

  it('exists for 4 bits and for signed 8-bit integers only', () => {
    expect(() => outlierVictimCodec(5, 'int')).toThrow(RangeError);
    expect(() => outlierVictimCodec(8, 'flint')).toThrow(RangeError);
    expect(() => outlierVictimCodec(8, 'int', false)).toThrow(/unsigned int8/);
  });
});
