import { describe, expect, it } from 'vitest';
import { bestMantissaBits, criticalTokens, floatTrainingLoss, qatError } from '../../src/codesign/scaling-laws.js';

describe('the law of floating-point training', () => {
  const billion = { parameters: 1e9, block: 128 };

  it('has the published critical data sizes of a model of 10^9 parameters', () => {
    const tera = (exponentBits: number, mantissaBits: number): number => criticalTokens({ ...billion, exponentBits, mantissaBits }) / 1e12;
    expect(Math.abs(tera(2, 1) / 0.4 - 1)).toBeLessThan(0.02);
    expect(Math.abs(tera(4, 3) / 27 - 1)).toBeLessThan(0.02);
    expect(Math.abs(tera(8, 7) / 1730 - 1)).toBeLessThan(0.02);
  });

  it('has the published best layouts E2M1, E4M3 and E8M7', () => {
    expect([4, 8, 16].map((bits) => Math.round(bestMantissaBits(bits)))).toEqual([1, 3, 7]);
  });

  it('falls with data up to the critical size and rises beyond it', () => {
    const format = { ...billion, exponentBits: 2, mantissaBits: 1 };
    const critical = criticalTokens(format);
    const loss = (factor: number): number => floatTrainingLoss({ ...format, tokens: critical * factor });
    expect(loss(0.5)).toBeGreaterThan(loss(1));
    expect(loss(2)).toBeGreaterThan(loss(1));
  });

  it('loses less from a bit of exponent than from one of mantissa where both are as many, as published', () => {
    const at = (exponentBits: number, mantissaBits: number): number =>
      floatTrainingLoss({ parameters: 1e9, tokens: 1e11, block: 128, exponentBits, mantissaBits });
    expect(at(4, 3)).toBeLessThan(at(3, 4));
    for (const bits of [4, 8, 16]) {
      const best = bestMantissaBits(bits);
      const loss = (mantissa: number): number => at(bits - 1 - mantissa, mantissa);
      expect(loss(best)).toBeLessThan(Math.min(loss(best - 0.05), loss(best + 0.05)));
    }
  });

  it('has no loss from precision when every weight has its own scale', () => {
    const format = { parameters: 1e9, tokens: 1e11, exponentBits: 2, mantissaBits: 1 };
    expect(floatTrainingLoss({ ...format, block: 1 })).toBeLessThan(floatTrainingLoss({ ...format, block: 32 }));
    expect(floatTrainingLoss({ ...format, block: 1 })).toBe(floatTrainingLoss({ ...format, exponentBits: 8, mantissaBits: 7, block: 1 }));
  });
});

describe('the law of quantization-aware training', () => {
  it('falls with parameters, rises with tokens and groups, and is 0 for groups of one, for positive coefficients', () => {
    const coefficients = { k: 0.1, gammaN: 0.2, gammaD: 0.1, gammaG: 0.5 };
    const at = { parameters: 1e8, tokens: 1e10, group: 64 };
    const error = (change: Partial<typeof at>): number => qatError({ ...at, ...change }, coefficients);
    expect(error({ parameters: 2e8 })).toBeLessThan(error({}));
    expect(error({ tokens: 2e10 })).toBeGreaterThan(error({}));
    expect(error({ group: 128 })).toBeGreaterThan(error({}));
    expect(error({ group: 1 })).toBe(0);
  });
});
