import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cycles,
  cyclesToSeconds,
  megahertz,
  picojoules,
  picojoulesToJoules,
  squareMicrometres,
  squareMicrometresToSquareMillimetres,
} from '../../src/units/quantity.js';

describe('quantities', () => {
  it('turn cycles into seconds by the clock', () => {
    expect(cyclesToSeconds(cycles(2_000_000), megahertz(1000))).toBe(2e-3);
    expect(cyclesToSeconds(cycles(1), megahertz(500))).toBe(2e-9);
  });

  it('turn picojoules into joules and square micrometres into square millimetres', () => {
    expect(picojoulesToJoules(picojoules(2.5e12))).toBe(2.5);
    expect(squareMicrometresToSquareMillimetres(squareMicrometres(1507.7))).toBe(0.0015077);
  });

  it('refuse values that are no quantity, and accept zero', () => {
    for (const value of [-1, -1e-300, NaN, Infinity, -Infinity]) expect(() => cycles(value)).toThrow(RangeError);
    expect(cycles(0)).toBe(0);
  });

  it('refuse a clock that stands still', () => {
    expect(() => cyclesToSeconds(cycles(1), megahertz(0))).toThrow('0 MHz');
  });

  it('scale linearly: twice the cycles take twice the time, twice the clock half of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), fc.integer({ min: 1, max: 10_000 }), (count, clock) => {
        const time = cyclesToSeconds(cycles(count), megahertz(clock));
        expect(cyclesToSeconds(cycles(2 * count), megahertz(clock))).toBe(2 * time);
        expect(cyclesToSeconds(cycles(count), megahertz(2 * clock))).toBe(time / 2);
      }),
    );
  });

  it('do not compile in the place of another unit', () => {
    // @ts-expect-error picojoules are no cycles
    const seconds = cyclesToSeconds(picojoules(1), megahertz(1));
    // @ts-expect-error a plain number has no unit
    const joules = picojoulesToJoules(1);
    // @ts-expect-error the order of the arguments matters
    const swapped = cyclesToSeconds(megahertz(1), cycles(1));
    expect([seconds, joules, swapped].every(Number.isFinite)).toBe(true);
  });
});
