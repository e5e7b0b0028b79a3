/** Charts of the study of scripts/studies/w4a4-share.mjs: speed-up against share, loss against share, and both joined. */
import { chart } from '../../dist/report/charts/theme.js';
import { cards, schedules, workloads } from './w4a4-share-speed.mjs';

/**
 * @typedef {import('../../dist/report/charts/theme.js').ChartSpec} ChartSpec
 * @typedef {import('./w4a4-share-page.mjs').ShareDocument} ShareDocument
 */

const PANEL = { width: 210, height: 170 };
const cardNames = /** @type {Record<string, string>} */ ({ 'a100-80gb-sxm': 'A100', l40s: 'L40S' });
const colours = ['#8a939c', '#e69f00', '#0072b2', '#d55e00'];
/** In the order of the schedules: where lines lie on each other, those below stand out on both sides. */
const widths = [1.6, 6, 3.6, 1.4];

export function cardName(/** @type {string} */ card) {
  return cardNames[card] ?? card;
}

/** One schedule's line over the share, in its colour and width. */
function scheduleLine(/** @type {string} */ schedule, /** @type {number | undefined} */ strokeWidth, /** @type {object} */ y) {
  return {
    transform: [{ filter: `datum.line === '${schedule}'` }],
    mark: { type: 'line', strokeWidth },
    encoding: {
      x: { field: 'share_percent', type: 'quantitative', title: 'blocks in W4A4 (%)' },
      y,
      color: {
        field: 'line',
        type: 'nominal',
        title: null,
        scale: { domain: schedules, range: colours },
        legend: { orient: 'top', symbolStrokeWidth: 3 },
      },
    },
  };
}

/** Speed-up of the linear layers over 16 bits, a panel per card and workload; broken lines are the other kernels. @returns {ChartSpec} */
export function speedChart(/** @type {ShareDocument} */ { speeds, baselines }) {
  const halfOf = (/** @type {{ card: string, workload: string }} */ { card, workload }) =>
    baselines.find((row) => row.card === card && row.workload === workload && row.baseline === 'bf16')?.linear_s ?? NaN;
  const values = speeds.map((row) => ({
    ...row,
    card: cardName(row.card),
    speedup: halfOf(row) / row.linear_s,
    share_percent: 100 * row.share,
  }));
  const others = baselines
    .filter(({ baseline }) => baseline !== 'bf16')
    .map((row) => ({ ...row, card: cardName(row.card), speedup: halfOf(row) / row.linear_s }));
  const facets = {
    row: { field: 'card', type: 'nominal', title: null, sort: cards.map(cardName) },
    column: { field: 'workload', type: 'nominal', title: null, sort: Object.keys(workloads) },
  };
  const y = { field: 'speedup', type: 'quantitative', title: 'speed-up over bf16' };
  return chart({
    title: 'What W4A4 blocks buy, by schedule',
    subtitle:
      'linear layers of Llama-3-8B; at 0 % the kernel is W4A8 alone; broken lines: kernels of TensorRT-LLM; lines that coincide lie on each other',
    description: `Speed-up of the linear layers over bf16 against the share of W4A4 blocks, a line per schedule (${schedules.join(', ')}), a panel per card and workload.`,
    body: {
      data: { values: [...values.map((row) => ({ ...row, line: row.schedule })), ...others] },
      facet: facets,
      spec: {
        ...PANEL,
        layer: [
          ...schedules.map((schedule, i) => scheduleLine(schedule, widths[i], y)),
          {
            transform: [{ filter: 'isValid(datum.baseline)' }],
            mark: { type: 'rule', strokeDash: [5, 4], stroke: '#4d5761', clip: true },
            encoding: { y },
          },
          ...[
            { name: 'W8A8', align: 'left', x: 0, dx: 3 },
            { name: 'W4A16', align: 'right', x: PANEL.width, dx: -3 },
          ].map(({ name, align, x, dx }) => ({
            transform: [{ filter: `datum.baseline === '${name}'` }],
            mark: { type: 'text', align, baseline: 'top', dx, dy: 2, fontSize: 10, fill: '#4d5761' },
            encoding: { x: { value: x }, y, text: { field: 'baseline', type: 'nominal' } },
          })),
        ],
      },
    },
  });
}

