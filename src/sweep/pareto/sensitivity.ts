/**
 * Sensitivity of objectives to axes, from sums that are gathered while rows stream by. The share of an axis is the correlation ratio (Pearson 1905;
 * first-order index of Sobol 1993; Saltelli et al., "Global Sensitivity Analysis", 2008): Var(E[y | axis]) / Var(y), over feasible rows and weighted by
 * their counts. A pair adds Var(E[y | a, b]) / Var(y) less the shares of both axes. Over a full grid these are the terms of the analysis of variance; over
 * samples that are not balanced (random points, searches, grids with constraints) they are the usual estimates: shares of axes that move together
 * overlap, and a pair whose cells hold few rows each explains too much. A pair below 0 (overlap) reads 0. Rows where a condition keeps an axis out count
 * for the other axes only: the variance among the values of the axis is over the rows that have it, its share still one of the variance of all rows.
 * Values are taken as they are, not their logarithms: whether all are positive and wide apart is not known while rows stream by.
 * Left out: effects of three axes and more, and rows whose objective is not a finite number.
 */
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { SweepResult } from '../sweep-result.js';
import type { AxisBlock, EffectsLayout, PairBlock } from './effects-layout.js';
import { signsOf } from './minimised.js';

/** Rows in columns: indexes of axis values (-1: kept out) and objectives, minimised. */
export interface EffectRows {
  readonly length: number;
  readonly axes: readonly Int32Array[];
  readonly objectives: readonly Float64Array[];
}

/** No rows yet: zeros, and infinity as best. */
export function emptyEffects(layout: EffectsLayout): Float64Array {
  const effects = new Float64Array(layout.length);
  for (let o = 0; o < layout.objectives; o++) {
    for (const { start, size } of layout.axes) for (let v = 0; v < size; v++) effects[o * layout.stride + start + 3 * v + 2] = Infinity;
  }
  return effects;
}

/** Sums of a part. Where its rows take far less room than its sums, the rows themselves (row after row: axes, then objectives): `addEffects` tells by the length. */
export function effectsOf(layout: EffectsLayout, rows: EffectRows): Float64Array {
  const width = layout.axes.length + layout.objectives;
  if (4 * rows.length * width >= layout.length) {
    const effects = emptyEffects(layout);
    addRows(layout, effects, rows);
    return effects;
  }
  const columns = [...rows.axes, ...rows.objectives];
  const flat = new Float64Array(rows.length * width);
  for (const [c, column] of columns.entries()) for (let i = 0; i < rows.length; i++) flat[i * width + c] = column[i]!;
  return flat;
}

/** Adds what `effectsOf` made of a part. */
export function addEffects(layout: EffectsLayout, into: Float64Array, part: Float64Array): void {
  if (part.length !== layout.length) {
    const width = layout.axes.length + layout.objectives;
    const length = part.length / width;
    const axes = layout.axes.map((_, c) => Int32Array.from({ length }, (_row, i) => part[i * width + c]!));
    const objectives = Array.from({ length: layout.objectives }, (_, o) =>
      Float64Array.from({ length }, (_row, i) => part[i * width + layout.axes.length + o]!),
    );
    addRows(layout, into, { length, axes, objectives });
    return;
  }
  const tables = layout.pairs[0]?.start ?? layout.stride;
  for (let base = 0; base < layout.length; base += layout.stride) {
    for (let k = 0; k < 3; k++) into[base + k]! += part[base + k]!;
    for (let k = base + 3; k < base + tables; k += 3) {
      into[k]! += part[k]!;
      into[k + 1]! += part[k + 1]!;
      into[k + 2] = Math.min(into[k + 2]!, part[k + 2]!);
    }
    for (let k = base + tables; k < base + layout.stride; k++) into[k]! += part[k]!;
  }
}

function addRows(layout: EffectsLayout, into: Float64Array, { length, axes, objectives }: EffectRows): void {
  for (const [o, all] of objectives.entries()) {
    const base = o * layout.stride;
    const finite = all.every(Number.isFinite) ? null : all.map((y) => (Number.isFinite(y) ? 1 : 0));
    let [count, sum, squares] = [0, 0, 0];
    for (let i = 0; i < length; i++) {
      if (finite !== null && finite[i] === 0) continue;
      const y = all[i]!;
      count++;
      sum += y;
      squares += y * y;
    }
    into[base]! += count;
    into[base + 1]! += sum;
    into[base + 2]! += squares;
    const values = finite === null ? all : all.map((y) => (Number.isFinite(y) ? y : NaN));
    for (const block of layout.axes) addAxis(into, base + block.start, axes[block.axis]!, values);
    for (const block of layout.pairs) addPair(into, { ...block, start: base + block.start }, [axes[block.a]!, axes[block.b]!], values);
  }
}

function addAxis(into: Float64Array, start: number, axis: Int32Array, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    const [v, y] = [axis[i]!, values[i]!];
    if (v < 0 || Number.isNaN(y)) continue;
    const at = start + 3 * v;
    into[at]!++;
    into[at + 1]! += y;
    if (y < into[at + 2]!) into[at + 2] = y;
  }
}

function addPair(into: Float64Array, { start, columns }: PairBlock, axes: readonly [Int32Array, Int32Array], values: Float64Array): void {
  const [first, second] = axes;
  for (let i = 0; i < values.length; i++) {
    const [v, w, y] = [first[i]!, second[i]!, values[i]!];
    if (v < 0 || w < 0 || Number.isNaN(y)) continue;
    const at = start + 2 * (v * columns + w);
    into[at]!++;
    into[at + 1]! += y;
  }
}

