/** Charts of scripts/eight-bit-layers.mjs: what one input at 4 bits costs on each accelerator, and the measured loss over latency. */
import { chart } from '../dist/report/charts/theme.js';

/**
 * @typedef {import('../dist/report/charts/theme.js').ChartSpec} ChartSpec
 * @typedef {import('./eight-bit-layers.mjs').StudyRow} StudyRow
 */

const colours = { domain: ['BitMoD', 'OliVe', 'ANT'], range: ['#0072b2', '#d55e00', '#009e73'] };
const shown = /** @type {Record<string, string>} */ ({ bitmod: 'BitMoD', olive: 'OliVe', ant: 'ANT' });
const colour = { field: 'accelerator', type: 'nominal', title: null, scale: colours, legend: { orient: 'top' } };

/** Divergence of the predictions with one input at 4 bits, a panel per model. @returns {ChartSpec} */
export function errorChart(/** @type {StudyRow[]} */ rows) {
  const values = rows.flatMap(({ accelerator, model, items }) =>
    items.map(({ item, low }) => ({ accelerator: shown[accelerator], model, item, low })),
  );
  return chart({
    title: 'One input at 4 bits, the others at 8',
    subtitle: 'layer and the products that read the input',
    description: 'Divergence of the predictions with one input at 4 bits and all others at 8, by input and accelerator, a panel per model.',
    body: {
      data: { values },
      facet: { column: { field: 'model', type: 'nominal', title: null, sort: 'descending' } },
      spec: {
        width: 260,
        height: 320,
        mark: { type: 'point', filled: true, size: 55, opacity: 0.85 },
        encoding: {
          x: { field: 'low', type: 'quantitative', title: 'divergence (nats per token)', scale: { type: 'log' } },
          y: { field: 'item', type: 'nominal', title: null, sort: null },
          color: colour,
        },
      },
    },
  });
}

/** Measured loss of points of the fronts over their latency. @returns {ChartSpec} */
export function lossChart(/** @type {StudyRow[]} */ rows) {
  const values = rows.flatMap(({ accelerator, model, points }) =>
    points.map(({ latency_s, wide, difference: { mean, low, high } }) => ({
      accelerator: shown[accelerator],
      model,
      latency_ms: latency_s * 1e3,
      wide,
      mean,
      low,
      high,
    })),
  );
  const x = { field: 'latency_ms', type: 'quantitative', title: 'latency (ms)', scale: { zero: false } };
  return chart({
    title: 'From all at 4 bits to all at 8',
    subtitle: 'measured points of each front, 95 % intervals over windows; numbers: inputs at 6 or 8 bits',
    description:
      'Measured log-perplexity over float against latency for points of the fronts, with intervals, by accelerator, a panel per model.',
    body: {
      data: { values },
      facet: { column: { field: 'model', type: 'nominal', title: null, sort: 'descending' } },
      spec: {
        width: 280,
        height: 240,
        layer: [
          {
            mark: { type: 'line', strokeWidth: 1.5 },
            encoding: { x, y: { field: 'mean', type: 'quantitative', title: 'log-perplexity over float (nats)' }, color: colour },
          },
          { mark: { type: 'rule' }, encoding: { x, y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' }, color: colour } },
          { mark: { type: 'point', filled: true, size: 45 }, encoding: { x, y: { field: 'mean', type: 'quantitative' }, color: colour } },
          {
            mark: { type: 'text', dx: 8, dy: -7, fontSize: 10 },
            encoding: { x, y: { field: 'mean', type: 'quantitative' }, text: { field: 'wide' } },
          },
        ],
      },
    },
  });
}
