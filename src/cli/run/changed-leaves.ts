/** Scalars that two nested values differ in, by their dotted paths: what `diff` says of settings and totals. */
import type { DiffDocument } from '../../report/documents.js';

export type Setting = DiffDocument['settings'][number];
type SettingValue = Setting['a'];

/** Paths whose value differs, or that one side does not have. */
export function changedSettings(a: unknown, b: unknown): Setting[] {
  const [left, right] = [leaves(a), leaves(b)];
  return [...new Set([...left.keys(), ...right.keys()])]
    .map((path) => ({ path, a: left.get(path) ?? null, b: right.get(path) ?? null }))
    .filter(({ a: from, b: to }) => from !== to);
}

/** Every scalar below a value by its dotted path. */
function leaves(value: unknown, path = '', found = new Map<string, SettingValue>()): Map<string, SettingValue> {
  if (typeof value === 'object' && value !== null) {
    for (const [key, entry] of Object.entries(value)) leaves(entry, path === '' ? key : `${path}.${key}`, found);
  } else if (value !== undefined) {
    found.set(path, value as SettingValue);
  }
  return found;
}

/** Numbers that differ, with their ratio. */
export function changedTotals(a: unknown, b: unknown): DiffDocument['totals'] {
  const [left, right] = [leaves(a), leaves(b)];
  return [...left.keys()].flatMap((name) => {
    const [x, y] = [left.get(name) ?? null, right.get(name) ?? null];
    if (x === y || typeof x === 'boolean' || typeof y === 'boolean') return [];
    const [from, to] = [x === null ? null : Number(x), y === null ? null : Number(y)];
    return [{ name, a: from, b: to, ratio: from === null || to === null || from === 0 ? null : to / from }];
  });
}
