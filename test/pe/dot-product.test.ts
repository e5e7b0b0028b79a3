import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ElementFormat } from '../../src/formats/element-format.js';
import { formatNamed, formats } from '../../src/formats/index.js';
import { signedInteger } from '../../src/formats/integer.js';
import { LowbitError } from '../../src/lowbit-error.js';
import { peNamed } from '../../src/pe/index.js';
import type { CodeVector } from '../../src/pe/processing-element.js';

const integerElements = ['int8', 'bitfusion', 'stripes', 'pragmatic', 'ant', 'olaccel', 'biscaled'];
const everyElement = [...integerElements, 'fp16', 'olive'];
const all = Object.values(formats);
const INT32_MAX = 2 ** 31 - 1;

/** Formats beside another one that an element multiplies exactly. */
function exactPairs(name: string): [ElementFormat, ElementFormat][] {
  const pe = peNamed(name);
  const pairs = all.flatMap((w) => all.map((a): [ElementFormat, ElementFormat] => [w, a]));
  return pairs.filter(([w, a]) => pe.refuses(w, a) === null && a.name !== 'fp16');
}

function vector(format: ElementFormat, codes: readonly number[]): CodeVector {
  return { format, codes };
}

/** Random code words of a pair of formats; the ends of the code range come often. */
function codesOf([w, a]: readonly [ElementFormat, ElementFormat], maxLength = 40) {
  const code = ({ bits }: ElementFormat) =>
    fc.oneof(fc.integer({ min: 0, max: 2 ** bits - 1 }), fc.constantFrom(0, 2 ** (bits - 1), 2 ** (bits - 1) - 1, 2 ** bits - 1));
  return fc.array(fc.tuple(code(w), code(a)), { maxLength });
}

function prefixSums(w: CodeVector, a: CodeVector): number[] {
  let sum = 0;
  return Array.from(w.codes, (code, i) => (sum += w.format.decode(code) * a.format.decode(a.codes[i]!)));
}

describe('an integer element', () => {
  it.each(integerElements)('%s gives the product of the decoded vectors exactly, in every pair of formats it takes', (name) => {
    const pe = peNamed(name);
    const pairs = exactPairs(name);
    expect(pairs.length).toBeGreaterThan(10);
    for (const pair of pairs) {
      const property = fc.property(codesOf(pair), (codes) => {
        const w = vector(pair[0], codes.map(([code]) => code)); // prettier-ignore
        const a = vector(pair[1], codes.map(([, code]) => code)); // prettier-ignore
        const sums = prefixSums(w, a);
        try {
          const { value, roundingBound } = pe.dot(w, a);
          expect(value + 0).toBe((sums.at(-1) ?? 0) + 0);
          expect(roundingBound).toBe(0);
        } catch (error) {
          // Types of a wide range can fill the accumulator within a few elements; then it must refuse.
          if (!(error instanceof LowbitError)) throw error;
          expect(error.what).toBe('sum beyond the 32-bit accumulator');
          const units = Math.min(...[pair[0], pair[1]].map(smallestStep));
          expect(Math.max(...sums.map(Math.abs)) / units ** 2).toBeGreaterThan(INT32_MAX);
        }
      });
      fc.assert(property, { numRuns: pairs.length > 200 ? 3 : 15 });
    }
  });

  it.each(integerElements)('%s takes one element, an odd number of them, and none', (name) => {
    const pe = peNamed(name);
    const [w, a] = [formatNamed('int4'), formatNamed('uint4')];
    expect(pe.dot(vector(w, []), vector(a, []))).toEqual({ value: 0, cycles: 0, roundingBound: 0 });
    expect(pe.dot(vector(w, [8]), vector(a, [15])).value).toBe(-120);
    expect(pe.dot(vector(w, [8, 7, 15]), vector(a, [15, 15, 0])).value).toBe(-15);
  });

  it.each(['int8', 'bitfusion', 'stripes', 'pragmatic', 'ant', 'olaccel'])('%s fills its accumulator and not one more', (name) => {
    const most = Math.floor(INT32_MAX / 255 ** 2);
    const uint8 = formatNamed('uint8');
    const highest = vector(uint8, new Array<number>(most).fill(255));
    expect(peNamed(name).dot(highest, highest).value).toBe(most * 255 ** 2);
    const longer = vector(uint8, new Array<number>(most + 1).fill(255));
    expect(() => peNamed(name).dot(longer, longer)).toThrow(
      'sum beyond the 32-bit accumulator: 2147515650; expected one of: -2147483648 to 2147483647; split the vectors along k and add the parts outside',
    );
  });

  it('ant refuses types of which one product alone overflows', () => {
    expect(peNamed('ant').refuses(formatNamed('pot5'), formatNamed('upot5'))).toMatch(/beyond the 32-bit accumulator/);
    expect(peNamed('ant').refuses(formatNamed('pot5'), formatNamed('upot4'))).toBeNull();
    expect(peNamed('biscaled').refuses(formatNamed('biscaled6-s4'), formatNamed('biscaled6-s4'))).toBeNull();
  });
});

