/** Texts of sweep files for tests, and the plan or the problems they come to. */
import { LowbitError } from '../../../src/lowbit-error.js';
import { planOf, type SweepOptions } from '../../../src/sweep/plan/read-sweep.js';
import type { Dimension, SweepPlan } from '../../../src/sweep/plan/sweep-plan.js';

const head = 'name: test\nhardware: bitmod\nmodel: opt-1.3b\nscheme: bitmod-4b\n';

/** A sweep over a small base, with the lines given: the first of them is line 5. */
export function planWith(lines: string, options: SweepOptions = {}): SweepPlan {
  return planOf(head + lines, 's.yaml', options);
}

/** Message of the LowbitError that reading throws. */
export function problemOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof LowbitError) return error.message;
    throw error;
  }
  return 'no error';
}

/** A plan of dimensions only: one axis each, values 0, 1, 2, ... */
export function planOfDimensions(dimensions: readonly Pick<Dimension, 'size' | 'when'>[]): SweepPlan {
  const axes = dimensions.map(({ size }, i) => ({
    name: `a${i}`,
    path: `workload.a${i}`,
    values: Array.from({ length: size }, (_, v) => v),
  }));
  const whole = dimensions.map(({ size, when }, axis) => ({
    size,
    members: [{ axis, valueAt: Array.from({ length: size }, (_, i) => i) }],
    ...(when === undefined ? {} : { when }),
  }));
  return { ...planWith(''), axes, dimensions: whole };
}
