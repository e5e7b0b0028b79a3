/** The study of scripts/studies/w4a4-share.mjs as a page with its charts: shares from which on a schedule is ahead, speed-ups, accuracy. */
import { renderSvg } from '../../dist/report/svg.js';
import { accuracyChart, cardName, frontChart, speedChart } from './w4a4-share-charts.mjs';
import { cards, schedules, workloads } from './w4a4-share-speed.mjs';

/**
 * @typedef {import('./w4a4-share.mjs').ModelAccuracy} ModelAccuracy
 * @typedef {import('./w4a4-share-speed.mjs').Speed} Speed
 * @typedef {import('./w4a4-share-speed.mjs').BaselineSpeed} BaselineSpeed
 * @typedef {{ accuracy: ModelAccuracy[], model: string, speeds: Speed[], baselines: BaselineSpeed[] }} ShareDocument
 */

/** @returns {Promise<{ page: string, charts: { name: string, svg: string }[] }>} */
export async function sharePage(/** @type {ShareDocument} */ document) {
  const specs = { speed: speedChart(document), accuracy: accuracyChart(document), front: frontChart(document) };
  const charts = await Promise.all(
    Object.entries(specs).map(async ([name, spec]) => ({ name, svg: await renderSvg(spec, `w4a4-share-${name}`) })),
  );
  const pictures = Object.entries(specs).map(([name, { description }]) => `![${description}](w4a4-share-${name}.svg)`);
  const parts = [
    '# W4A4 share, schedule, GPU',
    'Made by `node scripts/studies/w4a4-share.mjs`; what it says, and what it rests on: [the study](../../docs/codesign/w4a4-share.md).',
    '## Accuracy',
    ...document.accuracy.map(accuracyTable),
    pictures[1] ?? '',
    '## Speed-up of the linear layers over bf16',
    speedTable(document),
    pictures[0] ?? '',
    '## Least share from which on a schedule is ahead',
    'Of the simulated shares; a dash: at none.',
    crossoverTable(document),
    '## Latency of the whole model',
    latencyTable(document),
    '## Both',
    pictures[2] ?? '',
  ];
  return { page: `${parts.join('\n\n')}\n`, charts };
}

function table(/** @type {string[]} */ head, /** @type {string[][]} */ rows) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

const percent = (/** @type {number} */ share) => `${Math.round(1000 * share) / 10} %`;

function accuracyTable(/** @type {ModelAccuracy} */ { model, windows, floatPerplexity, points }) {
  const sites = Object.keys(points[0]?.int4BlocksBySite ?? {});
  const head = ['share asked', 'blocks W4A4', 'MACs W4A4', 'activation bits', 'perplexity', 'loss above float32 (nats)', '95 % interval'];
  const rows = points.map((point) => [
    percent(point.share),
    `${point.int4Blocks} of ${point.blocks}`,
    percent(point.int4MacShare),
    point.activationBits.toFixed(3),
    point.perplexity.toFixed(4),
    signed(point.difference_nats),
    `${signed(point.low_nats)} .. ${signed(point.high_nats)}`,
    ...sites.map((site) => String(point.int4BlocksBySite[site] ?? 0)),
  ]);
  const first = `### ${model}\n\n${windows} windows of 256 bytes; float32 ${floatPerplexity.toFixed(4)}. Columns at the end: W4A4 blocks of all layers by input (named by its first product).`;
  return `${first}\n\n${table([...head, ...sites], rows)}`;
}

const signed = (/** @type {number} */ value) => `${value < 0 ? '' : '+'}${value.toFixed(4)}`;

/** Places of the study, in order. */
const places = () => cards.flatMap((card) => Object.keys(workloads).map((workload) => ({ card, workload })));

function at(
  /** @type {ShareDocument} */ { speeds },
  /** @type {{ card: string, workload: string }} */ place,
  /** @type {string} */ schedule,
) {
  return speeds.filter((row) => row.card === place.card && row.workload === place.workload && row.schedule === schedule);
}

function baselineAt(
  /** @type {ShareDocument} */ { baselines },
  /** @type {{ card: string, workload: string }} */ place,
  /** @type {string} */ name,
) {
  const found = baselines.find((row) => row.card === place.card && row.workload === place.workload && row.baseline === name);
  if (found === undefined) throw new Error(`no baseline ${name} for ${place.card}, ${place.workload}`);
  return found;
}

const label = (/** @type {{ card: string, workload: string }} */ { card, workload }) => `${cardName(card)}, ${workload}`;

function speedTable(/** @type {ShareDocument} */ document) {
  const shown = [0, 0.25, 0.5, 0.75, 1];
  const rows = places().flatMap((place) => {
    const half = baselineAt(document, place, 'bf16').linear_s;
    const others = ['W8A8', 'W4A16'].map((name) => (half / baselineAt(document, place, name).linear_s).toFixed(2));
    return schedules.map((schedule, i) => {
      const row = at(document, place, schedule);
      const cells = shown.map((share) => (half / (row.find((point) => point.share === share)?.linear_s ?? NaN)).toFixed(2));
      return [i === 0 ? label(place) : '', schedule, ...cells, ...(i === 0 ? others : ['', ''])];
    });
  });
  return table(['place', 'schedule', ...shown.map(percent), 'W8A8', 'W4A16'], rows);
}

/** The least share from which on all simulated ones are faster than `bound_s`. */
function leastAhead(/** @type {Speed[]} */ row, /** @type {number} */ bound_s) {
  const behind = row.findLastIndex(({ linear_s }) => linear_s >= bound_s);
  const first = row[behind + 1];
  return first === undefined ? '-' : percent(first.share);
}

function crossoverTable(/** @type {ShareDocument} */ document) {
  const rows = places().flatMap((place) => {
    const w4a8 = at(document, place, 'decomposed')[0]?.linear_s ?? NaN;
    const bounds = [w4a8, ...['bf16', 'W8A8', 'W4A16'].map((name) => baselineAt(document, place, name).linear_s)];
    return schedules.map((schedule, i) => [
      i === 0 ? label(place) : '',
      schedule,
      ...bounds.map((bound) => leastAhead(at(document, place, schedule), bound)),
    ]);
  });
  return table(['place', 'schedule', 'of W4A8 alone, decomposed', 'of bf16', 'of W8A8', 'of W4A16'], rows);
}

function latencyTable(/** @type {ShareDocument} */ document) {
  const ms = (/** @type {number} */ seconds) => (1000 * seconds).toPrecision(3);
  const rows = places().map((place) => {
    const row = at(document, place, 'decomposed');
    const cells = [0, 0.5, 1].map((share) => ms(row.find((point) => point.share === share)?.latency_s ?? NaN));
    return [label(place), ...['bf16', 'W8A8', 'W4A16'].map((name) => ms(baselineAt(document, place, name).latency_s)), ...cells];
  });
  const head = ['place (ms)', 'bf16', 'W8A8', 'W4A16', 'W4Ax 0 %', 'W4Ax 50 %', 'W4Ax 100 %'];
  return table(head, rows);
}
