/**
 * INI text as the configparser of Python reads it, values as text: `[section]`, `key = value` or `key : value`, whole-line comments with # or ;.
 * Keys are not case-sensitive. Left out: values that go on in the next line, interpolation, defaults.
 */
import { LowbitError } from '../lowbit-error.js';

export interface IniEntry {
  readonly section: string;
  /** As it is written. */
  readonly key: string;
  readonly value: string;
  /** file:line:column of the value. */
  readonly place: string;
}

/** Entries in the order of the file. Throws LowbitError with file:line for a line that is neither section, entry nor comment, and for a key given twice. */
export function parseIni(text: string, file: string): IniEntry[] {
  const entries: IniEntry[] = [];
  let section: string | undefined;
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const place = `${file}:${index + 1}`;
    if (/^\s*([#;].*)?$/.test(line)) continue;
    const header = /^\s*\[([^\]]+)\]\s*$/.exec(line)?.[1];
    if (header !== undefined) {
      section = header.trim();
      continue;
    }
    const match = /^(\s*([^=:]+?)\s*[=:]\s*)(.*?)\s*$/.exec(line);
    if (match === null) throw new LowbitError('neither a section nor key : value', { value: line.trim(), place });
    if (section === undefined)
      throw new LowbitError('key before the first section', { value: line.trim(), place, remedy: 'start with [general]' });
    const [, lead = '', key = '', value = ''] = match;
    const before = entries.find((entry) => entry.section === section && entry.key.toLowerCase() === key.toLowerCase());
    if (before !== undefined)
      throw new LowbitError('key given twice', { value: key, place, remedy: `it stands at ${before.place} as well` });
    entries.push({ section, key, value, place: `${place}:${lead.length + 1}` });
  }
  return entries;
}
