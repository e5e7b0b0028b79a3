/**
 * Where the sums of sensitivity.ts stand in one Float64Array: for each objective count, sum and sum of squares; for each axis and value count, sum and
 * best; for each pair of axes and pair of values count and sum. Made from the plan alone, so that every part has the same layout.
 */
import type { SweepPlan } from '../plan/sweep-plan.js';

export interface AxisBlock {
  readonly axis: number;
  /** From the start of an objective: count, sum, best of value v at `start + 3 v`. */
  readonly start: number;
  readonly size: number;
}

export interface PairBlock {
  readonly a: number;
  readonly b: number;
  /** Count, sum of values v and w at `start + 2 (v columns + w)`. */
  readonly start: number;
  readonly cells: number;
  readonly columns: number;
}

export interface EffectsLayout {
  readonly objectives: number;
  readonly axes: readonly AxisBlock[];
  readonly pairs: readonly PairBlock[];
  /** Numbers per objective. */
  readonly stride: number;
  readonly length: number;
  /** Names of pairs without a table. */
  readonly skipped: readonly string[];
}

/** Largest table of a pair, and of all pairs of all objectives together: every part of a sweep carries them. */
const cellsOfPair = 65_536;
const cellsOfAll = 262_144;

/** Pairs get tables from the smallest up while there is room. An axis with one value has no effect, alone or in a pair. */
export function effectsLayout(plan: SweepPlan): EffectsLayout {
  const objectives = plan.objectives.length;
  let stride = 3;
  const axes = plan.axes.map(({ values }, axis) => {
    const block = { axis, start: stride, size: values.length };
    stride += 3 * values.length;
    return block;
  });
  const wanted = axes
    .flatMap((a) => axes.slice(a.axis + 1).map((b) => ({ a, b, cells: a.size * b.size })))
    .filter(({ a, b }) => a.size > 1 && b.size > 1)
    .sort((x, y) => x.cells - y.cells || x.a.axis - y.a.axis || x.b.axis - y.b.axis);
  const pairs: PairBlock[] = [];
  const skipped: string[] = [];
  let room = cellsOfAll;
  for (const { a, b, cells } of wanted) {
    if (cells > cellsOfPair || cells * objectives > room) {
      skipped.push(`${plan.axes[a.axis]!.name} x ${plan.axes[b.axis]!.name}`);
      continue;
    }
    pairs.push({ a: a.axis, b: b.axis, start: stride, cells, columns: b.size });
    stride += 2 * cells;
    room -= cells * objectives;
  }
  return { objectives, axes, pairs, stride, length: stride * objectives, skipped };
}
