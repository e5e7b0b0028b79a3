/**
 * What the tables of a co-design document say beyond its front: the costs of any assignment, what one more bit of an item costs, what two assignments
 * differ in. Sums of table entries, as docs/codesign.md states them; unknown entries make the sum unknown (null).
 */
import type { CodesignResult, FrontPoint, MeasuredPoint } from '../codesign/codesign-result.js';
import { judged } from '../codesign/loss-promise.js';
import { assignmentKey, sharesOf, type Assignment } from './codesign-assignment.js';

/** A cost a figure or table has a column for. */
export interface CostKind {
  readonly key: 'bits' | 'latency_s' | 'energy_pJ' | 'memory_bytes' | 'area_mm2';
  readonly name: string;
  /** As the expression parser writes it. */
  readonly unit: string;
}

export const costKinds: readonly CostKind[] = [
  { key: 'latency_s', name: 'latency', unit: 's' },
  { key: 'energy_pJ', name: 'energy', unit: 'pJ' },
  { key: 'memory_bytes', name: 'memory', unit: 'byte' },
  { key: 'area_mm2', name: 'area', unit: 'mm^2' },
  { key: 'bits', name: 'stored bits per weight', unit: '' },
];

export type Costs = Readonly<Record<CostKind['key'], number | null>>;
type Table = CodesignResult['errors']['error'];
type Hardware = CodesignResult['hardware'][number];

/** Sum over the items of the entry each of them chose, or of the shares that its features chose; null where one of these is unknown. */
export function sumOf(table: Table, assignment: Assignment): number | null {
  let sum = 0;
  for (const [item, shares] of sharesOf(assignment).entries()) {
    for (const { option, share } of shares) {
      const value = table[item]?.[option] ?? null;
      if (value === null) return null;
      sum += share * value;
    }
  }
  return sum;
}

const plus = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);

/** Of an assignment on a design. */
export function costsOf({ items, errors, memory }: CodesignResult, { fixed, tables, area_mm2 }: Hardware, assignment: Assignment): Costs {
  const weights = items.reduce((sum, item) => sum + item.weights, 0);
  const weighted = errors.bits.map((row, i) => row.map((bits) => (bits === null ? null : (bits * (items[i]?.weights ?? 0)) / weights)));
  return {
    bits: sumOf(weighted, assignment),
    latency_s: plus(fixed.latency_s, sumOf(tables.latency_s, assignment)),
    energy_pJ: plus(fixed.energy_pJ, sumOf(tables.energy_pJ, assignment)),
    memory_bytes: plus(memory.fixed_bytes, sumOf(memory.bytes, assignment)),
    area_mm2,
  };
}

/** An item taking its next wider option; differences are per stored bit and weight, null where an entry is unknown. */
export interface BitStep {
  readonly item: number;
  readonly from: number;
  readonly to: number;
  readonly bits: number;
  /** By how much the error falls; negative where the wider option is worse. */
  readonly errorSaved: number | null;
  readonly latency_s: number | null;
  readonly energy_pJ: number | null;
  readonly memory_bytes: number | null;
}

/** Fewer bits apart, options are one width, of which the one of least error counts. */
const SAME_WIDTH_bits = 1e-9;

/** Steps of every item between neighbours in stored bits, narrowest first. */
export function bitSteps({ items, errors, memory }: CodesignResult, { tables }: Hardware): BitStep[] {
  return items.flatMap((_, item) => {
    const widths = widthsOf(errors.bits[item] ?? [], errors.error[item] ?? []);
    return widths.slice(1).map((wide, i): BitStep => {
      const narrow = widths[i]!;
      const bits = wide.bits - narrow.bits;
      const per = (table: Table, sign: 1 | -1): number | null => {
        const [a, b] = [table[item]?.[narrow.option] ?? null, table[item]?.[wide.option] ?? null];
        return a === null || b === null ? null : (sign * (b - a)) / bits;
      };
      return {
        item,
        from: narrow.option,
        to: wide.option,
        bits,
        errorSaved: per(errors.error, -1),
        latency_s: per(tables.latency_s, 1),
        energy_pJ: per(tables.energy_pJ, 1),
        memory_bytes: per(memory.bytes, 1),
      };
    });
  });
}

interface Width {
  readonly option: number;
  readonly bits: number;
  readonly error: number;
}