/** Squares between groups, sum over groups of n (mean - mean of all groups)^2, from counts and sums. */
function betweenGroups(groups: readonly (readonly [count: number, sum: number])[]): number {
  const [count, sum] = groups.reduce<[number, number]>(([n, s], [m, t]) => [n + m, s + t], [0, 0]);
  if (count === 0) return 0;
  const mean = sum / count;
  return groups.reduce((squares, [n, s]) => (n === 0 ? squares : squares + n * (s / n - mean) ** 2), 0);
}

const axisGroups = (effects: Float64Array, base: number, { start, size }: AxisBlock): [number, number][] =>
  Array.from({ length: size }, (_, v) => [effects[base + start + 3 * v]!, effects[base + start + 3 * v + 1]!]);

/** Squares that the pair explains beyond its two axes, all three over the rows that have both. */
function pairSquares(effects: Float64Array, base: number, { start, cells, columns }: PairBlock): number {
  const groups: [number, number][] = [];
  const byFirst = Array.from({ length: cells / columns }, (): [number, number] => [0, 0]);
  const bySecond = Array.from({ length: columns }, (): [number, number] => [0, 0]);
  for (let cell = 0; cell < cells; cell++) {
    const [count, sum] = [effects[base + start + 2 * cell]!, effects[base + start + 2 * cell + 1]!];
    if (count === 0) continue;
    groups.push([count, sum]);
    for (const margin of [byFirst[Math.floor(cell / columns)]!, bySecond[cell % columns]!]) {
      margin[0] += count;
      margin[1] += sum;
    }
  }
  return betweenGroups(groups) - betweenGroups(byFirst) - betweenGroups(bySecond);
}

/** Shares by objective, the largest first; 0 where the objective does not vary beyond rounding. */
export function sensitivityOf(plan: SweepPlan, layout: EffectsLayout, effects: Float64Array): SweepResult['sensitivity'] {
  const name = (axis: number): string => plan.axes[axis]!.name;
  const leader = leadersOf(plan);
  const entries = plan.objectives.map((objective, o): readonly [string, SweepResult['sensitivity'][string]] => {
    const base = o * layout.stride;
    const [count, sum, squares] = [effects[base]!, effects[base + 1]!, effects[base + 2]!];
    // Nothing decides about what no row has a value for.
    if (count === 0) return [objective.name, { main: [], pairs: [] }];
    const total = squares - (sum * sum) / count;
    // Squares of numbers that agree to 12 digits leave nothing but rounding.
    const share = (between: number): number => (total > 1e-12 * squares ? Math.min(1, Math.max(0, between / total)) : 0);
    const byShare = (x: { share: number }, y: { share: number }): number => y.share - x.share;
    const main = layout.axes.flatMap((block) => {
      const together = plan.axes.flatMap((axis, a) => (a !== block.axis && leader[a] === block.axis ? [axis.name] : []));
      const found = { axes: [name(block.axis)], share: share(betweenGroups(axisGroups(effects, base, block))) };
      return leader[block.axis] === block.axis ? [{ ...found, ...(together.length === 0 ? {} : { together }) }] : [];
    });
    const pairs = layout.pairs
      .filter(({ a, b }) => leader[a] === a && leader[b] === b)
      .map((block) => ({ axes: [name(block.a), name(block.b)], share: share(pairSquares(effects, base, block)) }));
    return [objective.name, { main: main.sort(byShare), pairs: pairs.sort(byShare) }];
  });
  return Object.fromEntries(entries);
}

/** For each axis the first one that always moves with it, itself where there is none: members of a zip whose values change at the same positions. */
function leadersOf({ axes, dimensions }: SweepPlan): number[] {
  const leaders = axes.map((_, a) => a);
  for (const { members } of dimensions) {
    if (members.length === 1) continue;
    const steps = members.map(({ valueAt }) => firstPositions(valueAt).join());
    for (const [m, { axis }] of members.entries()) leaders[axis] = members[steps.indexOf(steps[m]!)]!.axis;
  }
  return leaders;
}

/** For each position the first one with its value. */
function firstPositions(values: readonly number[]): number[] {
  const first = new Map<number, number>();
  return values.map((value, position) => {
    if (!first.has(value)) first.set(value, position);
    return first.get(value)!;
  });
}

/** Mean and best of the feasible rows for each value of each axis, as written; null where there is none. */
export function mainEffectsOf(plan: SweepPlan, layout: EffectsLayout, effects: Float64Array): SweepResult['mainEffects'] {
  const signs = signsOf(plan.objectives);
  const entries = plan.objectives.map((objective, o) => {
    const effectsOfAxes = layout.axes.map(({ axis, start, size }) => {
      const at = (v: number): number => o * layout.stride + start + 3 * v;
      const values = Array.from({ length: size }, (_, v) => v);
      const known = (v: number, value: number): number | null => (effects[at(v)] === 0 ? null : signs[o]! * value);
      return {
        axis: plan.axes[axis]!.name,
        mean: values.map((v) => known(v, effects[at(v) + 1]! / effects[at(v)]!)),
        best: values.map((v) => known(v, effects[at(v) + 2]!)),
      };
    });
    return [objective.name, effectsOfAxes] as const;
  });
  return Object.fromEntries(entries);
}
