/** Published figures and ours: how many cells are met and how well, every difference with its note. */
import { publishedErrors, publishedScatter, type PublishedCell } from '../charts/published-scatter.js';
import type { Cell } from '../../reproduce/reproduction.js';
import type { ReproduceDocument } from '../documents.js';
import type { Figure, ReportSection } from '../report-parts.js';
import { difference, grouped } from '../number-text.js';
import { tableOf, type Table } from '../table.js';

/** null when nothing was reproduced. */
export function reproductionSection(documents: readonly ReproduceDocument[]): ReportSection | null {
  if (documents.length === 0) return null;
  return {
    id: 'reproduction',
    title: 'Published versus simulated',
    paragraphs: ['Published numbers are compared with, never copied into a result.'],
    figures: [],
    tables: [],
    sections: documents.map(documentSection),
  };
}

function documentSection(document: ReproduceDocument): ReportSection {
  const { summary } = document;
  const id = `reproduction-${document.id.replace(/[^A-Za-z0-9]+/g, '-')}`;
  return {
    id,
    title: document.title,
    paragraphs: [
      `Source: ${document.source}.`,
      `Of ${summary.cells} published cells ${summary.exact} are met exactly as printed, ${summary.within1pct} within 1 %, ${summary.within10pct} within 10 %; the largest relative error is ${difference(summary.maxRelativeError).replace('+', '')}${missedZeros(document.cells)}.`,
    ],
    notes: document.notes,
    figures: figuresOf(document, id),
    tables: [metricsTable(document.cells), cellsTable(document.cells)],
    sections: [],
  };
}

/** A published 0 that is missed has no relative error to be the largest one. */
function missedZeros(cells: readonly Cell[]): string {
  const missed = cells.filter((cell) => cell.published === 0 && cell.note !== '').length;
  return missed === 0 ? '' : `, beside ${missed} missed ${missed === 1 ? 'cell' : 'cells'} published as 0`;
}

function figuresOf(document: ReproduceDocument, id: string): Figure[] {
  const cells = document.cells.flatMap(publishedCell);
  if (cells.length === 0) return [];
  const { summary } = document;
  const scatter = publishedScatter(cells, `${summary.within1pct} of ${summary.cells} published values are met within 1 %`);
  const worst = cells.reduce((a, b) => (Math.abs(b.relativeError) > Math.abs(a.relativeError) ? b : a));
  const errors = publishedErrors(cells, worstTitle(worst));
  return [
    { id: `${id}-scatter`, alt: scatter.description, caption: 'One panel per unit; both axes logarithmic.', spec: scatter },
    { id: `${id}-errors`, alt: errors.description, caption: 'The same cells as relative errors, by metric.', spec: errors },
  ];
}

function worstTitle(worst: PublishedCell): string {
  return worst.relativeError === 0
    ? 'Every published value is met exactly'
    : `The largest error is ${difference(worst.relativeError)} (${worst.row}, ${worst.column}, ${worst.metric})`;
}

function publishedCell(cell: Cell): PublishedCell[] {
  if (cell.published === null || cell.relativeError === null) return [];
  return [
    {
      row: cell.row,
      column: cell.column,
      metric: cell.metric,
      unit: cell.unit,
      published: cell.published,
      simulated: cell.simulated,
      relativeError: cell.relativeError,
    },
  ];
}

function metricsTable(cells: readonly Cell[]): Table {
  const metrics = [...new Set(cells.map((cell) => cell.metric))];
  const rows = metrics.map((metric) => {
    const mine = cells.filter((cell) => cell.metric === metric);
    const errors = mine.flatMap((cell) => (cell.relativeError === null ? [] : [Math.abs(cell.relativeError)]));
    const published = mine.filter((cell) => cell.published !== null).length;
    return { metric, unit: mine[0]?.unit ?? '', cells: mine.length, published, errors };
  });
  const within = (errors: readonly number[], bound: number): string => grouped(errors.filter((error) => error <= bound).length);
  return tableOf(
    'Published cells by metric',
    [
      { title: 'metric', text: (row) => row.metric },
      { title: 'unit', text: (row) => row.unit },
      { title: 'cells', align: 'right', text: (row) => grouped(row.cells) },
      { title: 'with a published value', align: 'right', text: (row) => grouped(row.published) },
      { title: 'within 0.01 %', align: 'right', text: (row) => within(row.errors, 0.0001) },
      { title: 'within 1 %', align: 'right', text: (row) => within(row.errors, 0.01) },
      {
        title: 'largest error',
        align: 'right',
        text: (row) =>
          row.errors.length === 0 ? (row.published === 0 ? 'not published' : '-') : difference(Math.max(...row.errors)).replace('+', ''),
      },
    ],
    rows,
  );
}

function cellsTable(cells: readonly Cell[]): Table {
  const table = tableOf<Cell>(
    'Every published cell and ours',
    [
      { title: 'row', text: (cell) => cell.row },
      { title: 'column', text: (cell) => cell.column },
      { title: 'metric', text: (cell) => cell.metric },
      { title: 'published', align: 'right', text: (cell) => (cell.published === null ? 'not published' : grouped(cell.published)) },
      { title: 'simulated', align: 'right', text: (cell) => grouped(cell.simulated) },
      { title: 'unit', text: (cell) => cell.unit },
      { title: 'difference', align: 'right', text: (cell) => (cell.relativeError === null ? '-' : difference(cell.relativeError)) },
      { title: 'note', text: (cell) => cell.note },
    ],
    cells,
  );
  return { ...table, collapsed: cells.length > 24 };
}
