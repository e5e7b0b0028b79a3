/** The study of scripts/studies/dequantization-placement.mjs as a page with its charts. */
import { chart } from '../../dist/report/charts/theme.js';
import { renderSvg } from '../../dist/report/svg.js';
import { activations, groups, phases, places } from './dequantization-placement-costs.mjs';

/**
 * @typedef {import('../../dist/report/charts/theme.js').ChartSpec} ChartSpec
 * @typedef {import('./dequantization-placement.mjs').Fidelity} Fidelity
 * @typedef {import('./dequantization-placement-costs.mjs').PlacementCost} PlacementCost
 * @typedef {{ fidelity: Fidelity, costs: PlacementCost[] }} PlacementDocument
 * @typedef {PlacementCost & { loss: number, low: number, high: number, outputError: number, front: boolean }} JoinedPoint
 */

const colours = ['#0072b2', '#56b4e9', '#e69f00', '#d55e00'];
const numericsLabels = /** @type {Record<string, string>} */ ({
  behind: 'scaled behind the products',
  int8: 'ahead, rounded to INT8',
  fp16: 'ahead, rounded to FP16',
});

/** @returns {Promise<{ page: string, charts: { name: string, svg: string }[] }>} */
export async function placementPage(/** @type {PlacementDocument} */ document) {
  const points = phases.flatMap((phase) => withFront(joined(document, phase)));
  const specs = { fidelity: fidelityChart(document), costs: costChart(points) };
  const charts = await Promise.all(
    Object.entries(specs).map(async ([name, spec]) => ({ name, svg: await renderSvg(spec, `placement-${name}`) })),
  );
  const [fidelityPicture = '', costPicture = ''] = Object.entries(specs).map(
    ([name, { description }]) => `![${description}](dequantization-placement-${name}.svg)`,
  );
  const { windows, floatPerplexity } = document.fidelity;
  const parts = [
    '# Group size and place of dequantization',
    'Made by `node scripts/studies/dequantization-placement.mjs`; what it says, and what it rests on: [the study](../../docs/codesign/dequantization-placement.md).',
    `## Fidelity\n\nmodels/tiny, ${windows} windows of 256 bytes; float32 ${floatPerplexity.toFixed(4)}. Output error: root mean square over products of ‖X (W' - W)‖ / ‖X W‖ on calibration inputs.`,
    fidelityTable(document.fidelity),
    fidelityPicture,
    '## Costs\n\nLlama-2-7B; prefill of 256 tokens, and a decode step at a context of 256. The front is over latency, energy, area and output error, for each phase and format of activations; what differs by less than 1 % counts as equal.',
    ...phases.map((phase) => `### ${phase}\n\n${costTable(points.filter((point) => point.phase === phase))}`),
    costPicture,
  ];
  return { page: `${parts.join('\n\n')}\n`, charts };
}

function table(/** @type {string[]} */ head, /** @type {string[][]} */ rows) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i < 2 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

const signed = (/** @type {number} */ value) => `${value < 0 ? '' : '+'}${value.toFixed(5)}`;

function fidelityTable(/** @type {Fidelity} */ { points }) {
  const rows = points.map((point) => [
    ...[point.activation, numericsLabels[point.numerics] ?? '', point.group, point.outputError.toFixed(5), point.perplexity.toFixed(4)],
    ...[signed(point.difference_nats), `${signed(point.low_nats)} .. ${signed(point.high_nats)}`],
  ]);
  return table(['activations', 'weights', 'group', 'output error', 'perplexity', 'loss above float32 (nats)', '95 % interval'], rows);
}

/** Costs of a phase with the loss of the numerics that the place has. */
function joined(/** @type {PlacementDocument} */ { fidelity, costs }, /** @type {string} */ phase) {
  return costs
    .filter((cost) => cost.phase === phase)
    .map((cost) => {
      const numerics = cost.place.startsWith('ahead') ? cost.activation : 'behind';
      const found = fidelity.points.find((p) => p.activation === cost.activation && p.group === cost.group && p.numerics === numerics);
      if (found === undefined) throw new Error(`${cost.activation}, ${numerics}, group ${cost.group} was not measured`);
      return { ...cost, loss: found.difference_nats, low: found.low_nats, high: found.high_nats, outputError: found.outputError };
    });
}

/** Mappings are chosen within 1 % of the least latency (`tolerance` of the accelerators), so that less says nothing. */
const TOLERANCE = 1.01;

/**
 * The front of a phase, of each format of activations by itself: points that no other beats in latency, energy, area and output error, where 1 % is no difference.
 * @returns {JoinedPoint[]}
 */
function withFront(/** @type {Omit<JoinedPoint, 'front'>[]} */ points) {
  const figures = (/** @type {Omit<JoinedPoint, 'front'>} */ p) => [p.latency_s, p.energy_J, p.area_mm2, p.outputError];
  const beats = (/** @type {Omit<JoinedPoint, 'front'>} */ a, /** @type {Omit<JoinedPoint, 'front'>} */ b) => {
    const ratios = figures(a).map((value, i) => value / (figures(b)[i] ?? NaN));
    return ratios.every((ratio) => ratio <= TOLERANCE) && ratios.some((ratio) => ratio * TOLERANCE < 1);
  };
  const rivals = (/** @type {Omit<JoinedPoint, 'front'>} */ point) => points.filter((other) => other.activation === point.activation);
  return points.map((point) => ({ ...point, front: !rivals(point).some((other) => beats(other, point)) }));
}

