import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNamed, formats } from '../../src/formats/index.js';
import { minifloat } from '../../src/formats/minifloat.js';
import { LowbitError } from '../../src/lowbit-error.js';

const all = Object.values(formats);
const finite = (name: string): number[] => [...formatNamed(name).values].filter(Number.isFinite);
const sorted = (name: string): number[] => [...new Set(finite(name).map((value) => value + 0))].sort((a, b) => a - b);

describe.each(all.map((format) => [format.name, format] as const))('%s', (name, format) => {
  it('is listed under its own name, with a value for every code word', () => {
    expect(formats[name]).toBe(format);
    expect(format.values.length).toBe(2 ** format.bits);
    expect(format.description).not.toBe('');
    expect(format.source).not.toBe('');
  });

  it('reads back the value of every code word', () => {
    const codes = [...format.values.keys()];
    expect(codes.filter((code) => !Object.is(format.decode(code), format.values[code]))).toEqual([]);
    expect(
      codes.filter(
        (code) => Number.isFinite(format.values[code]) && format.decode(format.encode(format.values[code]!)) !== format.values[code],
      ),
    ).toEqual([]);
    expect(() => format.decode(2 ** format.bits)).toThrow(RangeError);
    expect(() => format.decode(-1)).toThrow(RangeError);
  });

  it('rounds to one of the two neighbours, to the nearer one when they differ', () => {
    const values = sorted(name);
    const wrong: number[] = [];
    for (let i = 0; i + 1 < values.length; i++) {
      const [low, high] = [values[i]!, values[i + 1]!];
      if (format.decode(format.encode(low + (high - low) * 0.499)) !== low) wrong.push(low);
      if (format.decode(format.encode(low + (high - low) * 0.501)) !== high) wrong.push(high);
      const tie = format.decode(format.encode(low / 2 + high / 2));
      if (tie !== low && tie !== high) wrong.push(tie);
    }
    expect(wrong).toEqual([]);
  });

  it('is monotone', () => {
    const anything = fc.double({ noNaN: true, min: -3 * sorted(name).at(-1)!, max: 3 * sorted(name).at(-1)! });
    fc.assert(
      fc.property(anything, anything, (a, b) => {
        expect(format.decode(format.encode(Math.min(a, b)))).toBeLessThanOrEqual(format.decode(format.encode(Math.max(a, b))));
      }),
    );
  });

  it('saturates below and above its range, or has infinities', () => {
    const values = sorted(name);
    const top = format.decode(format.encode(2 * values.at(-1)!));
    const bottom = format.decode(format.encode(-2 * values.at(-1)! - 1));
    if (format.bits === 16) expect([top, bottom]).toEqual([Infinity, -Infinity]);
    else expect([top, bottom]).toEqual([values.at(-1), values[0]]);
  });

  it('encodes NaN only when it has one', () => {
    if (format.values.some(Number.isNaN) && !name.includes('abfloat')) expect(format.decode(format.encode(NaN))).toBeNaN();
    else expect(() => format.encode(NaN)).toThrow(RangeError);
  });
});

describe('integers', () => {
  it("are two's complement or unsigned, all codes used, half to even", () => {
    expect(finite('int4')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1]);
    expect(sorted('uint8')).toEqual(Array.from({ length: 256 }, (_, i) => i));
    expect([0.5, 1.5, -0.5, -1.5, 6.5, 100, -100].map((v) => formatNamed('int4').decode(formatNamed('int4').encode(v)))).toEqual([
      0, 2, 0, -2, 6, 7, -8,
    ]);
  });
});

