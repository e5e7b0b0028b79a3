/** Unit of a part of an expression: its size in base units, its dimension, and how to write it. */
import { unitNamed } from './expression-tree.js';

export interface Measure {
  /** Of the base units (s, J, m^2, ...). */
  readonly scale: number;
  /** Powers of the base dimensions, without trailing zeros; empty: a plain number. */
  readonly dimension: readonly number[];
  /** Powers of the units it is written in. */
  readonly units: Readonly<Record<string, number>>;
}

export const plain: Measure = Object.freeze({ scale: 1, dimension: [], units: {} });

/** The measure of a unit as columns state theirs: `s`, `mm^2`, `J s`; empty: a plain number. */
export function measureOf(text: string): Measure {
  return text.split(' ').reduce((product, factor) => {
    if (factor === '') return product;
    const [name = '', exponent = '1'] = factor.split('^');
    const unit = measureOfWord(name);
    if (unit === undefined) throw new Error(`no unit ${name}`);
    return productOf(product, powerOf(unit, Number(exponent)), 1);
  }, plain);
}

/** The measure of one word; undefined when it is no unit. */
export function measureOfWord(name: string): Measure | undefined {
  const unit = unitNamed(name);
  return unit === undefined ? undefined : { scale: unit.size, dimension: trimmed(unit.dimensions), units: { [name]: 1 } };
}

/** a * b for `sign` 1, a / b for -1. */
export function productOf(a: Measure, b: Measure, sign: 1 | -1): Measure {
  const length = Math.max(a.dimension.length, b.dimension.length);
  const dimension = Array.from({ length }, (_, i) => (a.dimension[i] ?? 0) + sign * (b.dimension[i] ?? 0));
  const units: Record<string, number> = { ...a.units };
  for (const [name, power] of Object.entries(b.units)) units[name] = (units[name] ?? 0) + sign * power;
  return { scale: sign === 1 ? a.scale * b.scale : a.scale / b.scale, dimension: trimmed(dimension), units: withoutZeros(units) };
}

export function powerOf({ scale, dimension, units }: Measure, exponent: number): Measure {
  return {
    scale: exponent === 0.5 ? Math.sqrt(scale) : scale ** exponent,
    dimension: trimmed(dimension.map((power) => power * exponent)),
    units: withoutZeros(Object.fromEntries(Object.entries(units).map(([name, power]) => [name, power * exponent]))),
  };
}

export function isPlain({ dimension }: Measure): boolean {
  return dimension.length === 0;
}

export function sameDimension(a: Measure, b: Measure): boolean {
  return a.dimension.length === b.dimension.length && a.dimension.every((power, i) => power === b.dimension[i]);
}

/** `J s`, `mm^2`, `J/(s mm^2)`; empty for a plain number. */
export function unitText(measure: Measure): string {
  if (isPlain(measure)) return '';
  const entries = Object.entries(measure.units);
  const written = (sign: 1 | -1): string[] =>
    entries.flatMap(([name, power]) => (power * sign <= 0 ? [] : power * sign === 1 ? [name] : [`${name}^${power * sign}`]));
  const [above, below] = [written(1), written(-1)];
  if (below.length === 0) return above.join(' ');
  const divisor = below.length === 1 ? below.join('') : `(${below.join(' ')})`;
  return `${above.length === 0 ? '1' : above.join(' ')}/${divisor}`;
}

/** Fifteen digits: what conversion by binary fractions adds in the last bit is not in the unit. */
export function tidy(value: number): number {
  return Number(value.toPrecision(15));
}

function trimmed(powers: readonly number[]): readonly number[] {
  const last = powers.findLastIndex((power) => power !== 0);
  return powers.slice(0, last + 1);
}

function withoutZeros(units: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(units).filter(([, power]) => power !== 0));
}
