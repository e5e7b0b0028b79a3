/** Is every method held against uniform and against the mean of random assignments at its own budget? */
import { describe, expect, it } from 'vitest';
import type { Chosen } from '../../../src/codesign/study/candidates.js';
import { compareMethods } from '../../../src/codesign/study/compare-methods.js';
import type { EvaluatedScheme } from '../../../src/codesign/study/measure.js';
import type { VerifyContext } from '../../../src/codesign/study/verify.js';
import { loadScheme } from '../../../src/config/catalogue.js';
import type { SchemeConfig } from '../../../src/trace/scheme-config.js';

const bitsOf = [3, 4, 6] as const;
const items = ['a', 'b', 'c', 'd'].map((name) => ({ name, products: [name], layer: 0, matrix: name, weights: 10 }));
const options = bitsOf.map((bits) => ({ name: `b${bits}`, format: 'int8', weight: { quantizer: 'bitmod', bits } }));
const table = (read: (bits: number) => number): Float64Array => Float64Array.from(items.flatMap(() => bitsOf.map(read)));

/** Losses of two windows that fall with the bits of the first item only. */
function evaluatedAs({ layers = [] }: SchemeConfig): EvaluatedScheme {
  const bits = layers.map(({ weight }) => Number(weight?.['bits']));
  const losses = [1 / bits[0]!, 2 / bits[0]!];
  return {
    window: 8,
    perplexity: Math.exp((losses[0]! + losses[1]!) / 2),
    referencePerplexity: 1,
    bitsPerWeight: bits.reduce((sum, value) => sum + value, 0) / bits.length,
    windowLosses_nats: losses,
    referenceLosses_nats: [0, 0],
  };
}

function contextOf(file: object): { readonly context: VerifyContext; readonly evaluated: SchemeConfig[] } {
  const evaluated: SchemeConfig[] = [];
  const context = {
    plan: { file: { compare: true, draws: 3, seed: 1, ...file }, scheme: loadScheme('bitmod-4b').config },
    tables: { items, options, error: table((bits) => 1 / bits), bits: table((bits) => 10 * bits), weights: 40, hardware: [{ point: { name: 'array' }, costs: { fixed: {} } }] },
    measurements: {
      evaluations: (tasks: readonly { readonly scheme: SchemeConfig }[]) => {
        evaluated.push(...tasks.map(({ scheme }) => scheme));
        return Promise.resolve(tasks.map(({ scheme }) => evaluatedAs(scheme)));
      },
    },
  } as unknown as VerifyContext; // prettier-ignore
  return { context, evaluated };
}

const budget = { resource: 'bits', value: 4.25 } as const;
const one = (method: string, ...choice: number[]): Chosen => ({ method, budget, hardware: 0, choice: Int32Array.from(choice) });
const chosen = [one('ilp', 1, 1, 1, 1), one('uniform', 0, 0, 0, 0), one('random', 2, 0, 0, 0), { ...one('ilp', 2, 2, 2, 2), budget: null }];

describe('methods at equal bits', () => {
  it('are held against uniform at the same budget', async () => {
    const [ilp, uniform] = await compareMethods(contextOf({}).context, chosen);
    expect(ilp?.againstUniform?.mean).toBeCloseTo(1.5 / 4 - 1.5 / 3, 12);
    expect([uniform?.againstUniform, uniform?.bits]).toEqual([null, 3]);
  });

  it('are held against the mean of as many random assignments as the study draws, each within the budget', async () => {
    const { context, evaluated } = contextOf({ draws: 4 });
    const [ilp, , random] = await compareMethods(context, chosen);
    const draws = evaluated.slice(2).map((scheme) => evaluatedAs(scheme));
    expect([random?.draws, ilp?.draws]).toEqual([4, 1]);
    for (const { bitsPerWeight } of draws) expect(bitsPerWeight).toBeLessThanOrEqual(4.25);
    const mean = random!.measured.logPerplexityDifference.mean;
    expect(ilp!.againstRandom!.mean).toBeCloseTo(1.5 / 4 - mean, 12);
    expect(random!.measured.perplexity).toBeCloseTo(Math.exp(mean), 12);
    expect(random!.againstRandom).toBeNull();
  });

  it('are the same again from the same seed', async () => {
    expect(await compareMethods(contextOf({}).context, chosen)).toEqual(await compareMethods(contextOf({}).context, chosen));
  });

  it('are compared at budgets in bits only, and where the study asks for it', async () => {
    expect(await compareMethods(contextOf({}).context, chosen)).toHaveLength(3);
    expect(await compareMethods(contextOf({ compare: false }).context, chosen)).toEqual([]);
  });
});
