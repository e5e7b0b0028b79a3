/**
 * Which inputs need 8 bits on BitMoD, OliVe and ANT at one area: reports/reference/eight-bit-layers.{json,md,svg} of the documents of the studies
 * hw-configs/codesign/eight-bit-*.yaml, which `lowbit codesign NAME --out FOLDER/NAME` writes, and of FOLDER/second-text.json (eight-bit-second-text.mjs).
 * Usage: node scripts/studies/eight-bit-layers.mjs FOLDER
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderSvg } from '../../dist/report/svg.js';
import { figuresOf } from './eight-bit-figures.mjs';
import { errorChart, lossChart } from './eight-bit-layers-charts.mjs';

/**
 * @typedef {import('../../dist/report/documents.js').CodesignDocument} CodesignDocument
 * @typedef {{ item: string, low: number, costLatency_s: number, costEnergy_pJ: number }} ItemRow
 * @typedef {{ atEight: string[] | null, wide: number, bits: number, latency_s: number, energy_pJ: number | null, sum: number, perplexity: number | null,
 *   difference: { mean: number, low: number | null, high: number | null }, promise: CodesignDocument['front'][number]['promise'] }} PointRow
 * @typedef {{ study: string, accelerator: string, model: string, windows: number, errorWindows: number, area_mm2: number | null, array: string, reference: number,
 *   atEight: { mean: number, low: number | null, high: number | null } | null, items: ItemRow[], points: PointRow[] }} StudyRow
 */

const root = new URL('../../', import.meta.url).pathname;
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
function rowOf(/** @type {string} */ study, /** @type {import('./eight-bit-second-text.mjs').SecondEntry | undefined} */ second) {
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
    atEight: second?.atEight ?? null,
    items: items.map((item, i) => ({
      item,
      low: document.errors.error[i]?.[low] ?? NaN,
      costLatency_s: step(hardware.tables.latency_s, i),
      costEnergy_pJ: step(hardware.tables.energy_pJ, i),
    })),
    points: document.front.flatMap(({ choice, costs, predictedError, measured, promise }) => {
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
          promise: promise ?? null,
        },
      ];
    }),
  };
}

function table(/** @type {string[]} */ head, /** @type {string[][]} */ rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const span = (/** @type {{ least: number, most: number } | null | undefined} */ ratios) =>
  ratios == null ? '' : `${ratios.least.toPrecision(2)} to ${ratios.most.toPrecision(2)}`;

function overlapTable(/** @type {ReturnType<typeof figuresOf>['overlap']} */ overlap) {
  return table(
    ['pair', 'rank correlation of the errors at 4 bits', 'common among the 4 worst', 'first over second'],
    overlap.map(({ pair, rankCorrelation, worst, ratios }) => [
      pair.join(', '),
      rankCorrelation.toFixed(2),
      worst.join(', ') || 'none',
      span(ratios),
    ]),
  );
}

function shareTable(/** @type {ReturnType<typeof figuresOf>['shares']} */ shares) {
  return table(
    ['study', 'least', 'most', 'sum', 'q, k, v', 'o', 'gate, up', 'down', 'the 4 worst'],
    shares.map(({ study, least, most, sum, worst, of }) => [
      ...[study, least.toFixed(4), most.toFixed(4), sum.toFixed(4)],
      ...Object.values(of).map((share) => `${(100 * share).toFixed(0)} %`),
      worst.join(', '),
    ]),
  );
}

function secondTable(/** @type {ReturnType<typeof figuresOf>['secondText']} */ second) {
  return table(
    ['study', 'windows', 'rank correlation', 'calibration over evaluation text'],
    second.map(({ study, windows, rankCorrelation, ratios }) => [study, String(windows), rankCorrelation.toFixed(2), span(ratios)]),
  );
}

const interval = (/** @type {{ mean: number, low: number | null, high: number | null }} */ { mean, low, high }) =>
  `${mean.toFixed(4)} [${low?.toFixed(4) ?? ''}, ${high?.toFixed(4) ?? ''}]`;

function pointTable(/** @type {StudyRow} */ { points }) {
  return table(
    ['inputs at 6 or 8 bits', 'which', 'latency (ms)', 'energy (mJ)', 'perplexity', 'log-perplexity over float', 'promised'],
    points.map(({ atEight, wide, latency_s, energy_pJ, perplexity, difference, promise }) => [
      String(wide),
      atEight === null ? 'all' : atEight.join(', ') || 'none',
      (latency_s * 1e3).toFixed(3),
      energy_pJ === null ? '' : (energy_pJ * 1e-9).toFixed(2),
      perplexity?.toFixed(4) ?? '',
      interval(difference),
      promise == null ? '' : `${interval(promise)}${promise.holds === false ? ', does not hold' : ''}`,
    ]),
  );
}

const secondFile = join(folder, 'second-text.json');
const second = /** @type {import('./eight-bit-second-text.mjs').SecondText} */ (
  existsSync(secondFile) ? JSON.parse(readFileSync(secondFile, 'utf8')) : {}
);
const rows = names.filter((name) => existsSync(join(folder, name, 'codesign.json'))).map((name) => rowOf(name, second[name]));
const figures = figuresOf(rows, second);
const specs = { errors: errorChart(rows), loss: lossChart(rows) };
const parts = [
  '# Which inputs need 8 bits',
  'Made by `node scripts/studies/eight-bit-layers.mjs`; what it says, and what it rests on: [the study](../../docs/codesign/eight-bit-layers.md).',
  '## One input at 4 bits, the others at 8',
  'Divergence of the predictions from those with all at 8 bits, nats per token.',
  table(
    ['input', ...rows.map(({ study }) => study)],
    (rows[0]?.items ?? []).map(({ item }, i) => [item, ...rows.map(({ items }) => items[i]?.low.toFixed(4) ?? '')]),
  ),
  `![${specs.errors.description}](eight-bit-layers-errors.svg)`,
  '## Shares of the sum',
  shareTable(figures.shares),
  '## Overlap',
  overlapTable(figures.overlap),
  '## On another text',
  'The same errors on as many windows of the evaluation text (`scripts/studies/eight-bit-second-text.mjs`).',
  secondTable(figures.secondText),
  '## Measured points of the fronts',
  ...rows.flatMap((row) => [
    `### ${row.study}`,
    `${row.model}, ${row.windows} windows, float ${row.reference.toFixed(4)}, ${row.area_mm2?.toFixed(3) ?? 'unknown'} mm2. ${row.array}`,
    ...(row.atEight === null ? [] : [`All at 8 bits: ${interval(row.atEight)}.`]),
    pointTable(row),
  ]),
  `![${specs.loss.description}](eight-bit-layers-loss.svg)`,
];
const at = join(root, 'reports/reference');
for (const [name, spec] of Object.entries(specs)) {
  writeFileSync(join(at, `eight-bit-layers-${name}.svg`), await renderSvg(spec, `eight-bit-layers-${name}`));
}
writeFileSync(join(at, 'eight-bit-layers.json'), `${JSON.stringify({ studies: rows, ...figures }, null, 1)}\n`);
writeFileSync(join(at, 'eight-bit-layers.md'), `${parts.join('\n\n')}\n`);