function smallestStep(format: ElementFormat): number {
  return Math.min(1, ...[...format.values].map(Math.abs).filter((value) => value > 0));
}

describe('the formats an element takes', () => {
  it.each(everyElement)('of %s: what it refuses is refused with the operand, what would do, and why', (name) => {
    const pe = peNamed(name);
    const refused = all.flatMap((w) => all.map((a) => [w, a] as const)).filter(([w, a]) => pe.refuses(w, a) !== null);
    fc.assert(
      fc.property(fc.constantFrom(...refused), ([w, a]) => {
        try {
          pe.dot(vector(w, [0]), vector(a, [0]));
        } catch (error) {
          expect(error).toBeInstanceOf(LowbitError);
          const { what, details } = error as LowbitError;
          expect(what).toMatch(new RegExp(`^${name} cannot multiply`));
          expect(details.allowed?.length).toBeGreaterThan(0);
          expect(details.allowed).not.toContain(details.value);
          expect(details.remedy).toBe(pe.refuses(w, a));
          return;
        }
        throw new Error(`${name} multiplied ${w.name} and ${a.name}`);
      }),
      { numRuns: 50 },
    );
  });

  it('are named in the error, with the reason', () => {
    expect(() => peNamed('biscaled').dot(vector(formatNamed('int4'), [0]), vector(formatNamed('uint8'), [0]))).toThrow(
      'biscaled cannot multiply these activations: uint8; expected one of: int2, int3, int4, int5, int6, uint2, uint3, uint4, uint5, uint6, biscaled6-s1, biscaled6-s2, biscaled6-s3, biscaled6-s4; it multiplies integers of up to 6 bits and biscaled6 codes, no uint8',
    );
    expect(() => peNamed('int8').dot(vector(formatNamed('fp16'), [0]), vector(formatNamed('fp16'), [0]))).toThrow(
      /^int8 cannot multiply weights and activations: fp16 and fp16; expected one of: int2, /,
    );
  });

  it.each(everyElement)('of %s: code words they do not have are refused', (name) => {
    const int4 = formatNamed('int4');
    for (const code of [16, -1, 1.5, NaN]) {
      expect(() => peNamed(name).dot(vector(int4, [code]), vector(int4, [1]))).toThrow(RangeError);
      expect(() => peNamed(name).dot(vector(int4, [1]), vector(int4, [code]))).toThrow(RangeError);
    }
  });

  it.each(everyElement)('of %s: vectors of different length are a defect of the caller', (name) => {
    const int4 = formatNamed('int4');
    expect(() => peNamed(name).dot(vector(int4, [1, 2]), vector(int4, [1]))).toThrow(`${name}: 2 weights meet 1 activations`);
  });

  it.each(everyElement.filter((name) => name !== 'olaccel'))('of %s: outliers are refused, for it has no path for them', (name) => {
    const int4 = formatNamed('int4');
    const outliers = [{ index: 0, value: 100 }];
    expect(() => peNamed(name).dot({ format: int4, codes: [0], outliers }, vector(int4, [1]))).toThrow(
      `${name} has no path for outliers: 1; write every element as a code word`,
    );
  });
});