/** Loss above float against the share, with its interval, a panel per model. @returns {ChartSpec} */
export function accuracyChart(/** @type {ShareDocument} */ { accuracy }) {
  const values = accuracy.flatMap(({ model, points }) =>
    points.map(({ share, difference_nats, low_nats, high_nats }) => ({
      model,
      share_percent: 100 * share,
      difference_nats,
      low_nats,
      high_nats,
    })),
  );
  const x = { field: 'share_percent', type: 'quantitative', title: 'blocks in W4A4 (%)' };
  const axis = { type: 'quantitative', title: 'loss above float32 (nats per byte)', scale: { type: 'log' } };
  return chart({
    title: 'What W4A4 blocks cost',
    subtitle: 'FMPQ, the quietest blocks first; bars: 95 %, paired bootstrap over windows of 256 bytes',
    description: `Loss above float32 against the share of W4A4 blocks. ${values.map((v) => `${v.model} ${v.share_percent} %: ${v.difference_nats.toFixed(4)}`).join('. ')}.`,
    body: {
      data: { values },
      facet: { column: { field: 'model', type: 'nominal', title: null } },
      resolve: { scale: { y: 'independent' } },
      spec: {
        width: 360,
        height: 240,
        layer: [
          { mark: { type: 'line', stroke: '#0072b2', strokeWidth: 1.5 }, encoding: { x, y: { field: 'difference_nats', ...axis } } },
          { mark: { type: 'rule', stroke: '#0072b2' }, encoding: { x, y: { field: 'low_nats', ...axis }, y2: { field: 'high_nats' } } },
          { mark: { type: 'circle', fill: '#0072b2', size: 45, opacity: 1 }, encoding: { x, y: { field: 'difference_nats', ...axis } } },
        ],
      },
    },
  });
}

const shownWorkloads = ['decode 64', 'prefill 2048'];

/** Shares of the best and the worst schedule with their loss on tiny-outlier. */
function joinedPoints(/** @type {ShareDocument} */ { accuracy, speeds, baselines }) {
  const points = accuracy.find(({ model }) => model === 'tiny-outlier')?.points ?? [];
  return speeds
    .filter(({ workload, schedule }) => shownWorkloads.includes(workload) && (schedule === 'decomposed' || schedule === 'barriered'))
    .flatMap((row) => {
      const loss = points.find(({ share }) => share === row.share);
      const half = baselines.find((other) => other.card === row.card && other.workload === row.workload && other.baseline === 'bf16');
      if (loss === undefined || half === undefined) return [];
      const { difference_nats, low_nats, high_nats } = loss;
      const label = Number.isInteger(row.share * 4) ? `${100 * row.share} %` : '';
      const card = cardName(row.card);
      const line = `${card}, ${row.schedule}`;
      return [{ ...row, card, line, label, speedup: half.linear_s / row.linear_s, difference_nats, low_nats, high_nats }];
    });
}

/** Loss on tiny-outlier over speed-up. @returns {ChartSpec} */
export function frontChart(/** @type {ShareDocument} */ document) {
  const values = joinedPoints(document);
  const lines = ['A100, decomposed', 'A100, barriered', 'L40S, decomposed', 'L40S, barriered'];
  const x = {
    field: 'speedup',
    type: 'quantitative',
    title: 'speed-up over bf16 (Llama-3-8B, linear layers)',
    scale: { zero: false },
    axis: { tickCount: 6 },
  };
  const axis = {
    type: 'quantitative',
    title: 'loss above float32 (tiny-outlier, nats per byte)',
    scale: { type: 'log', domain: [0.02, 5], nice: false },
  };
  const color = {
    field: 'line',
    type: 'nominal',
    title: null,
    scale: { domain: lines, range: ['#0072b2', '#9cc4df', '#d55e00', '#efb58f'] },
    legend: { orient: 'top' },
  };
  return chart({
    title: 'Accuracy beside speed',
    subtitle: 'right and down is better; two different models, joined by the share of blocks (labels, on the A100)',
    description: `Loss above float32 on tiny-outlier over the speed-up of Llama-3-8B's linear layers at the same share of W4A4 blocks, for ${lines.join(', ')}.`,
    body: {
      data: { values },
      facet: { column: { field: 'workload', type: 'nominal', title: null, sort: shownWorkloads } },
      spec: {
        width: 380,
        height: 280,
        layer: [
          {
            mark: { type: 'line', strokeWidth: 1.5 },
            encoding: { x, y: { field: 'difference_nats', ...axis }, color, order: { field: 'share' } },
          },
          { mark: { type: 'rule', opacity: 0.5 }, encoding: { x, y: { field: 'low_nats', ...axis }, y2: { field: 'high_nats' }, color } },
          { mark: { type: 'circle', size: 35, opacity: 1 }, encoding: { x, y: { field: 'difference_nats', ...axis }, color } },
          ...[
            // Lines come from below and from the left: labels of the upper points stand above them, those of the lower ones below.
            { test: 'datum.difference_nats > 1', align: 'center', dx: 0, dy: -10 },
            { test: 'datum.difference_nats <= 1', align: 'left', dx: 4, dy: 11 },
          ].map(({ test, ...place }) => ({
            transform: [{ filter: `datum.line === 'A100, decomposed' && ${test}` }],
            mark: { type: 'text', fontSize: 10, ...place },
            encoding: { x, y: { field: 'difference_nats', ...axis }, text: { field: 'label', type: 'nominal' } },
          })),
        ],
      },
    },
  });
}
