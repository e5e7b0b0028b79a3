/** What the numbers rest on: constants with their sources, parts that are left out and why, notes, and where the statistics of tensors come from. */
import type { SimulationResult } from '../../trace/simulation-result.js';
import type { ReportSection } from '../report-parts.js';
import type { Study } from '../studies.js';
import { tableOf, type Table } from '../table.js';
import { boundText } from './layers.js';

/** null when nothing was simulated. */
export function basisSection(studies: readonly Study[]): ReportSection | null {
  if (studies.length === 0) return null;
  const results = studies.flatMap((study) =>
    study.designs.map((design) => ({ name: design.name, study: study.label, result: design.result })),
  );
  const tables = [constantsTable(results), omissionsTable(results), notesTable(results), originsTable(results)];
  return {
    id: 'basis',
    title: 'What the numbers rest on',
    paragraphs: [
      'Constants come from the named sources and can be overridden with --set. A part without a value is excluded or unknown; it is never counted as zero.',
    ],
    figures: [],
    tables: tables.filter((table) => table.rows.length > 0),
    sections: [],
  };
}

interface Entry {
  readonly name: string;
  readonly study: string;
  readonly result: SimulationResult;
}

/** Rows that several designs share are one row that names them all. */
function shared<Item>(entries: readonly Entry[], itemsOf: (entry: Entry) => readonly Item[]): { item: Item; by: string[] }[] {
  const rows = new Map<string, { item: Item; by: string[] }>();
  for (const entry of entries) {
    for (const item of itemsOf(entry)) {
      const key = JSON.stringify(item);
      const row = rows.get(key) ?? { item, by: [] };
      if (!row.by.includes(entry.name)) row.by.push(entry.name);
      rows.set(key, row);
    }
  }
  return [...rows.values()];
}

function constantsTable(entries: readonly Entry[]): Table {
  const rows = shared(entries, (entry) => entry.result.constants);
  const table = tableOf(
    'Constants and their sources',
    [
      { title: 'constant', text: ({ item }) => item.name },
      { title: 'value', align: 'right', text: ({ item }) => String(Number(item.value.toPrecision(6))) },
      { title: 'unit', text: ({ item }) => item.unit },
      { title: 'used by', text: ({ by }) => by.join(', ') },
      { title: 'source', text: ({ item }) => item.source },
    ],
    rows,
  );
  return { ...table, collapsed: rows.length > 60, reference: true };
}

function omissionsTable(entries: readonly Entry[]): Table {
  return tableOf(
    'Left out or unknown',
    [
      { title: 'part', text: ({ item }) => item.part },
      { title: 'status', text: ({ item }) => item.status },
      { title: 'reason', text: ({ item }) => item.reason },
      { title: 'designs', text: ({ by }) => by.join(', ') },
    ],
    shared(entries, (entry) => entry.result.omissions),
  );
}

function notesTable(entries: readonly Entry[]): Table {
  return tableOf(
    'Notes of the simulator',
    [
      { title: 'note', text: ({ item }) => item },
      { title: 'designs', text: ({ by }) => by.join(', ') },
    ],
    shared(entries, (entry) => entry.result.notes),
  );
}

function originsTable(entries: readonly Entry[]): Table {
  return tableOf(
    'Bounds, and where tensor statistics come from',
    [
      { title: 'workload', text: (entry) => entry.study },
      { title: 'design', text: (entry) => entry.name },
      { title: 'latency bound by', text: (entry) => boundText(entry.result) },
      { title: 'weight statistics', text: (entry) => originsText(entry.result) },
    ],
    entries,
  );
}

function originsText(result: SimulationResult): string {
  const counts = new Map<string, number>();
  for (const layer of result.layers) {
    const origin = layer.trace.weight.statistics?.origin ?? 'none needed';
    counts.set(origin, (counts.get(origin) ?? 0) + 1);
  }
  return [...counts.entries()].map(([origin, count]) => `${origin} (${count} ${count === 1 ? 'row' : 'rows'})`).join(', ');
}
