/** Charts of scripts/studies/eight-bit-layers.mjs: what one input at 4 bits costs on each accelerator, and the measured loss over latency. */
import { haloLabels } from '../../dist/report/charts/halo-labels.js';
import { placeLabels } from '../../dist/report/charts/label-placement.js';
import { logTicks } from '../../dist/report/charts/log-ticks.js';
import { chart } from '../../dist/report/charts/theme.js';

/**
 * @typedef {import('../../dist/report/charts/theme.js').ChartSpec} ChartSpec
 * @typedef {import('./eight-bit-layers.mjs').StudyRow} StudyRow
 */

const colours = { domain: ['BitMoD', 'OliVe', 'ANT'], range: ['#0072b2', '#d55e00', '#009e73'] };
const shown = /** @type {Record<string, string>} */ ({ bitmod: 'BitMoD', olive: 'OliVe', ant: 'ANT' });
const colour = { field: 'accelerator', type: 'nominal', title: null, scale: colours, legend: { orient: 'top' } };

/** Least of some values that are above zero. */
const leastAbove = (/** @type {number[]} */ values) => Math.min(...values.filter((value) => value > 0));

const modelsOf = (/** @type {StudyRow[]} */ rows) => [...new Set(rows.map(({ model }) => model))].toSorted().toReversed();

/** Divergence of the predictions with one input at 4 bits, a panel per model with its own axis. @returns {ChartSpec} */
export function errorChart(/** @type {StudyRow[]} */ rows) {
  const panel = (/** @type {string} */ model, /** @type {number} */ index) => {
    const values = rows
      .filter((row) => row.model === model)
      .flatMap(({ accelerator, items }) => items.map(({ item, low }) => ({ accelerator: shown[accelerator], item, low })));
    const floor = leastAbove(values.map(({ low }) => low)) / 1.5;
    const placed = values.map((value) => ({ ...value, at: Math.max(value.low, floor), mark: value.low > 0 ? 'above' : 'not' }));
    const [least, most] = [Math.min(...placed.map(({ at }) => at)) / 1.2, Math.max(...placed.map(({ at }) => at)) * 1.2];
    const names = index === 0 ? {} : { axis: { labels: false, ticks: false } };
    return {
      title: model,
      width: 300,
      height: 340,
      data: { values: placed },
      mark: { type: 'point', filled: true, size: 60, opacity: 0.85 },
      encoding: {
        x: {
          field: 'at',
          type: 'quantitative',
          title: 'divergence (nats per token)',
          scale: { type: 'log', nice: false, domain: [least, most] },
          axis: { format: '~g', values: logTicks(least, most) },
        },
        y: { field: 'item', type: 'nominal', title: null, sort: null, ...names },
        color: colour,
        shape: { field: 'mark', type: 'nominal', legend: null, scale: { domain: ['above', 'not'], range: ['circle', 'triangle-left'] } },
      },
    };
  };
  const none = rows.some(({ items }) => items.some(({ low }) => low <= 0));
  return chart({
    title: 'One input at 4 bits, the others at 8',
    subtitle: `layer and the products that read the input; each panel has its own axis${none ? '; triangles: not above zero' : ''}`,
    description: 'Divergence of the predictions with one input at 4 bits and all others at 8, by input and accelerator, a panel per model.',
    body: { hconcat: modelsOf(rows).map(panel) },
  });
}

const WIDTH = 390;
const HEIGHT = 280;
const RADIUS = 4;

/** Points of a panel as the chart has them, and the ends of its axis: from below the least mean to above the highest interval. */
function lossValues(/** @type {StudyRow[]} */ rows) {
  const points = rows.flatMap((row) => row.points.map((point) => ({ ...point, accelerator: shown[row.accelerator] })));
  const floor = leastAbove(points.map(({ difference }) => difference.mean)) / 2.5;
  const top = Math.max(...points.map(({ difference: { high, mean } }) => high ?? mean)) * 1.4;
  const values = points.map(({ accelerator, latency_s, wide, difference: { mean, low, high } }) => ({
    accelerator,
    latency_ms: latency_s * 1e3,
    label: String(wide),
    mean: Math.max(mean, floor),
    low: Math.max(low ?? mean, floor),
    high: Math.max(high ?? mean, floor),
  }));
  return { values, floor, top };
}

/** Labels beside their dots, off each other and off the intervals. */
function lossLabels(
  /** @type {ReturnType<typeof lossValues>} */ { values, floor, top },
  /** @type {readonly [number, number]} */ [first, last],
) {
  const across = (/** @type {number} */ latency) => (WIDTH * (latency - first)) / (last - first);
  const down = (/** @type {number} */ loss) => HEIGHT * (1 - Math.log(loss / floor) / Math.log(top / floor));
  const dots = values.map(({ label, latency_ms, mean }, i) => ({
    ...{ text: label, weight: values.length - i, radius: RADIUS },
    ...{ x: across(latency_ms), y: down(mean) },
  }));
  const occupied = values.map(({ latency_ms, low, high }) => ({
    ...{ left: across(latency_ms) - 1, right: across(latency_ms) + 1 },
    ...{ top: down(high), bottom: down(low) },
  }));
  return haloLabels(placeLabels(dots, { width: WIDTH, height: HEIGHT, occupied }), { fontSize: 11 });
}

/** Measured loss of points of the fronts over their latency, a panel per model with its own logarithmic axis. @returns {ChartSpec} */
export function lossChart(/** @type {StudyRow[]} */ rows) {
  const latencies = rows.flatMap(({ points }) => points.map(({ latency_s }) => latency_s * 1e3));
  const domain = /** @type {const} */ ([Math.min(...latencies) - 0.04, Math.max(...latencies) + 0.1]);
  const x = { field: 'latency_ms', type: 'quantitative', title: 'latency (ms)', scale: { domain, nice: false, zero: false } };
  const panel = (/** @type {string} */ model) => {
    const points = lossValues(rows.filter((row) => row.model === model));
    const { values, floor, top } = points;
    const scale = { type: 'log', domain: [floor, top], nice: false };
    const axis = { format: '~g', values: logTicks(floor, top) };
    const y = { field: 'mean', type: 'quantitative', title: 'log-perplexity over float (nats)', scale, axis };
    return {
      title: model,
      width: WIDTH,
      height: HEIGHT,
      data: { values },
      layer: [
        { mark: { type: 'line', strokeWidth: 1.5 }, encoding: { x, y, color: colour } },
        { mark: { type: 'rule', clip: true }, encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color: colour } },
        { mark: { type: 'circle', size: 50, opacity: 1 }, encoding: { x, y, color: colour } },
        ...lossLabels(points, domain),
      ],
    };
  };
  return chart({
    title: 'From all at 4 bits to all at 8',
    subtitle:
      'measured points of each front, 95 % intervals over windows (cut at the lower edge); numbers: inputs of 16 at 6 or 8 bits; each panel has its own axis',
    description: `Measured log-perplexity over float against latency for points of the fronts, with intervals, by accelerator, a panel per model. ${rows
      .map(
        ({ study, points }) =>
          `${study}: ${points.map(({ wide, difference }) => `${wide} at 6 or 8 bits ${difference.mean.toFixed(4)}`).join(', ')}`,
      )
      .join('. ')}.`,
    body: { hconcat: modelsOf(rows).map(panel) },
  });
}