function widthsOf(bits: readonly (number | null)[], error: readonly (number | null)[]): Width[] {
  const known = bits.flatMap((own, option): Width[] => (own === null ? [] : [{ option, bits: own, error: error[option] ?? Infinity }]));
  known.sort((a, b) => a.bits - b.bits || a.error - b.error || a.option - b.option);
  const widths: Width[] = [];
  for (const width of known) {
    const last = widths.at(-1);
    if (last === undefined || width.bits - last.bits > SAME_WIDTH_bits) widths.push(width);
    else if (width.error < last.error) widths[widths.length - 1] = width;
  }
  return widths;
}

/** Items that two assignments give different options, by the pair of options; of features by the option that most of them leave and the one that most take. */
export function changesOf(a: Assignment, b: Assignment): { readonly from: number; readonly to: number; readonly items: number[] }[] {
  const found = new Map<string, { readonly from: number; readonly to: number; readonly items: number[] }>();
  const [before, after] = [sharesOf(a), sharesOf(b)];
  for (const [item, shares] of before.entries()) {
    const gains = new Map((after[item] ?? shares).map(({ option, share }) => [option, share]));
    for (const { option, share } of shares) gains.set(option, (gains.get(option) ?? 0) - share);
    const byGain = [...gains].sort(([, x], [, y]) => x - y);
    const [from, to] = [byGain[0]!, byGain.at(-1)!];
    if (from[1] === 0 && to[1] === 0) continue;
    const key = `${from[0]} ${to[0]}`;
    const change = found.get(key) ?? { from: from[0], to: to[0], items: [] };
    change.items.push(item);
    found.set(key, change);
  }
  return [...found.values()].sort((x, y) => y.items.length - x.items.length || x.from - y.from || x.to - y.to);
}

/** Points of the front that share an assignment (on several designs, say), in the order of the front. */
export function assignmentsOf({ front }: CodesignResult): (Assignment & { readonly points: CodesignResult['front'] })[] {
  const found = new Map<string, Assignment & { readonly points: CodesignResult['front'] }>();
  for (const point of front) {
    const own = found.get(assignmentKey(point)) ?? { choice: point.choice, features: point.features, points: [] };
    own.points.push(point);
    found.set(assignmentKey(point), own);
  }
  return [...found.values()];
}

/** Of a point of the front, wherever its assignment was evaluated: at itself, on other hardware, or as the choice of a method (accuracy is of the assignment). */
export function measuredOf({ front, comparisons }: CodesignResult, point: FrontPoint): MeasuredPoint | null {
  // How many features take an option does not say which.
  if (point.measured !== null || point.features !== undefined) return point.measured;
  const key = assignmentKey(point);
  return [...front, ...comparisons].find((other) => other.measured !== null && assignmentKey(other) === key)?.measured ?? null;
}

/** What is promised of a point, held to what was measured of its assignment, wherever that was evaluated. */
export function promiseOf(document: CodesignResult, point: FrontPoint): NonNullable<FrontPoint['promise']> | null {
  if (point.promise === null || point.promise === undefined) return null;
  return { ...point.promise, ...judged(point.promise, measuredOf(document, point)?.logPerplexityDifference) };
}

/** Whether the sum of single errors lies in the interval measured for its assignment, wherever that was evaluated; null: not known, or sums are no differences to floats. */
export function sumWithin(document: CodesignResult, point: FrontPoint): boolean | null {
  const measured = measuredOf(document, point);
  const promises = document.front.some(({ errorWithinInterval }) => errorWithinInterval !== null);
  if (point.measured !== null || measured === null || !promises) return point.errorWithinInterval;
  const { low, high } = measured.logPerplexityDifference;
  return low === null || high === null ? null : point.predictedError >= low && point.predictedError <= high;
}

/** `0 q_proj`: layer and matrix; with its whole name where two items would read the same. */
export function itemLabels({ items }: CodesignResult): string[] {
  const short = items.map(({ layer, matrix, name }) => (layer < 0 ? name : `${layer} ${matrix}`));
  const counts = new Map<string, number>();
  for (const label of short) counts.set(label, (counts.get(label) ?? 0) + 1);
  return short.map((label, i) => (counts.get(label) === 1 ? label : (items[i]?.name ?? label)));
}

/** The design most points of the front are on. */
export function commonHardware({ hardware, front }: CodesignResult): Hardware | undefined {
  const count = ({ name }: Hardware): number => front.filter((point) => point.hardware === name).length;
  return hardware.toSorted((a, b) => count(b) - count(a))[0];
}
