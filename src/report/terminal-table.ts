/** Tables and paragraphs as plain aligned text, for people at a terminal. No colour and no line drawing: the same bytes on a screen, in a pipe and in a log. */
import type { ReportModel, ReportSection } from './report-parts.js';
import type { Table } from './table.js';

const GAP = '  ';
/** Wider tables of few rows are turned on their side. */
const WIDEST = 120;
const FEW_ROWS = 6;

/** Caption, header, rule and rows; numbers end in one column. No trailing spaces. A table too wide for a terminal is printed with a line per column. */
export function terminalTable(table: Table): string {
  const width = table.columns.reduce((sum, column, i) => sum + GAP.length + Math.max(columnsOf(column.title), ...table.rows.map((row) => columnsOf(row[i] ?? ''))), 0);
  return aligned(width > WIDEST && table.rows.length <= FEW_ROWS && table.rows.length > 0 ? transposed(table) : table);
}

function transposed(table: Table): Table {
  const [first, ...rest] = table.columns;
  return {
    caption: table.caption,
    columns: [{ title: first?.title ?? '', align: 'left' }, ...table.rows.map((row) => ({ title: row[0] ?? '', align: 'right' as const }))],
    rows: rest.map((column, i) => [column.title, ...table.rows.map((row) => row[i + 1] ?? '')]),
  };
}

function aligned(table: Table): string {
  const widths = table.columns.map((column, i) => Math.max(columnsOf(column.title), ...table.rows.map((row) => columnsOf(row[i] ?? ''))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => {
        const text = printable(cell);
        const space = ' '.repeat(Math.max(0, (widths[i] ?? 0) - columnsOf(cell)));
        return table.columns[i]?.align === 'right' ? space + text : text + space;
      })
      .join(GAP)
      .trimEnd();
  return [printable(table.caption), '', line(table.columns.map((column) => column.title)), line(widths.map((width) => '-'.repeat(width))), ...table.rows.map(line)].join('\n');
}

/** The tables of a report with their paragraphs; tables that a page folds away are left out. */
export function toTerminal(model: ReportModel): string {
  return `${model.sections.flatMap(sectionBlocks).join('\n\n')}\n`;
}

function sectionBlocks(section: ReportSection): string[] {
  return [
    ...section.paragraphs.map(printable),
    ...section.tables.filter((table) => table.collapsed !== true).map(terminalTable),
    ...section.sections.flatMap(sectionBlocks),
  ];
}

/** Control characters of a name must not reach the terminal. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the characters to remove
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

const columnsOf = (text: string): number => [...text].length;
