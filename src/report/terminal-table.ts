/** Tables and paragraphs as plain aligned text, for people at a terminal. No colour and no line drawing: the same bytes on a screen, in a pipe and in a log. */
import type { ReportModel, ReportSection } from './report-parts.js';
import type { Table } from './table.js';
import { wrapWords } from './wrap-words.js';

const GAP = '  ';
/** Wider tables of few rows are turned on their side. */
const WIDEST = 120;
const FEW_ROWS = 6;
/** A column of text is broken at this width at the least. */
const NARROWEST = 24;

/**
 * Caption, header, rule and rows; numbers end in one column. No trailing spaces. Where a table is too wide for a terminal, one of a few rows of
 * numbers is printed with a line per column, and in others the widest columns of text are broken into lines.
 */
export function terminalTable(table: Table): string {
  const numeric = table.columns.filter((column) => column.align === 'right').length;
  const fewNumbers = table.rows.length > 0 && table.rows.length <= FEW_ROWS && numeric * 2 > table.columns.length;
  return aligned(fewNumbers && total(widthsOf(table)) > WIDEST ? transposed(table) : table);
}

function transposed(table: Table): Table {
  const [first, ...rest] = table.columns;
  return {
    caption: table.caption,
    columns: [{ title: first?.title ?? '', align: 'left' }, ...table.rows.map((row) => ({ title: row[0] ?? '', align: 'right' as const }))],
    rows: rest.map((column, i) => [column.title, ...table.rows.map((row) => row[i + 1] ?? '')]),
  };
}

function widthsOf(table: Table): number[] {
  return table.columns.map((column, i) =>
    table.rows.reduce((width, row) => Math.max(width, lengthOf(row[i] ?? '')), lengthOf(column.title)),
  );
}

const total = (widths: readonly number[]): number => widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);

/** Widths that fit, as far as columns of text can give way: always the widest, down to the next. */
function fitted(table: Table): number[] {
  const widths = widthsOf(table);
  const texts = table.columns.flatMap((column, i) => (column.align === 'left' ? [i] : []));
  for (let excess = total(widths) - WIDEST; excess > 0; excess = total(widths) - WIDEST) {
    const [first, second] = texts.toSorted((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0));
    const widest = first === undefined ? 0 : (widths[first] ?? 0);
    if (first === undefined || widest <= NARROWEST) return widths;
    const next = second === undefined ? 0 : (widths[second] ?? 0);
    // Among equals one gives way by a character, and the other is the widest then.
    widths[first] = Math.max(NARROWEST, Math.min(next, widest - 1), widest - excess);
  }
  return widths;
}

function aligned(table: Table): string {
  const widths = fitted(table);
  const lines = (cells: readonly string[]): string[] => {
    const broken = cells.map((cell, i) =>
      table.columns[i]?.align === 'left' ? wrapWords(printable(cell), Math.max(1, widths[i] ?? 1)) : [printable(cell)],
    );
    const height = Math.max(1, ...broken.map((cell) => cell.length));
    return Array.from({ length: height }, (_, line) =>
      broken
        .map((cell, i) => padded(cell[line] ?? '', widths[i] ?? 0, table.columns[i]?.align))
        .join(GAP)
        .trimEnd(),
    );
  };
  return [
    printable(table.caption),
    '',
    ...lines(table.columns.map((column) => column.title)),
    widths.map((width) => '-'.repeat(width)).join(GAP),
    ...table.rows.flatMap(lines),
  ].join('\n');
}

function padded(text: string, width: number, align: 'left' | 'right' | undefined): string {
  const space = ' '.repeat(Math.max(0, width - lengthOf(text)));
  return align === 'right' ? space + text : text + space;
}

/** The tables of a report with their paragraphs; tables that a page folds away, constants, and sections that have no other tables are left out. */
export function toTerminal(model: ReportModel): string {
  return `${model.sections.flatMap(sectionBlocks).join('\n\n')}\n`;
}

function sectionBlocks(section: ReportSection): string[] {
  const tables = [
    ...section.tables.filter((table) => table.collapsed !== true && table.reference !== true).map(terminalTable),
    ...section.sections.flatMap(sectionBlocks),
  ];
  return tables.length === 0
    ? []
    : [...section.paragraphs.map(printable), ...(section.notes ?? []).map((note) => `- ${printable(note)}`), ...tables];
}

/** Control characters of a name must not reach the terminal. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the characters to remove
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

const lengthOf = (text: string): number => Array.from(text).length;
