import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordLengthModel } from '../../../src/codesign/allocation/adapt.js';
import { allocationOf, isUsable, type AllocationProblem } from '../../../src/codesign/allocation/allocation-problem.js';
import { allocate, allocationMethods } from '../../../src/codesign/allocation/index.js';
import { LowbitError } from '../../../src/lowbit-error.js';
import { fractions, smallProblems } from './problem.js';

const names = Object.keys(allocationMethods);
const quick: Record<string, object> = { evolutionary: { population: 8, generations: 5 } };

function isFeasible(problem: AllocationProblem, choice: Int32Array): boolean {
  return (
    choice.length === problem.items.length &&
    choice.every((option, item) => option >= 0 && option < problem.options.length && isUsable(problem, item, option)) &&
    allocationOf(problem, choice).cost <= problem.budget
  );
}

describe('every allocation method', () => {
  it.each(names)('%s chooses usable options within the budget and says what they come to', async (name) => {
    await fc.assert(
      fc.asyncProperty(smallProblems(), async (problem) => {
        const { choice, error, cost } = await allocate(name, problem, { options: { ...quick[name] }, seed: 7 });
        expect(isFeasible(problem, choice)).toBe(true);
        expect(allocationOf(problem, choice)).toEqual({ choice, error, cost });
      }),
      { numRuns: 60 },
    );
  });

  it.each(names.filter((name) => name !== 'dynamic-programming'))('%s keeps a budget in fractions of a unit', async (name) => {
    await fc.assert(
      fc.asyncProperty(smallProblems(fractions), async (problem) => {
        const { choice } = await allocate(name, problem, { options: { ...quick[name] }, seed: 3 });
        expect(isFeasible(problem, choice)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it.each(names)('%s never errs less than the integer program', async (name) => {
    await fc.assert(
      fc.asyncProperty(smallProblems(), async (problem) => {
        const best = await allocate('ilp', problem);
        const other = await allocate(name, problem, { options: { ...quick[name] } });
        expect(other.error).toBeGreaterThanOrEqual(best.error - 1e-9 * Math.abs(best.error));
        expect(best.errorBound).toBeLessThanOrEqual(best.error);
      }),
      { numRuns: 30 },
    );
  });

  it.each(names)('%s chooses the same again from the same seed', async (name) => {
    const [problem] = fc.sample(smallProblems(), { numRuns: 1, seed: 5 });
    const twice = [await allocate(name, problem!, { seed: 11 }), await allocate(name, problem!, { seed: 11 })];
    expect(twice[0]).toEqual(twice[1]);
  });
});

const two: AllocationProblem = {
  items: [
    { name: 'a', weights: 10 },
    { name: 'b', weights: 10 },
  ],
  options: ['int4', 'int8'],
  error: Float64Array.of(4, 1, 8, 1),
  cost: Float64Array.of(40, 80, 40, 80),
  budget: 120,
};

describe('what users get wrong', () => {
  it('names the smallest budget when the budget is below it, and accepts that one', async () => {
    await expect(allocate('ilp', { ...two, budget: 79 })).rejects.toThrow(/below the cheapest choice: 79; the smallest budget is 80/);
    await expect(allocate('greedy', { ...two, budget: NaN })).rejects.toThrow(LowbitError);
    expect((await allocate('ilp', { ...two, budget: 80 })).choice).toEqual(Int32Array.of(0, 0));
  });

  it('names the item that has no option left', async () => {
    await expect(allocate('uniform', { ...two, allowed: Uint8Array.of(1, 1, 0, 0) })).rejects.toThrow(/no option is left for an item: b/);
  });

  it('says which signal a method misses', async () => {
    await expect(allocate('hessian-trace', two)).rejects.toThrow(/needs a signal the problem does not have: hessianTrace/);
  });

  it('names unknown methods and options with what is near them', async () => {
    await expect(allocate('gredy', two)).rejects.toThrow(/unknown allocation method: gredy.*did you mean greedy/);
    await expect(allocate('lim', { ...two, signals: { lim: Float64Array.of(1, 2) } }, { options: { low: 'int3' } })).rejects.toThrow(
      /unknown option: int3; expected one of: int4, int8/,
    );
  });

  it('names options that a method does not take, and values it does not', async () => {
    await expect(allocate('ilp', two, { options: { gaps: 0 } })).rejects.toThrow(
      /unknown option of allocation method ilp: gaps=0; expected one of: gap, solver, nodes; did you mean gap/,
    );
    await expect(allocate('ilp', two, { options: { gap: -1 } })).rejects.toThrow(
      /invalid option gap of allocation method ilp: -1; it must be at least 0/,
    );
  });

  it('refuses tables of another length as a defect', async () => {
    await expect(allocate('ilp', { ...two, cost: Float64Array.of(1) })).rejects.toThrow(RangeError);
  });
});

describe('rankings', () => {
  const lowFirst = {
    ...two,
    signals: { lim: Float64Array.of(-0.2, -0.9), zd: Float64Array.of(0.1, 0.3), hessianTrace: Float64Array.of(1, 5) },
  };

  it('raise the block that changes its input most', async () => {
    expect((await allocate('lim', lowFirst)).choice).toEqual(Int32Array.of(1, 0));
  });

  it('raise the block with the smallest share of large weights', async () => {
    expect((await allocate('z-score', lowFirst)).choice).toEqual(Int32Array.of(1, 0));
  });

  it('raise the item with the largest mean trace', async () => {
    expect((await allocate('hessian-trace', lowFirst)).choice).toEqual(Int32Array.of(0, 1));
  });

  it('raise items of equal importance together or not at all', async () => {
    const same = { ...two, signals: { lim: Float64Array.of(1, 1) } };
    expect((await allocate('lim', same)).choice).toEqual(Int32Array.of(0, 0));
    expect((await allocate('lim', { ...same, budget: 160 })).choice).toEqual(Int32Array.of(1, 1));
  });

  it('rank by the loss change of the low option for MixLLM', async () => {
    const salient = { ...two, signals: { salience: Float64Array.of(5, 0, 1, 9) } };
    expect((await allocate('mixllm', salient)).choice).toEqual(Int32Array.of(1, 0));
  });
});

describe('rankings below the uniform option', () => {
  // 2, 3 and 4 bits of four equal items; 3 bits for all is the budget.
  const three: AllocationProblem = {
    items: ['a', 'b', 'c', 'd'].map((name) => ({ name, weights: 1 })),
    options: ['int2', 'int3', 'int4'],
    error: Float64Array.from({ length: 12 }, (_, at) => [16, 4, 1][at % 3]!),
    cost: Float64Array.from({ length: 12 }, (_, at) => (at % 3) + 2),
    budget: 12,
    signals: { lim: Float64Array.of(1, 4, 3, 2) },
  };

  it('are uniform at a budget that a uniform option fills, and mix its neighbours one below', async () => {
    expect((await allocate('lim', three)).choice).toEqual(Int32Array.of(1, 1, 1, 1));
    expect((await allocate('lim', three, { options: { below: 1 } })).choice).toEqual(Int32Array.of(0, 2, 2, 0));
  });

  it('stop at the cheapest option', async () => {
    expect((await allocate('lim', three, { options: { below: 9 } })).choice).toEqual(Int32Array.of(0, 2, 2, 0));
    expect((await allocate('lim', { ...three, budget: 11 }, { options: { below: 1 } })).choice).toEqual(Int32Array.of(0, 1, 1, 1));
  });

  it('hold the budget however far below they start, and never pass a more important item over for a less important one of the same cost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          budget: fc.integer({ min: 8, max: 16 }),
          below: fc.integer({ min: 0, max: 3 }),
          lim: fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { minLength: 4, maxLength: 4 }),
        }),
        async ({ budget, below, lim }) => {
          const { choice, cost } = await allocate(
            'lim',
            { ...three, budget, signals: { lim: Float64Array.from(lim) } },
            { options: { below } },
          );
          expect(cost).toBeLessThanOrEqual(budget);
          const byImportance = [...choice.keys()].sort((a, b) => lim[b]! - lim[a]!).map((item) => choice[item]!);
          expect(byImportance).toEqual(byImportance.toSorted((a, b) => b - a));
        },
      ),
    );
  });
});

