/**
 * Fits kernels without products to FOLDER/gpu_measured_vidur_elementwise.csv, one set of parameters for all cards, and prints errors: in-sample, and on
 * each card by a fit to the other two. Times of the table have steps of 1 us: rows of at least 5 us are printed apart. Then the softmax, layernorm
 * and gelu rows of FOLDER/gpu_measured_llmcompass.csv with the launch constants of the profile `llmcompass`.
 *   node scripts/gpu/fit-elementwise.mjs FOLDER [--check] [--rows]     --check: shipped parameters, nothing is fitted; --rows: every row of LLMCompass
 */
import { loadGpu } from '../../dist/config/gpu-catalogue.js';
import { healthyCard, profilesOf, resolveGpu } from '../../dist/gpu/device/gpu-schema.js';
import { vectorKernel } from '../../dist/gpu/elementwise/vector-kernel.js';
import { vectorParameters } from '../../dist/gpu/elementwise/vector-parameters.js';
import { minimumInBox } from '../../dist/numeric/cma-es.js';
import { seededRandom } from '../../dist/numeric/random.js';
import { mean, measuredRows, summary } from './measured-table.mjs';

/** @typedef {keyof typeof vectorParameters} Kind */
/** @typedef {(typeof vectorParameters)[Kind]} Parameters */
/** @typedef {{ gpu: string, shape: ReturnType<typeof shapeOf>, latency_s: number }} Point */

const A100 = 'A100-80GB-SXM';
const configs = new Map([A100, 'H100-SXM', 'A40'].map((gpu) => [gpu, loadGpu(gpu.toLowerCase()).config]));
/** Inputs of n elements per row, and whether a thread block walks along rows. @type {Record<string, { kind: Kind, inputs: number, byRows: boolean, without: string }>} */
const operations = {
  // 10240 and 2560: of a model with GELU, layer norm and two additions at once, other kernels.
  add: { kind: 'add', inputs: 2, byRows: false, without: '2560' },
  mlp_act: { kind: 'gate', inputs: 2, byRows: true, without: '10240' },
  input_layernorm: { kind: 'norm', inputs: 1, byRows: true, without: '2560' },
};
/** @type {readonly [name: keyof Parameters, low: number, high: number][]} */
const ranges = [
  ['launch_us', 0.5, 12],
  ['dramEfficiency', 0.4, 1],
  ['l2Efficiency', 0.1, 1],
  ['l2Usable', 0.1, 1.2],
  ['step_clocks', 50, 4000],
  ['rowsPerSm', 0.5, 8],
  ['overlapLoss', 0.001, 0.5],
];
/** Of kernels in which no thread block walks along rows. */
const withoutRows = 4;
/** Times of the table have steps of 1 us. */
const LONG_s = 5e-6;

function shapeOf(/** @type {number} */ rows, /** @type {number} */ columns, /** @type {number} */ inputs) {
  return { rows, columns, read_bytes: rows * columns * 2 * inputs, write_bytes: rows * columns * 2 };
}

function deviceOf(/** @type {string} */ gpu) {
  const config = configs.get(gpu);
  if (config === undefined) throw new Error(`no card ${gpu}`);
  return resolveGpu(config);
}

const devices = new Map([...configs.keys()].map((gpu) => [gpu, deviceOf(gpu)]));

function errorsOf(/** @type {Kind} */ kind, /** @type {Parameters} */ parameters, /** @type {readonly Point[]} */ points) {
  return points.map(({ gpu, shape, latency_s }) => {
    const device = devices.get(gpu) ?? deviceOf(gpu);
    return vectorKernel({ device, profile: healthyCard }, kind, shape, parameters).time_s / latency_s - 1;
  });
}

