/** Names of axes: as given, else the last part of the path where that is nobody else's, else the whole path joined by underscores. */
import { LowbitError } from '../../lowbit-error.js';
import { resultColumns } from '../rows/result-columns.js';
import type { Path } from '../../config/document.js';
import { functionNames, constants } from './expression-tree.js';
import type { Reading } from './reading.js';
import type { AxisValue } from './sweep-plan.js';

/** An axis as read: its distinct values, and for each position of its entry which of them stands there. */
export interface AxisDraft {
  readonly path: string;
  readonly name: string | undefined;
  /** Of its entry in the file. */
  readonly at: Path;
  readonly values: readonly AxisValue[];
  readonly positions: readonly number[];
}

/** Columns of rows that are neither axes nor results. */
const rowColumns: readonly string[] = ['point', 'violated', 'unknown', 'error'];
const words = ['and', 'or', 'xor', 'not', 'mod', 'to', 'in', 'true', 'false', 'null', 'i', ...functionNames, ...Object.keys(constants)];

/** Why a name cannot be that of an axis or objective; undefined: it can. */
export function reservedFor(name: string): string | undefined {
  if (rowColumns.includes(name)) return 'a column of every row';
  return words.includes(name) ? 'a word of expressions' : undefined;
}

/** A name for each axis, in order. Problems are noted. */
export function nameAxes(drafts: readonly AxisDraft[], reading: Reading): string[] {
  const results = new Set(resultColumns.map(({ name }) => name));
  const short = drafts.map(({ path }) => identifier(path.split('.').at(-1)!));
  const taken = (name: string, i: number): boolean =>
    results.has(name) ||
    reservedFor(name) !== undefined ||
    drafts.some((draft, j) => j !== i && (draft.name === name || (draft.name === undefined && short[j] === name)));
  const names = drafts.map(({ path, name }, i) => name ?? (taken(short[i]!, i) ? identifier(path.replaceAll('.', '_')) : short[i]!));
  for (const [i, name] of names.entries()) {
    const reason = results.has(name)
      ? 'a result column'
      : (reservedFor(name) ?? (names.indexOf(name) < i ? 'that of an earlier axis' : undefined));
    if (reason === undefined) continue;
    const { at, name: given } = drafts[i]!;
    const place = reading.place([...at, given === undefined ? 'path' : 'name']);
    reading.note(new LowbitError(`name of an axis is ${reason}`, { value: name, place, remedy: 'give it another name: NAME' }));
  }
  return names;
}

/** A word that an expression can hold. */
export function identifier(text: string): string {
  const word = text.replace(/\W+/g, '_').replace(/^_+|_+$/g, '');
  return /^[A-Za-z_]/.test(word) ? word : `_${word}`;
}
