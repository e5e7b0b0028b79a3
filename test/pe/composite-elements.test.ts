import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ElementFormat } from '../../src/formats/element-format.js';
import { formatNamed, formats } from '../../src/formats/index.js';
import { LowbitError } from '../../src/lowbit-error.js';
import { seededRandom } from '../../src/numeric/random.js';
import { peNamed } from '../../src/pe/index.js';
import type { CodeVector } from '../../src/pe/processing-element.js';
import { codePairs, finiteCode, shareOfBound } from './exact-product.js';

const exactElements = ['adaptivfloat', 'mixpe-w4a8', 'lqer', 'qfx', 'eyeriss'];
const roundingElements = ['bitmod', 'gobo', 'figna', 'mixpe-w4a16'];
const elements = [...exactElements, ...roundingElements];
const all = Object.values(formats);

function takenPairs(name: string): [ElementFormat, ElementFormat][] {
  const pe = peNamed(name);
  return all.flatMap((w) => all.map((a): [ElementFormat, ElementFormat] => [w, a])).filter(([w, a]) => pe.refuses(w, a) === null);
}

/** A vector of int16, a format the catalogue does not have because tensors are never stored so. */
const int16: ElementFormat = {
  ...formatNamed('int8'),
  name: 'int16',
  bits: 16,
  values: Float64Array.from({ length: 65536 }, (_, code) => (code < 32768 ? code : code - 65536)),
  decode: (code) => (code < 32768 ? code : code - 65536),
};

describe('a composite element', () => {
  it.each(elements)('%s is within its bound of the exact product, in every pair of formats it takes', (name) => {
    const pairs = takenPairs(name);
    expect(pairs.length).toBeGreaterThan(0);
    for (const [w, a] of pairs) {
      fc.assert(
        fc.property(codePairs(w, a, 20), ([weight, activation]) => {
          const result = peNamed(name).dot(weight, activation);
          expect(shareOfBound(weight, activation, result)).toBeLessThanOrEqual(1);
          if (exactElements.includes(name)) expect(result.roundingBound).toBe(0);
        }),
        { numRuns: pairs.length > 100 ? 6 : 30 },
      );
    }
  });

  it.each(elements)('%s takes the cycles its terms imply', (name) => {
    const pe = peNamed(name);
    for (const [w, a] of takenPairs(name).slice(0, 40)) {
      fc.assert(
        fc.property(codePairs(w, a, 20), ([weight, activation]) => {
          const steps = name === 'bitmod' ? Math.ceil(weight.codes.length / 4) : weight.codes.length;
          expect(pe.dot(weight, activation).cycles).toBe(steps * pe.terms(w.bits));
        }),
        { numRuns: 3 },
      );
    }
  });

  it.each(elements)('%s refuses every other pair, saying what it was given and what it takes', (name) => {
    const pe = peNamed(name);
    const refused = all.flatMap((w) => [formatNamed('fp16'), formatNamed('int4')].map((a) => [w, a] as const));
    for (const [w, a] of refused) {
      const reason = pe.refuses(w, a);
      if (reason === null) continue;
      expect(reason).toMatch(new RegExp(w.name.replace('+', String.raw`\+`) + '|' + a.name));
      const dot = () => pe.dot({ format: w, codes: [0] }, { format: a, codes: [0] });
      expect(dot).toThrow(LowbitError);
      expect(dot).toThrow(/expected one of/);
    }
  });

  it.each(elements)('%s multiplies nothing to 0', (name) => {
    const [w, a] = takenPairs(name)[0]!;
    expect(peNamed(name).dot({ format: w, codes: [] }, { format: a, codes: [] })).toEqual({ value: 0, cycles: 0, roundingBound: 0 });
  });

  it.each(elements)('%s refuses side data it has no path for', (name) => {
    const pe = peNamed(name);
    const [w, a] = takenPairs(name)[0]!;
    const plain = (format: ElementFormat): CodeVector => ({ format, codes: [0] });
    const groupScales = { size: 16, format: formatNamed('uint8'), codes: [1] };
    if (pe.pesPerOutlierMultiplier === undefined) {
      expect(() => pe.dot({ ...plain(w), outliers: [{ index: 0, value: 1 }] }, plain(a))).toThrow(/no path for outliers/);
    }
    if (pe.scaledOperands === undefined) expect(() => pe.dot({ ...plain(w), groupScales }, plain(a))).toThrow(/no group scales of weights/);
    if (pe.scaledOperands?.includes('activation') !== true)
      expect(() => pe.dot(plain(w), { ...plain(a), groupScales })).toThrow(/no group scales of activations/);
    if (pe.foldsZeroPoint !== true) expect(() => pe.dot({ ...plain(w), zeroPoint: 1 }, plain(a))).toThrow(/no zero point of weights/);
    expect(() => pe.dot(plain(w), { ...plain(a), zeroPoint: 1 })).toThrow(/no zero point of activations/);
  });

  it.each(roundingElements)('%s refuses infinities and NaN', (name) => {
    const w = takenPairs(name)[0]![0];
    for (const code of [0x7c00, 0xfc00, 0x7e00])
      expect(() => peNamed(name).dot({ format: w, codes: [1] }, { format: formatNamed('fp16'), codes: [code] })).toThrow(LowbitError);
  });
});

