/**
 * How a sweep is cut into parts. It depends on the plan alone, never on the number of workers, so that any machine writes the same files.
 * A part should take a worker tenths of a second: models in closed form come to tens of thousands of points in that time, those that search
 * mappings to hundreds. Small sweeps are cut into about 64 parts, so that workers and shards share them evenly; the first part is smaller, so
 * that its rows are there soon after the start.
 */
import type { SweepPlan } from '../plan/sweep-plan.js';

interface Sizes {
  readonly first: number;
  readonly least: number;
  readonly most: number;
}

const closedFormSizes: Sizes = { first: 512, least: 1024, most: 16_384 };
const searchedSizes: Sizes = { first: 16, least: 4, most: 512 };
/** Timing models whose cost does not depend on a search over mappings. */
const closedForms = ['layer-roofline', 'systolic-folds'];

export interface Cut {
  readonly count: number;
  /** Positions of a part; the first one has fewer. */
  readonly points: number;
  /** Positions `from` to `to` (exclusive) of a part. */
  range(part: number): { readonly from: number; readonly to: number };
}

export function cutSequence(plan: SweepPlan, length: number): Cut {
  const { first, least, most } = isClosedForm(plan) ? closedFormSizes : searchedSizes;
  const points = Math.min(most, Math.max(least, Math.ceil(length / 64)));
  const head = Math.min(first, points, length);
  return {
    count: length === 0 ? 0 : 1 + Math.ceil((length - head) / points),
    points,
    range: (part) => ({
      from: part === 0 ? 0 : head + (part - 1) * points,
      to: Math.min(length, head + part * points),
    }),
  };
}

/** Parts of what a search asks for at once. */
export const askParts = 8;

/** Points in each of them. */
export const askPartPoints = (asked: number): number => Math.max(1, Math.ceil(asked / askParts));

/** Whether no point searches mappings. */
export function isClosedForm({ designs, base, axes }: SweepPlan): boolean {
  const set = [...base.set, ...axes.flatMap(({ path, values }) => values.map((value) => [path, value] as const))];
  const timings = [
    ...Object.values(designs.hardware).map(({ text }) => /^timing:\s*["']?([\w-]+)/m.exec(text)?.[1]),
    ...set.filter(([path]) => path === 'hardware.timing').map(([, value]) => value),
  ];
  return timings.every((timing) => typeof timing === 'string' && closedForms.includes(timing));
}
