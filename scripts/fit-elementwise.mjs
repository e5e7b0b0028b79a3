// @ts-nocheck
/**
 * Fits kernels without products to FOLDER/gpu_measured_vidur_elementwise.csv, one set of parameters for all cards, and prints errors: in-sample, and on
 * each card by a fit to the other two. Times of the table have steps of 1 us: rows below 5 us are printed apart. Then the softmax, layernorm
 * and gelu rows of FOLDER/gpu_measured_llmcompass.csv with the launch constants of the profile `llmcompass`.
 *   node scripts/fit-elementwise.mjs FOLDER [--check]     --check: shipped parameters, nothing is fitted
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [folder] = process.argv.slice(2);
const check = process.argv.includes('--check');
const build = pathToFileURL(`${process.env['LOWBIT_DIST'] ?? 'dist'}/`);
const load = (path) => import(new URL(path, build));
const { loadGpu } = await load('config/gpu-catalogue.js');
const { resolveGpu, healthyCard, profilesOf } = await load('gpu/device/gpu-schema.js');
const { vectorKernel } = await load('gpu/elementwise/vector-kernel.js');
const { vectorParameters } = await load('gpu/elementwise/vector-parameters.js');
const { minimumInBox } = await load('numeric/cma-es.js');
const { seededRandom } = await load('numeric/random.js');

const cards = { 'A100-80GB-SXM': 'a100-80gb-sxm', 'H100-SXM': 'h100-sxm', A40: 'a40' };
const devices = Object.fromEntries(Object.entries(cards).map(([gpu, name]) => [gpu, resolveGpu(loadGpu(name).config)]));
/** Inputs of n elements per row, and whether a thread block walks along rows. */
const operations = {
  // 10240 and 2560: of a model with GELU, layer norm and two additions at once, other kernels.
  add: { kind: 'add', inputs: 2, byRows: false, without: '2560' },
  mlp_act: { kind: 'gate', inputs: 2, byRows: true, without: '10240' },
  input_layernorm: { kind: 'norm', inputs: 1, byRows: true, without: '2560' },
};
const ranges = {
  launch_us: [0.5, 12],
  dramEfficiency: [0.4, 1],
  l2Efficiency: [0.1, 1],
  l2Usable: [0.1, 1.2],
  step_clocks: [50, 4000],
  rowsPerSm: [0.5, 8],
  overlapLoss: [0.001, 0.5],
};

const rowsOf = (file) => {
  const [head, ...lines] = readFileSync(`${folder}/${file}`, 'utf8').trim().split('\n');
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])));
};
const shapeOf = (rows, columns, inputs) => ({ rows, columns, read_bytes: rows * columns * 2 * inputs, write_bytes: rows * columns * 2 });

const measured = rowsOf('gpu_measured_vidur_elementwise.csv');
for (const [op, { kind, inputs, byRows, without }] of Object.entries(operations)) {
  const points = measured
    .filter((row) => row.op === op && row.n !== without)
    .map(({ gpu, m, n, latency_us }) => ({ gpu, shape: shapeOf(Number(m), Number(n), inputs), latency_s: Number(latency_us) * 1e-6 }));
  const names = byRows ? Object.keys(ranges) : ['launch_us', 'dramEfficiency', 'l2Efficiency', 'l2Usable'];
  const parametersAt = (x) =>
    Object.assign(
      { ...vectorParameters[kind], ...(byRows ? {} : { step_clocks: 0 }) },
      Object.fromEntries(names.map((name, i) => [name, ranges[name][0] * (ranges[name][1] / ranges[name][0]) ** x[i]])),
    );
  const errorsOf = (parameters, some) =>
    some.map(
      ({ gpu, shape, latency_s }) =>
        vectorKernel({ device: devices[gpu], profile: healthyCard }, kind, shape, parameters).time_s / latency_s - 1,
    );
  const fit = (some) => {
    const objective = (x) => mean(errorsOf(parametersAt(x), some).map((e) => Math.abs(Math.log(1 + e))));
    return parametersAt(
      minimumInBox(objective, new Float64Array(names.length).fill(0.5), { random: seededRandom(1), sigma: 0.25, evaluations: 2000 }).x,
    );
  };
  const parameters = check ? vectorParameters[kind] : fit(points);
  console.log(`\n${op} (${kind}), ${points.length} rows: ${names.map((name) => `${name} ${parameters[name].toPrecision(3)}`).join(', ')}`);
  const all = errorsOf(parameters, points);
  console.log(`  in-sample ${summary(all)}; at least 5 us: ${summary(all.filter((_e, i) => points[i].latency_s >= 5e-6))}`);
  for (const gpu of Object.keys(cards)) {
    const held = points.filter((point) => point.gpu === gpu);
    const own = check ? parameters : fit(points.filter((point) => point.gpu !== gpu));
    const some = errorsOf(own, held);
    console.log(
      `  ${gpu}${check ? '' : ', fitted to the others'}: ${summary(some)}; at least 5 us ${summary(some.filter((_e, i) => held[i].latency_s >= 5e-6))}`,
    );
  }
}

const a100 = loadGpu('a100-80gb-sxm').config;
const profile = profilesOf(a100).llmcompass;
const lines = process.argv.includes('--rows');
const kinds = { softmax: 'softmax', layernorm: 'norm', gelu: 'add' };
for (const [op, kind] of Object.entries(kinds)) {
  const rows = rowsOf('gpu_measured_llmcompass.csv').filter((row) => row.op === op && row.gpu === 'A100-80GB-SXM');
  const all = rows.map(
    ({ m, n, latency_us }) =>
      vectorKernel({ device: devices['A100-80GB-SXM'], profile }, kind, shapeOf(Number(m), Number(n), 1)).time_s /
        (Number(latency_us) * 1e-6) -
      1,
  );
  console.log(`\nLLMCompass ${op}, ${rows.length} rows: ${summary(all)}`);
  if (lines) rows.forEach(({ m, n, latency_us }, i) => console.log(`  ${m} x ${n}: ${latency_us} us, ${(100 * all[i]).toFixed(0)} %`));
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function summary(all) {
  if (all.length === 0) return 'none';
  const sorted = all.map(Math.abs).sort((a, b) => a - b);
  return `mean ${(100 * mean(sorted)).toFixed(1)} %, p90 ${(100 * sorted[Math.floor(0.9 * sorted.length)]).toFixed(1)} % (${all.length})`;
}
