/** Many points at once: their digits, whether they exist, and the values of an axis, each as one column that is made when it is first asked for. */
import { predicatesOf } from './conditions.js';
import type { SweepPlan } from './sweep-plan.js';

export interface DigitColumns {
  /** 1 where the conditions let the point be there. */
  exists(): Uint8Array;
  /** Values of a numeric axis; NaN where a condition keeps it out. */
  axisValues(name: string): Float64Array;
}

export function digitColumns(
  plan: Pick<SweepPlan, 'axes' | 'dimensions'>,
  { sizes }: { readonly sizes: readonly number[] },
  points: Float64Array,
): DigitColumns {
  const predicates = predicatesOf(plan.dimensions);
  const length = points.length;
  const weights = sizes.map((_, d) => sizes.slice(d + 1).reduce((product, size) => product * size, 1));

  const digits = kept((d: number): Int32Array => {
    const [weight, size] = [weights[d]!, sizes[d]!];
    const column = new Int32Array(length);
    for (let i = 0; i < length; i++) {
      const here = Math.floor(points[i]! / weight);
      column[i] = here - Math.floor(here / size) * size;
    }
    return column;
  });
  const present: (d: number) => Uint8Array = kept((d: number) => {
    const column = new Uint8Array(length).fill(1);
    for (const { dimension, holds } of predicates[d]!) {
      const [there, digit] = [present(dimension), digits(dimension)];
      for (let i = 0; i < length; i++) column[i]! &= there[i]! & holds[digit[i]!]!;
    }
    return column;
  });
  return {
    exists() {
      const column = new Uint8Array(length).fill(1);
      for (const [d, own] of predicates.entries()) {
        if (own.length === 0) continue;
        const [there, digit] = [present(d), digits(d)];
        for (let i = 0; i < length; i++) if (there[i] === 0 && digit[i] !== 0) column[i] = 0;
      }
      return column;
    },
    axisValues: kept((name: string) => {
      const axis = plan.axes.findIndex((candidate) => candidate.name === name);
      const d = plan.dimensions.findIndex(({ members }) => members.some((member) => member.axis === axis));
      const member = plan.dimensions[d]?.members.find((candidate) => candidate.axis === axis);
      if (member === undefined) throw new Error(`no axis ${name} in the plan`);
      const values = plan.axes[axis]!.values.map((value) => (typeof value === 'number' ? value : NaN));
      const byPosition = Float64Array.from(member.valueAt, (index) => values[index]!);
      const [there, digit] = [present(d), digits(d)];
      const column = new Float64Array(length);
      for (let i = 0; i < length; i++) column[i] = there[i] === 1 ? byPosition[digit[i]!]! : NaN;
      return column;
    }),
  };
}

/** The function, remembering what it answered. */
function kept<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
