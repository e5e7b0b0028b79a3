import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outlierVictimCodec } from '../../src/encodings/outlier-victim-pair.js';
import type { ElementFormat } from '../../src/formats/element-format.js';
import { formatNamed, formats } from '../../src/formats/index.js';
import { peNamed } from '../../src/pe/index.js';

const fp16 = formatNamed('fp16');
/** Every number here is a multiple of 2^-80, so that sums of products are exact in units of 2^-160. */
const units = (value: number) => BigInt(value * 2 ** 80);

function errorOf(value: number, w: readonly number[], a: readonly number[]): bigint {
  const exact = w.reduce((sum, weight, i) => sum + units(weight) * units(a[i]!), 0n);
  const difference = (units(value) << 80n) - exact;
  return difference < 0n ? -difference : difference;
}

/** Half-precision code words without infinities and NaN, every exponent equally often. */
const half = fc.integer({ min: 0, max: 0xffff }).filter((code) => (code & 0x7c00) !== 0x7c00);
const halves = fc.array(fc.tuple(half, half), { maxLength: 60 });

function finiteCode(format: ElementFormat): fc.Arbitrary<number> {
  if (format.name === 'fp16') return half;
  return fc.constantFrom(...[...format.values.keys()].filter((code) => Number.isFinite(format.values[code])));
}

describe('single-precision accumulation of half-precision products', () => {
  it('stays within its declared bound, which is 0 for one product', () => {
    fc.assert(
      fc.property(halves, (codes) => {
        const [w, a] = [codes.map(([code]) => code), codes.map(([, code]) => code)];
        const { value, roundingBound, cycles } = peNamed('fp16').dot({ format: fp16, codes: w }, { format: fp16, codes: a });
        const bound = units(roundingBound * 2 ** 60) << 20n;
        expect(errorOf(value, w.map(fp16.decode), a.map(fp16.decode)) <= bound).toBe(true);
        expect(cycles).toBe(codes.length);
        if (codes.length < 2) expect(roundingBound).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('rounds every addition half to even', () => {
    const dot = (w: number[], a: number[]) =>
      peNamed('fp16').dot({ format: fp16, codes: w.map(fp16.encode) }, { format: fp16, codes: a.map(fp16.encode) }).value;
    // 2^12 * 2^12 = 2^24: the unit in the last place is 2 there.
    expect(dot([4096, 1], [4096, 1])).toBe(2 ** 24);
    expect(dot([4096, 1, 1], [4096, 1, 1])).toBe(2 ** 24);
    expect(dot([4096, 1], [4096, 3])).toBe(2 ** 24 + 4);
    expect(dot([1, 1, 4096], [1, 1, 4096])).toBe(2 ** 24 + 2);
    expect(dot([65504, 65504], [65504, -65504])).toBe(0);
    expect(dot([2 ** -24], [2 ** -24])).toBe(2 ** -48);
  });

  const taken = Object.values(formats).filter((format) => peNamed('fp16').refuses(format, fp16) === null);

  it.each(taken.map((format) => [format.name, format] as const))('takes weights in %s within its bound', (_, format) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(finiteCode(format), half), { maxLength: 20 }), (codes) => {
        const [w, a] = [codes.map(([code]) => code), codes.map(([, code]) => code)];
        const { value, roundingBound } = peNamed('fp16').dot({ format, codes: w }, { format: fp16, codes: a });
        const bound = units(roundingBound * 2 ** 60 * (1 + 2 ** -40)) << 20n;
        expect(errorOf(value, w.map(format.decode), a.map(fp16.decode)) <= bound).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('refuses formats beyond the range of half precision, infinities and NaN', () => {
    for (const name of ['bf16', 'e8m0', 'upot5', 'pot6']) expect(peNamed('fp16').refuses(formatNamed(name), fp16)).toMatch(/beyond 65504/);
    for (const code of [0x7c00, 0xfc00, 0x7e00]) {
      expect(() => peNamed('fp16').dot({ format: fp16, codes: [code] }, { format: fp16, codes: [0] })).toThrow(
        'code of fp16 that is no finite number',
      );
    }
  });

  it.each(['flint4', 'pot4', 'int8', 'uantfloat4e3', 'antfloat6e3', 'flint6', 'uint4'])(
    'takes %s weights of the ANT decoder within its bound',
    (name) => {
      const format = formatNamed(name);
      fc.assert(
        fc.property(fc.array(fc.tuple(finiteCode(format), half), { maxLength: 30 }), (codes) => {
          const [w, a] = [codes.map(([code]) => code), codes.map(([, code]) => code)];
          const { value, roundingBound } = peNamed('ant').dot({ format, codes: w }, { format: fp16, codes: a });
          const bound = units(roundingBound * 2 ** 60) << 20n;
          expect(errorOf(value, w.map(format.decode), a.map(fp16.decode)) <= bound).toBe(true);
        }),
      );
    },
  );

  it('takes outlier-victim pairs of the OliVe decoder within its bound', () => {
    const { normal, outlier, identifier } = outlierVictimCodec(8, 'int');
    const pair = fc.oneof(
      fc.tuple(finiteCode(normal), finiteCode(normal)).filter((codes) => !codes.includes(identifier)),
      finiteCode(outlier).map((code): [number, number] => [code, identifier]),
      finiteCode(outlier).map((code): [number, number] => [identifier, code]),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(pair, half, half), { maxLength: 15 }), (list) => {
        const codes = list.flatMap(([p]) => p);
        const a = list.flatMap(([, left, right]) => [left, right]);
        const valueOf = (i: number) => {
          if (codes[i] === identifier) return 0;
          return codes[i % 2 === 0 ? i + 1 : i - 1] === identifier ? outlier.decode(codes[i]!) : normal.decode(codes[i]!);
        };
        const { value, roundingBound } = peNamed('olive').dot({ format: normal, codes }, { format: fp16, codes: a });
        const bound = units(roundingBound * 2 ** 60) << 20n;
        expect(errorOf(value, codes.map((_, i) => valueOf(i)), a.map(fp16.decode)) <= bound).toBe(true); // prettier-ignore
      }),
    );
  });
});