describe('the cycles of a dot product', () => {
  const counted = fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 })), { maxLength: 60 });
  const dotOf = (name: string, codes: readonly (readonly [number, number])[], activation = 'int8') =>
    peNamed(name).dot(
      vector(formatNamed('int8'), codes.map(([w]) => w)), // prettier-ignore
      vector(formatNamed(activation), codes.map(([, a]) => a)), // prettier-ignore
    );

  it.each(['int8', 'bitfusion', 'ant', 'olaccel', 'fp16'])('of bit-parallel %s are one per element', (name) => {
    fc.assert(fc.property(counted, (codes) => dotOf(name, codes).cycles === codes.length * peNamed(name).terms(8)));
  });

  it.each([0, 1, 15, 16, 17, 32, 33])('of stripes and %i elements are its terms for every 16 of them', (length) => {
    const bricks = Math.ceil(length / 16);
    for (const bits of [2, 5, 8]) {
      const zeros = new Array<number>(length).fill(0);
      const { cycles } = peNamed('stripes').dot(vector(formatNamed('int8'), zeros), vector(formatNamed(`int${bits}`), zeros));
      expect(cycles).toBe(bricks * peNamed('stripes').terms(bits));
    }
  });

  it('of pragmatic are those of the lane with the most ones, and at most its terms', () => {
    const ones = (magnitude: number) => magnitude.toString(2).replaceAll('0', '').length;
    fc.assert(
      fc.property(counted, (codes) => {
        let expected = 0;
        for (let brick = 0; brick < codes.length; brick += 16) {
          const magnitudes = codes.slice(brick, brick + 16).map(([, a]) => Math.abs(formatNamed('int8').decode(a)));
          expected += Math.max(1, ...magnitudes.map(ones));
        }
        const { cycles } = dotOf('pragmatic', codes);
        expect(cycles).toBe(expected);
        expect(cycles).toBeLessThanOrEqual(Math.ceil(codes.length / 16) * peNamed('pragmatic').terms(8));
      }),
    );
  });

  it('of pragmatic are one for a brick of zeros and of powers of two, all its bits for a brick with a code of ones', () => {
    const brick = (code: number) => Array.from({ length: 16 }, (_, i) => [1, i === 3 ? code : 0] as const);
    expect(dotOf('pragmatic', brick(0), 'uint8').cycles).toBe(1);
    expect(dotOf('pragmatic', brick(128), 'uint8').cycles).toBe(1);
    expect(dotOf('pragmatic', brick(255), 'uint8').cycles).toBe(8);
    expect(dotOf('pragmatic', brick(128)).cycles).toBe(1);
    expect(dotOf('pragmatic', brick(129)).cycles).toBe(7);
  });

  it('of pragmatic never exceed those of stripes', () => {
    fc.assert(fc.property(counted, (codes) => dotOf('pragmatic', codes).cycles <= dotOf('stripes', codes).cycles));
  });
});

describe('elements that join', () => {
  it.each(['bitfusion', 'ant', 'olive', 'olaccel'])('of %s: four for 8 x 8 bits, two for 8 x 4, one for 4 x 4', (name) => {
    const pe = peNamed(name);
    expect(pe.fusion?.(4, 4)).toEqual({ weightLanes: 1, activationLanes: 1 });
    expect(pe.fusion?.(8, 4)).toEqual({ weightLanes: 0.5, activationLanes: 1 });
    expect(pe.fusion?.(4, 8)).toEqual({ weightLanes: 1, activationLanes: 0.5 });
    expect(pe.fusion?.(8, 8)).toEqual({ weightLanes: 0.5, activationLanes: 0.5 });
  });

  it.each([[2, 1], [4, 1], [6, 0.5], [8, 0.5]])('grow and shrink with the precision as the 8/4 arrays of the comparison do: %i bits', (bits, lanes) => {
    // pf of an array that counts 8-bit elements is twice that of one that counts 4-bit elements.
    const pf = Math.floor(8 / Math.max(bits, 4));
    expect(peNamed('bitfusion').fusion?.(bits, bits)).toEqual({ weightLanes: pf / 2, activationLanes: pf / 2 });
    expect(pf / 2).toBe(lanes);
  }); // prettier-ignore

  it.each(['ant', 'olive'])('of %s: none with FP16 activations, which are multiplied whole', (name) => {
    expect(peNamed(name).fusion?.(8, 16)).toEqual({ weightLanes: 1, activationLanes: 1 });
  });

  it('of olive: not for the fifth bit of unsigned pairs, which is the identifier', () => {
    expect(peNamed('olive').fusion?.(5, 5)).toEqual({ weightLanes: 1, activationLanes: 1 });
  });

  it('take the same numbers as single ones', () => {
    const int4 = formatNamed('int4');
    const wide = signedInteger(8);
    fc.assert(
      fc.property(codesOf([int4, int4]), (codes) => {
        const narrow = codes.map(([w, a]) => [int4.decode(w), int4.decode(a)] as const);
        for (const name of ['bitfusion', 'ant', 'olaccel']) {
          const joined = peNamed(name).dot(
            vector(wide, narrow.map(([w]) => wide.encode(w))), // prettier-ignore
            vector(wide, narrow.map(([, a]) => wide.encode(a))), // prettier-ignore
          );
          const single = peNamed(name).dot(vector(int4, codes.map(([w]) => w)), vector(int4, codes.map(([, a]) => a))); // prettier-ignore
          expect(joined).toEqual(single);
        }
      }),
    );
  });
});