function costTable(/** @type {JoinedPoint[]} */ points) {
  const rows = points.map((point) => [
    ...[point.activation, point.place, point.group, point.bitsPerWeight.toFixed(2)],
    ...[
      (1000 * point.latency_s).toFixed(1),
      point.energy_J.toFixed(3),
      point.area_mm2.toFixed(2),
      `${(100 * point.dequantShare).toFixed(1)} %`,
    ],
    ...[signed(point.loss), point.front ? 'yes' : ''],
  ]);
  const head = [
    'activations',
    'place',
    'group',
    'bits per weight',
    'latency (ms)',
    'energy (J)',
    'area (mm2)',
    'waits for it',
    'loss (nats)',
    'front',
  ];
  return table(head, rows);
}

/** Loss above float over the group, a panel per format of activations. @returns {ChartSpec} */
function fidelityChart(/** @type {PlacementDocument} */ { fidelity }) {
  const values = fidelity.points.map((point) => ({ ...point, losses: undefined, weights: numericsLabels[point.numerics] }));
  const labels = Object.values(numericsLabels);
  const x = { field: 'group', type: 'nominal', title: 'weights in a group', sort: groups, axis: { labelAngle: 0 } };
  const xOffset = { field: 'weights', sort: labels };
  const color = {
    field: 'weights',
    type: 'nominal',
    title: null,
    scale: { domain: labels, range: ['#0072b2', '#d55e00', '#009e73'] },
    legend: { orient: 'top' },
  };
  const y = { field: 'difference_nats', type: 'quantitative', title: 'loss above float32 (nats per byte)' };
  return chart({
    title: 'What the place does to the numbers',
    subtitle:
      'INT4 weights with FP16 scale and 4-bit zero on models/tiny, a panel per format of activations; bars: 95 %, paired bootstrap over windows',
    description: `Loss above float32 over the group size. ${values.map((v) => `${v.activation} ${v.weights ?? ''} ${v.group}: ${v.difference_nats.toFixed(4)}`).join('. ')}.`,
    body: {
      data: { values },
      facet: { column: { field: 'activation', type: 'nominal', title: null, sort: activations } },
      spec: {
        width: 380,
        height: 240,
        layer: [
          { mark: { type: 'rule' }, encoding: { x, xOffset, color, y: { ...y, field: 'low_nats' }, y2: { field: 'high_nats' } } },
          { mark: { type: 'circle', size: 45, opacity: 1 }, encoding: { x, xOffset, color, y } },
        ],
      },
    },
  });
}

/** Every cost by group, the four places of a group below each other, since most of their costs are alike; INT8 and FP16 activations in rows. @returns {ChartSpec} */
function costChart(/** @type {JoinedPoint[]} */ points) {
  const kinds = /** @type {const} */ ([
    ['prefill', 'latency_s', 'prefill, s'],
    ['prefill', 'energy_J', 'prefill, J'],
    ['decode', 'latency_s', 'decode step, s'],
    ['decode', 'energy_J', 'decode step, J'],
    ['prefill', 'area_mm2', 'area, mm2'],
  ]);
  const yOffset = { field: 'place', sort: places };
  const color = { field: 'place', type: 'nominal', title: null, scale: { domain: places, range: colours }, legend: { orient: 'top' } };
  const shapes = ['circle', 'square', 'diamond', 'triangle-up'];
  const shape = { field: 'place', type: 'nominal', title: null, scale: { domain: places, range: shapes } };
  const fillOpacity = { condition: { test: 'datum.front', value: 1 }, value: 0 };
  const panel = (
    /** @type {string} */ activation,
    /** @type {typeof kinds[number]} */ [phase, field, title],
    /** @type {boolean} */ first,
  ) => {
    const values = points
      .filter((point) => point.activation === activation && point.phase === phase)
      .map(({ group, place, front, [field]: cost }) => ({ group, place, front, cost }));
    const x = { field: 'cost', type: 'quantitative', title, axis: { tickCount: 3 } };
    const names = first ? { title: `weights in a group, ${activation}` } : { title: null, axis: { labels: false, ticks: false } };
    const y = { field: 'group', type: 'nominal', sort: groups.toReversed(), ...names };
    return {
      width: 160,
      height: 250,
      data: { values },
      mark: { type: 'point', filled: false, size: 45 },
      encoding: { x, y, yOffset, color, shape, fillOpacity, fill: color },
    };
  };
  return chart({
    title: 'What the place costs',
    subtitle:
      'Llama-2-7B on the arrays of MixPE; left is better, and lower is: smaller groups lose less (the other chart); filled: on the front',
    description: `Latency, energy and area of Llama-2-7B by group size, for ${places.join(', ')}. On the front: ${points
      .filter(({ front }) => front)
      .map((p) => `${p.phase} ${p.activation} ${p.place} group ${p.group}`)
      .join('; ')}.`,
    body: { vconcat: activations.map((activation) => ({ hconcat: kinds.map((kind, i) => panel(activation, kind, i === 0)) })) },
  });
}
