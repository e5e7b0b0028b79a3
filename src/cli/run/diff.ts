/** `lowbit diff`: what differs between two simulate results - settings, totals, and the terms behind them. */
import type { DiffDocument, SimulateDocument } from '../../report/documents.js';
import { shortened } from '../../report/number-text.js';
import { tableOf, type Table } from '../../report/table.js';
import { terminalTable } from '../../report/terminal-table.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { envelope } from '../envelope.js';
import { termsOf, type LayerTerm } from './explain.js';
import { print } from './present.js';
import { readSimulateDocument } from './result-file.js';

type Setting = DiffDocument['settings'][number];
type SettingValue = Setting['a'];

export function runDiff(args: Arguments): void {
  const a = readSimulateDocument(single('a', args['a']) ?? '-');
  const b = readSimulateDocument(single('b', args['b']) ?? '-');
  const document: DiffDocument = {
    ...envelope('diff', [a.configHash, b.configHash]),
    settings: changedSettings(a, b),
    totals: changedTotals(a, b),
    terms: changedTerms(termsOf(a), termsOf(b)),
  };
  print(args, document, () => diffText(document));
}

function changedSettings(a: SimulateDocument, b: SimulateDocument): Setting[] {
  const left = leaves({ hardware: a.hardware, workload: a.workload });
  const right = leaves({ hardware: b.hardware, workload: b.workload });
  return [...new Set([...left.keys(), ...right.keys()])]
    .map((path) => ({ path, a: left.get(path) ?? null, b: right.get(path) ?? null }))
    .filter(({ a, b }) => a !== b);
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

function changedTotals(a: SimulateDocument, b: SimulateDocument): DiffDocument['totals'] {
  const left = leaves(a.totals);
  const right = leaves(b.totals);
  return [...left.keys()].flatMap((name) => {
    const [x, y] = [left.get(name) ?? null, right.get(name) ?? null];
    if (x === y || typeof x === 'boolean' || typeof y === 'boolean') return [];
    const [from, to] = [x === null ? null : Number(x), y === null ? null : Number(y)];
    return [{ name, a: from, b: to, ratio: from === null || to === null || from === 0 ? null : to / from }];
  });
}

function changedTerms(a: readonly LayerTerm[], b: readonly LayerTerm[]): DiffDocument['terms'] {
  const key = (term: LayerTerm): string => JSON.stringify([term.layer, term.name]);
  const left = new Map(a.map((term) => [key(term), term]));
  const right = new Map(b.map((term) => [key(term), term]));
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((name) => {
    const [x, y] = [left.get(name), right.get(name)];
    const either = x ?? y;
    if (either === undefined || (x?.value === y?.value && x?.formula === y?.formula)) return [];
    return [{ layer: either.layer, name: either.name, unit: either.unit, a: bare(x), b: bare(y) }];
  });
}

function bare(term: LayerTerm | undefined): DiffDocument['terms'][number]['a'] {
  if (term === undefined) return null;
  const { name, formula, numbers, value, unit, source } = term;
  return { name, formula, numbers, value, unit, source };
}

function diffText(document: DiffDocument): string {
  const { settings, totals, terms } = document;
  if (settings.length + totals.length + terms.length === 0) return 'no difference';
  const show = (value: SettingValue): string => (value === null ? '-' : String(value));
  const short = (value: string | number | null | undefined): string => (value === null || value === undefined ? '-' : shortened(value));
  const right = { align: 'right' as const };
  const tables: Table[] = [
    tableOf(
      'Settings',
      [
        { title: 'key', text: (s: Setting) => s.path },
        { title: 'a', text: (s) => show(s.a) },
        { title: 'b', text: (s) => show(s.b) },
      ],
      settings,
    ),
    tableOf(
      'Totals',
      [
        { title: 'total', text: (t: DiffDocument['totals'][number]) => t.name },
        { title: 'a', ...right, text: (t) => short(t.a) },
        { title: 'b', ...right, text: (t) => short(t.b) },
        { title: 'b / a', ...right, text: (t) => (t.ratio === null ? '-' : t.ratio.toFixed(4)) },
      ],
      totals,
    ),
    tableOf(
      'Terms that changed, and why',
      [
        { title: 'layer', text: (t: DiffDocument['terms'][number]) => t.layer },
        { title: 'term', text: (t) => t.name },
        { title: 'a', ...right, text: (t) => short(t.a?.value) },
        { title: 'b', ...right, text: (t) => short(t.b?.value) },
        { title: 'unit', text: (t) => t.unit },
        { title: 'with numbers, a', text: (t) => short(t.a?.numbers) },
        { title: 'with numbers, b', text: (t) => short(t.b?.numbers) },
      ],
      terms,
    ),
  ];
  return tables
    .filter((table) => table.rows.length > 0)
    .map(terminalTable)
    .join('\n\n');
}
