import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counted, formatSI } from '../../src/units/si.js';

describe('formatSI', () => {
  it.each([
    [1.9e-3, 's', '1.90 ms'],
    [1, 's', '1.00 s'],
    [0, 's', '0 s'],
    [2.5e9, 'pJ', '2.50 mJ'],
    [0.84, 'pJ', '840 fJ'],
    [1, 'pJ', '1.00 pJ'],
    [1500, 'pJ', '1.50 nJ'],
    [512 * 1024, 'B', '512 KiB'],
    [3 * 2 ** 20, 'B', '3.00 MiB'],
    [16 * 2 ** 30, 'B', '16.0 GiB'],
    [999, 'B', '999 B'],
    [123456, 'cycles', '123 kcycles'],
    [0.5, 'W', '500 mW'],
    [1.234, 'mm2', '1.23 mm2'],
    [2.048, 'TOPS', '2.05 TOPS'],
    [39, 'Js', '39.0 Js'],
    [0.1, 'Js', '0.100 Js'],
    [8.1739, 'Js', '8.17 Js'],
    [4.2e-5, 'Js', '4.20e-5 Js'],
    [1.693, 'x', '1.69x'],
    [12.3456, '%', '12.3%'],
    [-2e-6, 's', '-2.00 us'],
  ] as const)('prints %d %s as %s', (value, unit, text) => {
    expect(formatSI(value, unit)).toBe(text);
  });

  it('changes the prefix where the rounded digits reach it, not before', () => {
    expect(formatSI(999.4e-6, 's')).toBe('999 us');
    expect(formatSI(999.5e-6, 's')).toBe('1.00 ms');
    expect(formatSI(999.6, 's')).toBe('1.00 ks');
    expect(formatSI(0.9994, 's')).toBe('999 ms');
    expect(formatSI(0.9996, 's')).toBe('1.00 s');
    expect(formatSI(1023, 'B')).toBe('1023 B');
    expect(formatSI(1024, 'B')).toBe('1.00 KiB');
  });

  it('keeps the value within half of the last printed digit, whatever its size', () => {
    const prefixes: Readonly<Record<string, number>> = {
      a: 1e-18,
      f: 1e-15,
      p: 1e-12,
      n: 1e-9,
      u: 1e-6,
      m: 1e-3,
      '': 1,
      k: 1e3,
      M: 1e6,
      G: 1e9,
      T: 1e12,
      P: 1e15,
      E: 1e18,
    };
    fc.assert(
      fc.property(fc.double({ min: 1e-17, max: 9e20, noNaN: true }), (value) => {
        const [, digits = '', prefix = ''] = /^([\d.]+) (\w?)s$/.exec(formatSI(value, 's')) ?? [];
        const factor = prefixes[prefix] ?? NaN;
        expect(Math.abs(Number(digits) * factor - value)).toBeLessThanOrEqual(value * 0.00502);
        expect(Number(digits)).toBeGreaterThanOrEqual(1);
        expect(Number(digits) < 1000 || prefix === 'E').toBe(true);
      }),
    );
  });

  it('refuses to print what is no number', () => {
    expect(() => formatSI(NaN, 's')).toThrow(RangeError);
    expect(() => formatSI(Infinity, 'pJ')).toThrow(RangeError);
  });
});

describe('counted', () => {
  it('has one of one thing and several of all other counts', () => {
    expect([0, 1, 2].map((count) => counted(count, 'window'))).toEqual(['0 windows', '1 window', '2 windows']);
  });
});