describe('a declared bound', () => {
  /** The largest share of the bound on normal activations and uniform codes, as the pages of the PEs print it. */
  function measured(name: string, weight: string, zeroPoint?: number): number {
    const random = seededRandom(7);
    const [w, fp16] = [formatNamed(weight), formatNamed('fp16')];
    const shares = Array.from({ length: 60 }, () => {
      const codes = Array.from({ length: 128 }, () => random.integer(w.values.length));
      const activation: CodeVector = { format: fp16, codes: codes.map(() => fp16.encode(random.normal())) };
      const vector: CodeVector = { format: w, codes, ...(zeroPoint === undefined ? {} : { zeroPoint }) };
      const share = shareOfBound(vector, activation, peNamed(name).dot(vector, activation));
      expect(share).toBeLessThanOrEqual(1);
      return share;
    });
    return Math.max(...shares);
  }

  it.each([
    ['bitmod', 'fp3-ea+'],
    ['bitmod', 'fp4-er+'],
    ['bitmod', 'int8'],
    ['gobo', 'nf4'],
    ['figna', 'int8'],
    ['mixpe-w4a16', 'int4'],
  ])('of %s with %s weights is not far above what random data reach over 128 elements', (name, weight) => {
    expect(measured(name, weight)).toBeGreaterThan(0.3);
  });

  it('of mixpe-w4a16 holds and is reached with a zero point', () => {
    expect(measured('mixpe-w4a16', 'uint4', 8)).toBeGreaterThan(0.3);
  });
});

describe('eyeriss', () => {
  it('multiplies 16-bit integers exactly, and refuses a sum beyond 32 bits', () => {
    const extreme = { format: int16, codes: [32768] };
    expect(peNamed('eyeriss').refuses(int16, int16)).toBeNull();
    expect(peNamed('eyeriss').dot(extreme, extreme).value).toBe(2 ** 30);
    expect(() => peNamed('eyeriss').dot({ ...extreme, codes: [32768, 32768] }, { ...extreme, codes: [32768, 32768] })).toThrow(LowbitError);
    const property = fc.property(
      codePairs(int16, formatNamed('int8'), 100),
      ([w, a]) => shareOfBound(w, a, peNamed('eyeriss').dot(w, a)) === 0,
    );
    fc.assert(property);
  });
});