describe('MixDQ', () => {
  it('weighs each group by its own unit: a thousandfold unit of one group does not starve the other', async () => {
    const signals = { metricGroup: Int32Array.of(0, 1) };
    const error = Float64Array.of(4000, 1000, 8, 1);
    // Relative to int4 everywhere: raising a leaves 0.25 + 1, raising b 1 + 0.125.
    expect((await allocate('mixdq', { ...two, error, signals }, { options: { ratio: 2 } })).choice).toEqual(Int32Array.of(0, 1));
    expect((await allocate('ilp', { ...two, error })).choice).toEqual(Int32Array.of(1, 0));
  });
});

describe('AdaPT', () => {
  it('takes the cheapest option below one divergence for all items', async () => {
    const signals = { divergence: Float64Array.of(0.01, 0.001, 0.5, 0.002) };
    expect((await allocate('adapt', { ...two, signals })).choice).toEqual(Int32Array.of(0, 1));
  });

  it('models size by weights and speed by multiply-accumulates, both by word length and density', () => {
    const items = [
      { weights: 100, macs: 1000, wordBits: 8, density: 1 },
      { weights: 100, macs: 3000, wordBits: 16, density: 0.5 },
    ];
    expect(wordLengthModel(items)).toEqual({ size: 0.25, cost: 0.25, speedup: 4 });
    expect(wordLengthModel([{ weights: 5, macs: 7, wordBits: 32, density: 1 }])).toEqual({ size: 1, cost: 1, speedup: 1 });
  });
});
