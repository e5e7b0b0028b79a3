/** The report as markdown: headline figures, what each section found, and its tables (GitHub flavour). Pictures are left to the page. */
import type { ReportModel, ReportSection } from './report-parts.js';
import type { Table } from './table.js';

/** Whole summary; tables that a page folds away are left out. */
export function toMarkdown(model: ReportModel): string {
  const headlines = model.headlines.map((headline) => `- **${escapeMarkdown(headline.value)}** ${escapeMarkdown(headline.label)}`);
  return `${[`# ${escapeMarkdown(model.title)}`, headlines.join('\n'), ...model.sections.flatMap((section) => sectionLines(section, 2))].filter((part) => part !== '').join('\n\n')}\n`;
}

/** One table with its caption in bold above it. */
function markdownTable(table: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  const rule = table.columns.map((column) => (column.align === 'right' ? '---:' : '---'));
  return [
    `**${escapeMarkdown(table.caption)}**`,
    '',
    line(table.columns.map((column) => column.title)),
    `| ${rule.join(' | ')} |`,
    ...table.rows.map(line),
  ].join('\n');
}

function sectionLines(section: ReportSection, level: number): string[] {
  return [
    `${'#'.repeat(level)} ${escapeMarkdown(section.title)}`,
    ...section.paragraphs.map(escapeMarkdown),
    ...(section.notes === undefined || section.notes.length === 0
      ? []
      : [section.notes.map((note) => `- ${escapeMarkdown(note)}`).join('\n')]),
    ...section.figures.map((figure) => `![${escapeMarkdown(figure.alt)}](${figure.id}.svg)`),
    ...section.tables.filter((table) => table.collapsed !== true).map(markdownTable),
    ...section.sections.flatMap((inner) => sectionLines(inner, level + 1)),
  ];
}

/** Characters that markdown or the HTML inside it would read as markup; a line break would end a table row. */
function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*_[\]|]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/\s*\r?\n\s*/g, ' ');
}
