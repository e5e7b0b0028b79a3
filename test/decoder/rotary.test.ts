/** Do pairs turn by the angles of the formula, and do long-context frequencies follow their rule? */
import { describe, expect, it } from 'vitest';
import type { Rotary } from '../../src/decoder/decoder-model.js';
import { rotaryTable, rotate } from '../../src/decoder/rotary.js';
import { rowsOf } from '../../src/numeric/matmul.js';

/** Angle of every pair at position 1: its frequency. */
function frequencies(headDim: number, rotary: Rotary): number[] {
  const { cosines, sines, half } = rotaryTable(2, headDim, rotary);
  return Array.from({ length: half }, (_, i) => Math.atan2(sines[half + i] ?? NaN, cosines[half + i] ?? NaN));
}

const base = 500_000;
const plain = (i: number): number => base ** (-i / 32);

describe('the rotary embedding', () => {
  it('turns channels i and i + d/2 by t base^(-2i/d), at any position', () => {
    const table = rotaryTable(300, 4, { base: 100 });
    const y = rowsOf(new Float32Array(4), 1, 4);
    rotate(rowsOf(Float32Array.of(1, 0, 0, 2), 1, 4), table, 277, y);
    const [a, b] = [277, 277 / 10];
    for (const [i, value] of [Math.cos(a), -2 * Math.sin(b), Math.sin(a), 2 * Math.cos(b)].entries())
      expect(y.data[i]).toBeCloseTo(value, 6);
    expect(() => rotaryTable(1, 3, { base: 100 })).toThrow(RangeError);
  });

  it('scaled linearly turns by every frequency over the factor', () => {
    for (const [i, frequency] of frequencies(64, { base, scaling: { kind: 'linear', factor: 4 } }).entries())
      expect(frequency).toBeCloseTo(plain(i) / 4, 14);
  });

  it('scaled as Llama 3 keeps fast pairs, slows slow ones and goes over between 1 and 4 turns of 8192', () => {
    const scaled = frequencies(64, {
      base,
      scaling: { kind: 'llama3', factor: 32, lowFrequency: 1, highFrequency: 4, originalContext: 8192 },
    });
    const turns = (i: number): number => (8192 * plain(i)) / (2 * Math.PI);
    const regimes = { fast: 0, between: 0, slow: 0 };
    for (const [i, frequency] of scaled.entries()) {
      const wavelength = (2 * Math.PI) / plain(i);
      if (wavelength < 8192 / 4) {
        regimes.fast++;
        expect(frequency).toBeCloseTo(plain(i), 14);
      } else if (wavelength > 8192) {
        regimes.slow++;
        expect(frequency).toBeCloseTo(plain(i) / 32, 14);
      } else {
        regimes.between++;
        const smooth = (turns(i) - 1) / 3;
        expect(frequency).toBeCloseTo(((1 - smooth) * plain(i)) / 32 + smooth * plain(i), 14);
      }
    }
    expect(regimes).toEqual({ fast: 15, between: 3, slow: 14 });
  });
});
