import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outlierVictimCodec, type OutlierVictimCodec } from '../../src/encodings/outlier-victim-pair.js';
import { formatNamed } from '../../src/formats/index.js';
import { olive } from '../../src/pe/olive.js';
import fixture from '../fixtures/olive/ovp_codec_vectors.json' with { type: 'json' };

const codecs = [
  outlierVictimCodec(4, 'int'),
  outlierVictimCodec(4, 'flint'),
  outlierVictimCodec(8, 'int'),
  outlierVictimCodec(4, 'int', false),
  outlierVictimCodec(4, 'flint', false),
];

interface Pair {
  readonly codes: readonly [number, number];
  readonly values: readonly [number, number];
}

/** Pairs a quantizer can write, with the values the format tables give them. */
function pairOf({ normal, outlier, identifier }: OutlierVictimCodec): fc.Arbitrary<Pair> {
  const normals = [...normal.values.keys()].filter((code) => code !== identifier);
  const outliers = [...outlier.values.keys()].filter((code) => !Number.isNaN(outlier.values[code]));
  const normalPair = fc
    .tuple(fc.constantFrom(...normals), fc.constantFrom(...normals))
    .map((codes): Pair => ({ codes, values: [normal.decode(codes[0]), normal.decode(codes[1])] }));
  const withOutlier = fc
    .tuple(fc.constantFrom(...outliers), fc.boolean())
    .map(([code, left]): Pair =>
      left
        ? { codes: [code, identifier], values: [outlier.decode(code), 0] }
        : { codes: [identifier, code], values: [0, outlier.decode(code)] },
    );
  return fc.oneof(normalPair, withOutlier);
}

describe('the OliVe element', () => {
  const combinations = codecs.flatMap((w) => codecs.map((a) => [w.normal.name, a.normal.name, w, a] as const));

  it.each(combinations)('multiplies pairs of %s with pairs of %s exactly, whole or cut after the left element', (_w, _a, w, a) => {
    const pairs = fc.array(fc.tuple(pairOf(w), pairOf(a)), { maxLength: 12 });
    fc.assert(
      fc.property(pairs, (list) => {
        const codes = (side: 0 | 1) => list.flatMap((pair) => pair[side].codes);
        const values = (side: 0 | 1) => list.flatMap((pair) => pair[side].values);
        const exact = values(0).reduce((sum, value, i) => sum + value * values(1)[i]!, 0);
        const { value, cycles, roundingBound } = olive.dot({ format: w.normal, codes: codes(0) }, { format: a.normal, codes: codes(1) });
        expect(value + 0).toBe(exact + 0);
        expect([cycles, roundingBound]).toEqual([2 * list.length, 0]);
      }),
      { numRuns: 60 },
    );
  });

  it('reads the last code of an odd vector as a normal value, and as an outlier beside its padding', () => {
    const int4 = formatNamed('int4');
    const one = (codes: number[], others: number[]) => olive.dot({ format: int4, codes }, { format: int4, codes: others }).value;
    expect(one([5], [1])).toBe(5);
    expect(one([1, 2, 5], [1, 1, 1])).toBe(8);
    expect(one([5, 8], [1, 0])).toBe(48);
  });

  it.each(fixture.pairs)('decodes $codes of $normal to $decoded before it multiplies', ({ normal, codes, decoded }) => {
    const pair = { format: formatNamed(normal), codes: codes.map((code) => parseInt(code, 2)) };
    const int4 = formatNamed('int4');
    const left = olive.dot(pair, { format: int4, codes: [1, 0] }).value;
    const right = olive.dot(pair, { format: int4, codes: [0, 1] }).value;
    expect([left + 0, right + 0]).toEqual(decoded.map((value) => value + 0));
  });

  it('fills its accumulator with 528 products of the largest 8-bit outliers, and not with 529', () => {
    const int8 = formatNamed('int8');
    const largest = outlierVictimCodec(8, 'int').outlier.encode(2016);
    const pairs = (count: number) => ({ format: int8, codes: Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? largest : 128)) });
    expect(olive.dot(pairs(528), pairs(528)).value).toBe(528 * 2016 * 2016);
    expect(() => olive.dot(pairs(529), pairs(529))).toThrow(/sum beyond the 32-bit accumulator/);
  });

  it('refuses pairs that no quantizer writes', () => {
    const int4 = formatNamed('int4');
    const of = (codes: number[]) => () => olive.dot({ format: int4, codes }, { format: int4, codes: [1, 1] });
    expect(of([8, 8])).toThrow('no outlier-victim pair has 8 beside its identifier');
    expect(of([0, 8])).toThrow('no outlier-victim pair has 0 beside its identifier');
  });
});
