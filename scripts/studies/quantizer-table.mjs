/**
 * The checked-in table of quantizers (reports/reference/quantizers.md) with its scatter of perplexity against bits (quantizers-MODEL.svg), from results of
 * `lowbit evaluate --model tiny --model tiny-outlier --all --json`: node scripts/studies/quantizer-table.mjs RESULT.json ... Run `npm run build` first.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readDocuments } from '../../dist/report/read-documents.js';
import { reportModel } from '../../dist/report/report-model.js';
import { renderSvg } from '../../dist/report/svg.js';
import { toMarkdown } from '../../dist/report/markdown.js';

const folder = fileURLToPath(new URL('../../reports/reference/', import.meta.url));
const files = process.argv.slice(2);
if (files.length === 0) throw new Error('usage: node scripts/studies/quantizer-table.mjs RESULT.json ...');

const documents = files.flatMap((file) => readDocuments(JSON.parse(readFileSync(file, 'utf8')), file));
const model = reportModel(documents, 'Quantizers on one table');
const pictures = model.sections.flatMap(({ sections }) =>
  sections.flatMap(({ title, figures }) => figures.map((figure) => ({ title, figure }))),
);
for (const { title, figure } of pictures) writeFileSync(`${folder}quantizers-${title}.svg`, await renderSvg(figure.spec, figure.id));
const made =
  'Made by `lowbit evaluate --all` and `node scripts/studies/quantizer-table.mjs`; how every figure is computed: [accuracy](../../docs/accuracy.md).';
const page = pictures.reduce(
  (text, { title, figure }) => text.replace(`(${figure.id}.svg)`, `(quantizers-${title}.svg)`),
  toMarkdown(model),
);
writeFileSync(`${folder}quantizers.md`, `${page.trimEnd()}\n\n${made}\n`);
console.log(`${documents.length} evaluations, ${pictures.length} pictures`);