describe('minifloats', () => {
  it('have the values of the OCP tables', () => {
    expect(finite('e2m1').map((v) => v + 0)).toEqual([0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6]);
    expect(sorted('e3m0').slice(7)).toEqual([0, 0.25, 0.5, 1, 2, 4, 8, 16]);
    expect(sorted('e1m2').slice(7)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]);
  });

  it.each([
    ['e4m3', 448, 2 ** -9],
    ['e5m2', 57344, 2 ** -16],
    ['e3m2', 28, 0.0625],
    ['e2m3', 7.5, 0.125],
    ['e2m2', 7, 0.25],
    ['e3m1', 24, 0.125],
    ['e2m1', 6, 0.5],
  ])('%s ends at %f and begins at %f', (name, max, smallest) => {
    expect(sorted(name).at(-1)).toBe(max);
    expect(sorted(name).find((v) => v > 0)).toBe(smallest);
  });

  it('put NaN and the infinities where OFP8 has them', () => {
    const e4m3 = formatNamed('e4m3').values;
    expect([...e4m3.keys()].filter((code) => !Number.isFinite(e4m3[code]))).toEqual([0x7f, 0xff]);
    const e5m2 = formatNamed('e5m2');
    expect([e5m2.values[0x7c], e5m2.values[0xfc]]).toEqual([Infinity, -Infinity]);
    expect([0x7d, 0x7e, 0x7f, 0xfd, 0xfe, 0xff].every((code) => Number.isNaN(e5m2.values[code]))).toBe(true);
    expect([e5m2.encode(Infinity), e5m2.encode(1e9)]).toEqual([0x7c, 0x7b]);
  });

  it('round ties to the even code: E2M1 cut points', () => {
    const { encode, decode } = formatNamed('e2m1');
    const ties = [0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5, 6.5];
    expect(ties.map((v) => decode(encode(v)))).toEqual([0, 1, 1, 2, 2, 4, 4, 6]);
    expect(ties.map((v) => decode(encode(-v)) + 0)).toEqual([0, -1, -1, -2, -2, -4, -4, -6]);
  });

  it('round ties to the even code: E4M3 boundary cases', () => {
    const { encode, decode } = formatNamed('e4m3');
    expect([464, 465, 2 ** -10, 1.5 * 2 ** -9].map((v) => decode(encode(v)))).toEqual([448, 448, 0, 2 ** -8]);
  });

  it('round ties to the even code without mantissa bits too: E3M0 and E2M0', () => {
    const back = (name: string, values: number[]): number[] => values.map((v) => formatNamed(name).decode(formatNamed(name).encode(v)));
    // E3M0: 0 0.25 0.5 1 2 4 8 16; the midpoints between codes 1-2, 2-3, ..., 6-7.
    expect(back('e3m0', [0.125, 0.375, 0.75, 1.5, 3, 6, 12])).toEqual([0, 0.5, 0.5, 2, 2, 8, 8]);
    expect(back('e3m0', [-0.75, -3, -12])).toEqual([-0.5, -2, -8]);
    expect(back('e2m0', [0.5, 1.5, 3])).toEqual([0, 2, 2]);
  });

  it('keep the sign of zero in the code', () => {
    expect(formatNamed('e2m1').encode(-0)).toBe(8);
    expect(formatNamed('e2m1').encode(-0.1)).toBe(8);
    expect(Object.is(formatNamed('e2m1').decode(8), -0)).toBe(true);
  });

  it('exist for every split up to 8 bits, and not beyond', () => {
    for (let e = 1; e <= 7; e++) for (let m = 0; e + m <= 7; m++) expect(formatNamed(`e${e}m${m}`).bits).toBe(1 + e + m);
    expect(() => formatNamed('e5m3')).toThrow(LowbitError);
    expect(() => minifloat(0, 3)).toThrow(RangeError);
    expect(() => minifloat(5, 3)).toThrow(RangeError);
  });
});

describe('E8M0', () => {
  it('is a power of two from 2^-127 to 2^127 without sign and zero', () => {
    const { values, encode } = formatNamed('e8m0');
    expect([values[0], values[127], values[254]]).toEqual([2 ** -127, 1, 2 ** 127]);
    expect(values[255]).toBeNaN();
    expect([0, -5, 1.49, 1.5, 3, 1e300].map(encode)).toEqual([0, 0, 127, 128, 128, 254]);
  });
});

describe('normal-float', () => {
  const quantileOf = (levels: readonly number[]): number[] => levels.map((v) => v + 0);

  it('NF4 switches codes at the midpoint, and at the midpoint takes the lower level', () => {
    const { encode, values } = formatNamed('nf4');
    expect([encode(0.0397901), encode(0.0397902)]).toEqual([7, 8]);
    expect(encode((values[7]! + values[8]!) / 2)).toBe(7);
  });

  it.each([2, 3, 4, 8])('NF%i levels solve the quantile formula', (bits) => {
    const p = 0.9677083;
    const half = 2 ** (bits - 1);
    const probabilities = [
      ...Array.from({ length: half - 1 }, (_, i) => 1 - p + ((p - 0.5) * i) / (half - 1)),
      ...Array.from({ length: half + 1 }, (_, i) => 0.5 + ((p - 0.5) * i) / half),
    ];
    const largest = 1.848132;
    quantileOf([...formatNamed(`nf${bits}`).values]).forEach((level, i) => {
      expect(Math.abs(normalCdf(level * largest) - probabilities[i]!)).toBeLessThan(2e-7);
    });
  });
});

/** Cumulative standard normal by Simpson's rule on [0, x]. */
function normalCdf(x: number): number {
  const n = 400;
  const density = (t: number): number => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(x);
  for (let i = 1; i < n; i++) sum += density((x * i) / n) * (i % 2 === 0 ? 2 : 4);
  return 0.5 + (sum * x) / (3 * n);
}

describe('the dynamic map', () => {
  it('has 256 distinct values: 127 of each sign, 0 and 1', () => {
    const values = [...formatNamed('dynamic8').values];
    expect(new Set(values).size).toBe(256);
    expect(values.filter((v) => v < 0).length).toBe(127);
    expect([values.includes(0), Math.max(...values)]).toEqual([true, 1]);
  });
});

describe('names', () => {
  it('that are unknown are refused with the list and the nearest name', () => {
    expect(() => formatNamed('int44')).toThrow(/unknown format: int44; expected one of: int2, .*did you mean int4/);
    expect(() => formatNamed('toString')).toThrow(LowbitError);
  });
});
