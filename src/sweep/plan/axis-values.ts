/**
 * Values of an axis: as listed, or from a range.
 *   range     from + i step, or count values at equal distances          logRange     from factor^i, or count values at equal ratios
 * Computed values keep twelve digits, so that 0.1 + 2 * 0.1 is 0.3 and powers are the same on every machine. Where the schema wants whole numbers,
 * values of a count or a factor are rounded and repetitions dropped.
 */
import type { Path } from '../../config/document.js';
import { LowbitError } from '../../lowbit-error.js';
import type { Reading } from './reading.js';
import type { AxisEntry } from './sweep-file.js';
import type { AxisValue } from './sweep-plan.js';

const MOST_VALUES = 1_000_000;
const forms = ['values', 'range', 'logRange'] as const;

export interface ListedValues {
  readonly values: readonly AxisValue[];
  /** Place of each, from the path of the axis. */
  readonly paths: readonly Path[];
  /** Listed one by one: a repetition is a mistake. */
  readonly listed: boolean;
}

/** `accepts`: whether the schema takes a number there. Throws LowbitError. */
export function valuesOf(entry: AxisEntry, path: Path, reading: Reading, accepts: (value: number) => boolean): ListedValues {
  const given = forms.filter((form) => entry[form] !== undefined);
  const [form] = given;
  if (form === undefined || given.length > 1) {
    throw new LowbitError(form === undefined ? 'axis without values' : 'axis with values given twice', {
      value: entry.path,
      place: reading.place(form === undefined ? path : [...path, given[1]!], 'key'),
      remedy: `give one of ${forms.join(', ')}`,
    });
  }
  if (entry.values !== undefined) {
    return { values: entry.values, paths: entry.values.map((_, i) => [...path, 'values', i]), listed: true };
  }
  const place = reading.place([...path, form]);
  const numbers = entry.range === undefined ? geometric(entry.logRange!, place) : arithmetic(entry.range, place);
  const rounds = entry.range?.step === undefined;
  const values = [
    ...new Set(numbers.map((value) => (rounds && !accepts(value) && accepts(Math.round(value)) ? Math.round(value) : value))),
  ];
  return { values, paths: values.map(() => [...path, form]), listed: false };
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly count?: number | undefined;
}

function arithmetic(range: Range & { readonly step?: number | undefined }, place: string): number[] {
  const { from, to, step, count } = range;
  checkRange(range, ['step', step], place);
  const steps = step === undefined ? count! - 1 : Math.floor((to - from) / step + 1e-9);
  checkCount(steps + 1, place);
  const distance = step ?? (steps === 0 ? 0 : (to - from) / steps);
  return Array.from({ length: steps + 1 }, (_, i) => tidy(from + i * distance));
}

function geometric(range: Range & { readonly factor?: number | undefined }, place: string): number[] {
  const { from, to, factor, count } = range;
  checkRange(range, ['factor', factor], place);
  const steps = factor === undefined ? count! - 1 : Math.floor(Math.log(to / from) / Math.log(factor) + 1e-9);
  checkCount(steps + 1, place);
  return Array.from({ length: steps + 1 }, (_, i) =>
    tidy(factor === undefined ? from * (to / from) ** (steps === 0 ? 0 : i / steps) : from * factor ** i),
  );
}

function checkRange({ from, to, count }: Range, [word, pace]: readonly [string, number | undefined], place: string): void {
  if ((pace === undefined) === (count === undefined))
    throw new LowbitError(`a range takes ${word} or count`, { place, remedy: 'give one of the two' });
  if (to < from)
    throw new LowbitError('a range that ends before it begins', { value: `from ${from} to ${to}`, place, remedy: 'exchange from and to' });
  if (count === 1 && from !== to)
    throw new LowbitError('one value cannot span a range', { value: `from ${from} to ${to}`, place, remedy: 'raise count' });
}

function checkCount(values: number, place: string): void {
  if (values > MOST_VALUES)
    throw new LowbitError('too many values for one axis', { value: values, place, remedy: `at most ${MOST_VALUES}` });
}

function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
