/** Small allocation problems for tests. */
import fc from 'fast-check';
import type { AllocationProblem } from '../../../src/codesign/allocation/allocation-problem.js';

/** Costs that are no integers, as seconds are. */
export const fractions = fc.integer({ min: 0, max: 2 ** 20 }).map((count) => count * 1.1e-9);

/** Problems with integer costs, all signals, some pairs forbidden or unknown, and a budget between the cheapest and the dearest choice. */
export function smallProblems(costs: fc.Arbitrary<number> = fc.integer({ min: 0, max: 30 })): fc.Arbitrary<AllocationProblem> {
  return fc
    .record({
      items: fc.integer({ min: 1, max: 7 }),
      options: fc.integer({ min: 1, max: 5 }),
      tightness: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .chain(({ items, options, tightness }) => {
      const size = items * options;
      const table = (values: fc.Arbitrary<number>): fc.Arbitrary<number[]> => fc.array(values, { minLength: size, maxLength: size });
      return fc
        .record({
          error: table(fc.double({ min: 0, max: 100, noNaN: true })),
          cost: table(costs),
          forbidden: table(fc.integer({ min: 0, max: 9 })),
          weights: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: items, maxLength: items }),
          signal: table(fc.double({ min: 0, max: 10, noNaN: true })),
        })
        .map(({ error, cost, forbidden, weights, signal }) => {
          // The first option of every item stays usable.
          const allowed = Uint8Array.from(forbidden, (value, at) => (at % options === 0 || value > 1 ? 1 : 0));
          const errors = Float64Array.from(error, (value, at) => (at % options !== 0 && forbidden[at] === 2 ? NaN : value));
          return problemOf({ errors, costs: Float64Array.from(cost), allowed, weights, signal, options, tightness });
        });
    });
}

interface Parts {
  readonly errors: Float64Array;
  readonly costs: Float64Array;
  readonly allowed: Uint8Array;
  readonly weights: readonly number[];
  readonly signal: readonly number[];
  readonly options: number;
  readonly tightness: number;
}

function problemOf({ errors, costs, allowed, weights, signal, options, tightness }: Parts): AllocationProblem {
  const usable = weights.map((_, item) =>
    [...costs.subarray(item * options, (item + 1) * options)].filter((_cost, option) => {
      const at = item * options + option;
      return allowed[at] === 1 && !Number.isNaN(errors[at]);
    }),
  );
  const least = usable.reduce((sum, values) => sum + Math.min(...values), 0);
  const most = usable.reduce((sum, values) => sum + Math.max(...values), 0);
  const perItem = Float64Array.from(weights, (_, item) => signal[item]!);
  return {
    items: weights.map((count, item) => ({ name: `item.${item}`, weights: count })),
    options: Array.from({ length: options }, (_, option) => `option-${option}`),
    error: errors,
    cost: costs,
    allowed,
    budget: least + tightness * (most - least),
    signals: {
      hessianTrace: perItem,
      lim: perItem,
      zd: perItem,
      salience: Float64Array.from(signal),
      divergence: Float64Array.from(signal),
      metricGroup: Int32Array.from(weights, (_, item) => item % 2),
      codeBits: Float64Array.from({ length: options }, (_, option) => option + 2),
    },
  };
}
