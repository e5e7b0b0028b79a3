/**
 * Which inputs need 8 bits on BitMoD, OliVe and ANT at one area: reports/reference/eight-bit-layers.{json,md,svg} of the documents of the studies
 * hw-configs/codesign/eight-bit-*.yaml, which `lowbit codesign NAME --out FOLDER/NAME` writes. Usage: node scripts/eight-bit-layers.mjs FOLDER
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderSvg } from '../dist/report/svg.js';
import { errorChart, lossChart } from './eight-bit-layers-charts.mjs';

/**
 * @typedef {import('../dist/report/documents.js').CodesignDocument} CodesignDocument
 * @typedef {{ item: string, low: number, costLatency_s: number, costEnergy_pJ: number }} ItemRow
 * @typedef {{ atEight: string[] | null, wide: number, bits: number, latency_s: number, energy_pJ: number | null, sum: number, perplexity: number | null, difference: { mean: number, low: number | null, high: number | null } }} PointRow
 * @typedef {{ study: string, accelerator: string, model: string, windows: number, errorWindows: number, area_mm2: number | null, array: string, reference: number, items: ItemRow[], points: PointRow[] }} StudyRow
 */

const root = new URL('../', import.meta.url).pathname;
const [folder = ''] = process.argv.slice(2);
const accelerators = ['bitmod', 'olive', 'ant'];
const names = accelerators.flatMap((accelerator) => [`eight-bit-${accelerator}`, `eight-bit-${accelerator}-control`]);

/** Options of four bits, and those that count as wide. */
const isLow = (/** @type {string} */ option) => option.endsWith('4');
const isWide = (/** @type {string} */ option) => /[68]$/.test(option);

const shortName = (/** @type {string} */ name) =>
  name
    .replace('model.layers.', '')
    .replace(/(self_attn|mlp)\./, '')
    .replaceAll('_proj', '');

/** @returns {StudyRow} */
function rowOf(/** @type {string} */ study) {
  const document = /** @type {CodesignDocument} */ (JSON.parse(readFileSync(join(folder, study, 'codesign.json'), 'utf8')));
  const options = document.options.map(({ name }) => name);
  const [low, high] = [options.findIndex(isLow), options.length - 1];
  const [hardware] = document.hardware;
  if (hardware === undefined) throw new Error(`${study} has no hardware`);
  const items = document.items.map(({ name }) => shortName(name));
  const step = (/** @type {(number | null)[][]} */ table, /** @type {number} */ i) => (table[i]?.[high] ?? NaN) - (table[i]?.[low] ?? NaN);
  return {
    study,
    accelerator: study.split('-')[2] ?? '',
    model: document.model,
    windows: document.reference?.windows ?? 0,
    errorWindows: document.errors.windows,
    area_mm2: hardware.area_mm2,
    array: document.notes.find((note) => note.includes('resized')) ?? '',
    reference: document.reference?.perplexity ?? NaN,
    items: items.map((item, i) => ({
      item,
      low: document.errors.error[i]?.[low] ?? NaN,
      costLatency_s: step(hardware.tables.latency_s, i),
      costEnergy_pJ: step(hardware.tables.energy_pJ, i),
    })),
    points: document.front.flatMap(({ choice, costs, predictedError, measured }) => {
      if (measured === null) return [];
      const wide = items.filter((_, i) => isWide(options[choice[i] ?? 0] ?? ''));
      const { mean, low: least, high: most } = measured.logPerplexityDifference;
      return [
        {
          atEight: wide.length === items.length ? null : wide,
          wide: wide.length,
          bits: costs.bits,
          latency_s: costs.latency_s,
          energy_pJ: costs.energy_pJ,
          sum: predictedError,
          perplexity: measured.perplexity,
          difference: { mean, low: least, high: most },
        },
      ];
    }),
  };
}

function table(/** @type {string[]} */ head, /** @type {string[][]} */ rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const ranked = (/** @type {StudyRow} */ row) => row.items.toSorted((a, b) => b.low - a.low).map(({ item }) => item);

/** Spearman's rank correlation of two orders of the same things. */
function rankCorrelation(/** @type {string[]} */ a, /** @type {string[]} */ b) {
  const n = a.length;
  const squares = a.reduce((sum, item, i) => sum + (i - b.indexOf(item)) ** 2, 0);
  return 1 - (6 * squares) / (n * (n ** 2 - 1));
}

const MOST = 4;

function overlapTable(/** @type {StudyRow[]} */ rows) {
  const pairs = rows.flatMap((a, i) => rows.slice(i + 1).map((b) => /** @type {const} */ ([a, b])));
  return table(
    ['pair', 'rank correlation of the errors at 4 bits', `common among the ${MOST} worst`],
    pairs.map(([a, b]) => {
      const [first, second] = [ranked(a), ranked(b)];
      const common = first.slice(0, MOST).filter((item) => second.slice(0, MOST).includes(item));
      return [`${a.study}, ${b.study}`, rankCorrelation(first, second).toFixed(2), common.join(', ') || 'none'];
    }),
  );
}

function pointTable(/** @type {StudyRow} */ { points }) {
  return table(
    ['inputs at 6 or 8 bits', 'which', 'latency (ms)', 'energy (mJ)', 'perplexity', 'log-perplexity over float'],
    points.map(({ atEight, wide, latency_s, energy_pJ, perplexity, difference: { mean, low, high } }) => [
      String(wide),
      atEight === null ? 'all' : atEight.join(', ') || 'none',
      (latency_s * 1e3).toFixed(3),
      energy_pJ === null ? '' : (energy_pJ * 1e-9).toFixed(2),
      perplexity?.toFixed(4) ?? '',
      `${mean.toFixed(4)} [${low?.toFixed(4) ?? ''}, ${high?.toFixed(4) ?? ''}]`,
    ]),
  );
}

const rows = names.filter((name) => existsSync(join(folder, name, 'codesign.json'))).map(rowOf);
const specs = { errors: errorChart(rows), loss: lossChart(rows) };
const parts = [
  '# Which inputs need 8 bits',
  'Made by `node scripts/eight-bit-layers.mjs`; what it says, and what it rests on: [the study](../../docs/codesign/eight-bit-layers.md).',
  '## One input at 4 bits, the others at 8',
  `Divergence of the predictions, nats per token.`,
  table(
    ['input', ...rows.map(({ study }) => study)],
    (rows[0]?.items ?? []).map(({ item }, i) => [item, ...rows.map(({ items }) => items[i]?.low.toFixed(4) ?? '')]),
  ),
  `![${specs.errors.description}](eight-bit-layers-errors.svg)`,
  '## Overlap',
  overlapTable(rows),
  '## Measured points of the fronts',
  ...rows.flatMap((row) => [
    `### ${row.study}`,
    `${row.model}, ${row.windows} windows, float ${row.reference.toFixed(4)}, ${row.area_mm2?.toFixed(3) ?? 'unknown'} mm2. ${row.array}`,
    pointTable(row),
  ]),
  `![${specs.loss.description}](eight-bit-layers-loss.svg)`,
];
const at = join(root, 'reports/reference');
for (const [name, spec] of Object.entries(specs)) {
  writeFileSync(join(at, `eight-bit-layers-${name}.svg`), await renderSvg(spec, `eight-bit-layers-${name}`));
}
writeFileSync(join(at, 'eight-bit-layers.json'), `${JSON.stringify(rows, null, 1)}\n`);
writeFileSync(join(at, 'eight-bit-layers.md'), `${parts.join('\n\n')}\n`);
