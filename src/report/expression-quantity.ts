/**
 * Values that an expression of a sweep came to, for people: its unit is text as the expression parser writes it (`s`, `mm^2`, `J s`), so it may be one
 * with a prefixed form or any other. Charts take one prefix for all values of an axis.
 */
import { formatSI, type PrintableUnit } from '../units/si.js';

/** Units with a prefixed form, by the word of the expression parser: unit to print, factor to it, step between prefixes. */
const prefixed: Readonly<Record<string, { readonly unit: PrintableUnit; readonly factor: number; readonly step: number }>> = {
  s: { unit: 's', factor: 1, step: 1000 },
  J: { unit: 'J', factor: 1, step: 1000 },
  pJ: { unit: 'J', factor: 1e-12, step: 1000 },
  W: { unit: 'W', factor: 1, step: 1000 },
  byte: { unit: 'B', factor: 1, step: 1024 },
};
const prefixes: Readonly<Record<number, readonly string[]>> = {
  1000: ['a', 'f', 'p', 'n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'],
  1024: ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'],
};

/** A value in three significant digits with its unit; `unknown` for null. */
export function quantity(value: number | null, unit: string): string {
  if (value === null || !Number.isFinite(value)) return 'unknown';
  const known = prefixed[unit];
  if (known !== undefined) return formatSI(value * known.factor, known.unit);
  return `${threeDigits(value)}${unit === '' ? '' : ` ${plainUnit(unit)}`}`;
}

/** `mm^2` as the rest of lowbit prints it. */
const plainUnit = (unit: string): string => unit.replace(/\^/g, '');

/** Whole numbers below a million as they are, others in three digits. */
function threeDigits(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return String(value);
  return size >= 1e6 || size < 1e-3 ? value.toExponential(2) : size >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}

/** How an axis of a chart shows values: times `factor`, with `unit` in its title (empty: a plain number). */
export interface AxisScale {
  readonly factor: number;
  readonly unit: string;
}

/** The prefix in which the smallest of the values that are not 0 is at least 1, so that ticks stay short. */
export function axisScale(values: readonly number[], unit: string): AxisScale {
  const known = prefixed[unit];
  const least = values.reduce((found, value) => (value === 0 ? found : Math.min(found, Math.abs(value))), Infinity);
  if (known === undefined || least === Infinity) return { factor: 1, unit: plainUnit(unit) };
  const list = prefixes[known.step] ?? [''];
  const own = list.indexOf('');
  const wanted = Math.floor(Math.log(least * known.factor * (1 + 1e-9)) / Math.log(known.step));
  const index = Math.max(0, Math.min(list.length - 1, own + wanted));
  return { factor: known.factor * known.step ** (own - index), unit: `${list[index] ?? ''}${known.unit}` };
}

/** Title of an axis of a chart: the unit of its ticks takes the place of the one at the end of a column's name (`latency_s` in ms). */
export function axisTitle(name: string, unit: string): string {
  return unit === '' ? name : `${name.replace(/_(?:s|p?J|W|mm2|bytes|Js)$/, '')} (${unit})`;
}
