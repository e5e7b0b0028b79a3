/** `lowbit diff`: what differs between two simulate results, or between two points of co-design studies: settings, totals, and the terms behind them. */
import type { DiffDocument, SimulateDocument } from '../../report/documents.js';
import { shortened } from '../../report/number-text.js';
import { tableOf, type Table } from '../../report/table.js';
import { terminalTable } from '../../report/terminal-table.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { envelope } from '../envelope.js';
import { termsOf, type LayerTerm } from './explain.js';
import { print } from './present.js';
import { changedSettings, changedTotals, type Setting } from './changed-leaves.js';
import { codesignChanges, simulationOf, type DiffSide } from './diff-codesign.js';
import { readOneDocument } from './result-file.js';

type Changes = Pick<DiffDocument, 'settings' | 'totals' | 'terms' | 'accuracy'>;

export function runDiff(args: Arguments): void {
  const [a, b] = [sideOf(args, 'a'), sideOf(args, 'b')];
  const document: DiffDocument = { ...envelope('diff', [a.document.configHash, b.document.configHash]), ...changesOf(a, b) };
  print(args, document, () => diffText(document));
}

/** A file of the command, and the point of a front behind its `#`. */
function sideOf(args: Arguments, name: 'a' | 'b'): DiffSide {
  const text = single(name, args[name]) ?? '-';
  const [, file = text, point] = /^(.*)#([^#/]+)$/.exec(text) ?? [];
  return { place: text, document: readOneDocument(file), ...(point === undefined ? {} : { point }) };
}

function changesOf(a: DiffSide, b: DiffSide): Changes {
  if (a.document.command === 'codesign' && b.document.command === 'codesign') return codesignChanges(a, b);
  return simulateChanges(simulationOf(a), simulationOf(b));
}

function simulateChanges(a: SimulateDocument, b: SimulateDocument): Changes {
  return {
    settings: changedSettings({ hardware: a.hardware, workload: a.workload }, { hardware: b.hardware, workload: b.workload }),
    totals: changedTotals(a.totals, b.totals),
    terms: changedTerms(termsOf(a), termsOf(b)),
  };
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
  const { settings, totals, terms, accuracy } = document;
  if (settings.length + totals.length + terms.length === 0) return 'no difference';
  const show = (value: Setting['a']): string => (value === null ? '-' : String(value));
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
  const shown = tables.filter((table) => table.rows.length > 0).map(terminalTable);
  return [...shown, ...(accuracy === undefined ? [] : [accuracyText(accuracy)])].join('\n\n');
}

function accuracyText({ difference, windows, unknown }: NonNullable<DiffDocument['accuracy']>): string {
  if (difference === null) return `Paired difference of accuracy: unknown, ${unknown ?? ''}`;
  const { mean, low, high, resolved } = difference;
  const interval = low === null || high === null ? ', interval unknown' : ` [${low.toFixed(4)}, ${high.toFixed(4)}]`;
  const over = `${windows ?? 0} ${windows === 1 ? 'window' : 'windows'}`;
  return `Paired difference of accuracy, log-perplexity of b minus a over ${over}: ${mean.toFixed(4)}${interval} nats per token${resolved ? '' : ', not resolved'}`;
}