describe('mixpe', () => {
  const weights = ['int4', 'uint4', 'int3', 'uint2'].map(formatNamed);

  it.each(['mixpe-w4a8', 'mixpe-w4a16'])('%s folds the zero point: sum a q - z sum a is the product of a and q - z', (name) => {
    for (const format of weights) {
      const pair = codePairs(format, formatNamed(name === 'mixpe-w4a8' ? 'int8' : 'fp16'), 40);
      fc.assert(
        fc.property(pair, finiteCode(format), ([plain, a], zero) => {
          const w = { ...plain, zeroPoint: format.decode(zero) };
          expect(shareOfBound(w, a, peNamed(name).dot(w, a))).toBeLessThanOrEqual(1);
        }),
      );
    }
  });

  it('refuses a zero point its weights have no code for', () => {
    const a = { format: formatNamed('int8'), codes: [1] };
    const w = (zeroPoint: number) => ({ format: formatNamed('uint4'), codes: [1], zeroPoint });
    expect(peNamed('mixpe-w4a8').dot(w(15), a).value).toBe(-14);
    for (const zero of [16, -1, 0.5]) expect(() => peNamed('mixpe-w4a8').dot(w(zero), a)).toThrow(/zero point that is no code/);
  });

  it('fills its accumulator and not one more', () => {
    const vectors = (k: number) => [{ format: formatNamed('int4'), codes: Array<number>(k).fill(8) }, { format: formatNamed('int8'), codes: Array<number>(k).fill(128) }] as const; // prettier-ignore
    const fits = Math.floor((2 ** 31 - 1) / 1024);
    expect(peNamed('mixpe-w4a8').dot(...vectors(fits)).value).toBe(fits * 1024);
    expect(() => peNamed('mixpe-w4a8').dot(...vectors(fits + 1))).toThrow(/32-bit accumulator/);
  });
});

describe('figna', () => {
  it('is the correctly rounded exact sum while exponents differ by 13 at most, and loses bits from 14 on', () => {
    const dot = (...vectors: [CodeVector, CodeVector]) => peNamed('figna').dot(...vectors);
    const fp16 = formatNamed('fp16');
    const w = { format: formatNamed('int4'), codes: [1, 1] };
    const a = (spread: number) => ({ format: fp16, codes: [fp16.encode(1), fp16.encode(2 ** -spread * (1 + 2 ** -10))] });
    expect(dot(w, a(13))).toEqual({ value: 1 + 2 ** -13 * (1 + 2 ** -10), cycles: 2, roundingBound: 0 });
    expect(dot(w, a(14)).roundingBound).toBe(2 ** -24);
    expect(shareOfBound(w, a(14), dot(w, a(14)))).toBe(1);
  });
});

describe('qfx', () => {
  it('takes the formats whose values are sums of two signed powers of two, and no others', () => {
    const qfx = peNamed('qfx');
    const taken = all.filter((format) => qfx.refuses(format, formatNamed('int8')) === null).map(({ name }) => name);
    expect(taken).toEqual(expect.arrayContaining(['int2', 'int3', 'int4', 'uint3', 'flint4', 'pot4', 'twohot8']));
    for (const name of ['int5', 'uint4', 'int8', 'e2m1', 'nf4', 'fp16']) expect(taken).not.toContain(name);
    expect(qfx.fpgaCost?.(8)).toEqual({ adder_LUT: 16, DSP: 0 });
  });
});

describe('twohot8', () => {
  it('holds every integer of at most two signed digits up to 256, and the nearest one of others', () => {
    const values = new Set(formatNamed('twohot8').values);
    const isSum = (v: number) => Array.from({ length: 8 }, (_, i) => 2 ** i).some((p) => [v - p, v + p].some((rest) => Math.log2(Math.abs(rest)) % 1 === 0 && Math.abs(rest) <= 128)); // prettier-ignore
    for (let v = -256; v <= 256; v++) expect(values.has(v)).toBe(isSum(v));
    expect(formatNamed('twohot8').decode(formatNamed('twohot8').encode(11))).toBe(12);
  });
});