/** @returns {(points: readonly Point[]) => Parameters} */
function fitter(/** @type {Kind} */ kind, /** @type {boolean} */ byRows) {
  const free = byRows ? ranges : ranges.slice(0, withoutRows);
  const fixed = { ...vectorParameters[kind], ...(byRows ? {} : { step_clocks: 0 }) };
  const parametersAt = (/** @type {Float64Array} */ x) => ({
    ...fixed,
    ...Object.fromEntries(free.map(([name, low, high], i) => [name, low * (high / low) ** (x[i] ?? 0)])),
  });
  return (points) => {
    const objective = (/** @type {Float64Array} */ x) =>
      mean(errorsOf(kind, parametersAt(x), points).map((error) => Math.abs(Math.log(1 + error))));
    const search = { random: seededRandom(1), sigma: 0.25, evaluations: 2000 };
    return parametersAt(minimumInBox(objective, new Float64Array(free.length).fill(0.5), search).x);
  };
}

function words(/** @type {readonly Point[]} */ points, /** @type {readonly number[]} */ errors) {
  return `${summary(errors)}; at least 5 us: ${summary(errors.filter((_error, i) => (points[i]?.latency_s ?? 0) >= LONG_s))}`;
}

function fitOperation(/** @type {string} */ op, /** @type {readonly Record<string, string>[]} */ measured, /** @type {boolean} */ check) {
  const { kind, inputs, byRows, without } = operations[op] ?? { kind: 'add', inputs: 1, byRows: false, without: '' };
  const points = measured
    .filter((row) => row.op === op && row.n !== without)
    .map(({ gpu = '', m, n, latency_us }) => ({ gpu, shape: shapeOf(Number(m), Number(n), inputs), latency_s: Number(latency_us) * 1e-6 }));
  const fit = fitter(kind, byRows);
  const parameters = check ? vectorParameters[kind] : fit(points);
  const shown = ranges.slice(0, byRows ? undefined : withoutRows).map(([name]) => `${name} ${Number(parameters[name]).toPrecision(3)}`);
  console.log(`\n${op} (${kind}): ${shown.join(', ')}`);
  console.log(`  in-sample ${words(points, errorsOf(kind, parameters, points))}`);
  for (const gpu of configs.keys()) {
    const held = points.filter((point) => point.gpu === gpu);
    const own = check ? parameters : fit(points.filter((point) => point.gpu !== gpu));
    console.log(`  ${gpu}${check ? '' : ', fitted to the others'}: ${words(held, errorsOf(kind, own, held))}`);
  }
}

function judgeLlmCompass(/** @type {readonly Record<string, string>[]} */ measured, /** @type {boolean} */ everyRow) {
  const config = configs.get(A100);
  const profile = config && profilesOf(config).llmcompass;
  if (profile === undefined) throw new Error(`${A100} has no profile llmcompass`);
  /** @type {[op: string, kind: Kind][]} */
  const kinds = [
    ['softmax', 'softmax'],
    ['layernorm', 'norm'],
    ['gelu', 'add'],
  ];
  for (const [op, kind] of kinds) {
    const rows = measured.filter((row) => row.op === op && row.gpu === A100);
    const errors = rows.map(({ m, n, latency_us }) => {
      const shape = shapeOf(Number(m), Number(n), 1);
      return vectorKernel({ device: deviceOf(A100), profile }, kind, shape).time_s / (Number(latency_us) * 1e-6) - 1;
    });
    console.log(`\nLLMCompass ${op}: ${summary(errors)}`);
    if (everyRow)
      rows.forEach(({ m, n, latency_us }, i) => console.log(`  ${m} x ${n}: ${latency_us} us, ${(100 * (errors[i] ?? NaN)).toFixed(0)} %`));
  }
}

const [folder = '.'] = process.argv.slice(2);
const table = measuredRows(`${folder}/gpu_measured_vidur_elementwise.csv`);
for (const op of Object.keys(operations)) fitOperation(op, table, process.argv.includes('--check'));
judgeLlmCompass(measuredRows(`${folder}/gpu_measured_llmcompass.csv`), process.argv.includes('--rows'));
