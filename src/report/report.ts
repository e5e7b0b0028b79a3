/** A report folder from documents: page, pictures, tables and data. Pure: returns file names and contents, writes nothing. */
import { toCsv } from './csv.js';
import { stableJson } from './json.js';
import { toMarkdown } from './markdown.js';
import { reportModel } from './report-model.js';
import { renderPage, type PageScripts } from './page.js';
import type { ReportDocument } from './read-documents.js';
import type { Figure, ReportSection } from './report-parts.js';
import { codesignRows } from './codesign-rows.js';
import { cellRows, designRows, evaluationRows, frontRows, layerRows, tensorRows, type ResultRow } from './rows.js';
import { renderSvg } from './svg.js';

/** How a report is made. */
export interface ReportOptions {
  readonly title: string;
  /** Also a PNG of every picture. Throws LowbitError when resvg is not installed. */
  readonly png?: boolean;
  /** Absent: the page shows the pictures without tooltips. */
  readonly scripts?: PageScripts;
  /**
   * The folder of a sweep or a study holds its document under a name of its own: no results.json and results.csv beside it. A sweep: pareto.json, front.csv and
   * rows; a study: codesign.json and schemes.
   */
  readonly folderOf?: 'sweep' | 'codesign';
}

/**
 * Files by name: index.html, summary.md, results.json (the documents, which `readDocuments` reads back), an SVG per chart, and CSV tables.
 * results.csv holds one row per design; front.csv, layers.csv, tensors.csv and cells.csv the detail. Without designs, results.csv holds the front of a sweep, the published cells
 * or, without these, the tensors.
 */
export async function renderReport(
  documents: readonly ReportDocument[],
  options: ReportOptions,
): Promise<Map<string, string | Uint8Array>> {
  const model = reportModel(documents, options.title);
  const pictures = new Map<string, string>();
  for (const figure of model.sections.flatMap(figuresOf)) pictures.set(figure.id, await renderSvg(figure.spec, figure.id));
  const files = new Map<string, string | Uint8Array>();
  const beside = besides[options.folderOf ?? 'report'];
  files.set('index.html', renderPage(model, { pictures, beside, ...(options.scripts === undefined ? {} : { scripts: options.scripts }) }));
  files.set('summary.md', toMarkdown(model));
  if (options.folderOf === undefined) files.set('results.json', stableJson({ documents }));
  for (const [name, rows] of tablesOf(documents, options.folderOf === undefined)) files.set(name, await toCsv(rows));
  for (const [id, svg] of pictures) files.set(`${id}.svg`, svg);
  if (options.png === true) {
    const { renderPng } = await import('./png.js');
    for (const [id, svg] of pictures) files.set(`${id}.png`, await renderPng(svg));
  }
  return files;
}

const besides = {
  report: 'results.csv, results.json and summary.md',
  sweep: 'rows.parquet (every row), pareto.json (the front and all on this page), front.csv where there is a front, and summary.md',
  codesign:
    'codesign.json (the tables and all on this page), schemes (files for simulate and evaluate), codesign.csv (the front) and summary.md',
} as const;

function figuresOf(section: ReportSection): Figure[] {
  return [...section.figures, ...section.sections.flatMap(figuresOf)];
}

function tablesOf(documents: readonly ReportDocument[], firstIsResults: boolean): [string, ResultRow[]][] {
  const tables: [string, ResultRow[]][] = [
    ['designs.csv', designRows(documents)],
    ['front.csv', frontRows(documents)],
    ['codesign.csv', codesignRows(documents)],
    ['cells.csv', cellRows(documents)],
    ['evaluations.csv', evaluationRows(documents)],
    ['tensors.csv', tensorRows(documents)],
    ['layers.csv', layerRows(documents)],
  ];
  const present = tables.filter(([, rows]) => rows.length > 0);
  return present.map(([name, rows], i) => [i === 0 && firstIsResults ? 'results.csv' : name, rows]);
}
