// @ts-nocheck
/**
 * Fits the attention model to measured decode attention (FOLDER/gpu_measured_aic_attn_decode.csv) and prints parameters and errors: in-sample, and
 * with five folds over (batch, heads) so that no curve along the context is seen before it is judged.
 *   node scripts/fit-attention.mjs FOLDER [--check]     --check: errors of the shipped starts, nothing is fitted
 * LOWBIT_DIST: a build other than dist/. The printed values are what `starts:` of hw-configs/kernels/attention-*.yaml hold, rounded.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [folder] = process.argv.slice(2);
const build = pathToFileURL(`${process.env['LOWBIT_DIST'] ?? 'dist'}/`);
const load = (path) => import(new URL(path, build));
const { loadGpu, loadKernel } = await load('config/gpu-catalogue.js');
const { resolveGpu, healthyCard } = await load('gpu/device/gpu-schema.js');
const { namedKernel } = await load('gpu/kernels/kernel-choice.js');
const { attentionMachine } = await load('gpu/attention/attention-machine.js');
const { attentionParameters, defaultAttentionParameters } = await load('gpu/attention/attention-parameters.js');
const { fusedAttention } = await load('gpu/attention/fused-attention.js');
const { minimumInBox } = await load('numeric/cma-es.js');
const { seededRandom } = await load('numeric/random.js');

const FREE = ['launch_us', 'block_us', 'stepLatency_us', 'dramEfficiency', 'overlapLoss', 'splitFixed_us', 'keptInL2'];
const FOLDS = 5;
/** Share of L2 that keys and values of the call before hold: the tables were timed in loops. */
const KEPT_IN_LOOP = 0.3;
const EVALUATIONS = 2500;

const cases = [
  { gpu: 'A100-80GB-SXM', card: 'a100-80gb-sxm', format: 'bf16', kernel: 'attention-16' },
  { gpu: 'L40S', card: 'l40s', format: 'bf16', kernel: 'attention-16' },
  { gpu: 'L40S', card: 'l40s', format: 'fp8', kernel: 'attention-fp8' },
];

const bands = [
  ['up to 30 us', ({ latency_s }) => latency_s <= 30e-6],
  ['30 to 200 us', ({ latency_s }) => latency_s > 30e-6 && latency_s <= 200e-6],
  ['above 200 us', ({ latency_s }) => latency_s > 200e-6],
];

const lines = readFileSync(`${folder}/gpu_measured_aic_attn_decode.csv`, 'utf8').trim().split('\n');
const header = lines[0].split(',');
const rows = lines.slice(1).map((line) => Object.fromEntries(line.split(',').map((cell, i) => [header[i], cell])));

for (const one of cases) {
  const { device, kernel } = prepared(one);
  const points = rows
    .filter(({ gpu, kv_dtype }) => gpu === one.gpu && kv_dtype === one.format)
    .map((row) => ({ shape: shapeOf(row), latency_s: Number(row.latency_us) * 1e-6, curve: `${row.batch_size} ${row.num_heads}` }));
  const specs = attentionParameters.filter(({ name }) => FREE.includes(name));
  const start = defaultAttentionParameters(kernel);
  const timesOf = (parameters, some) => {
    const machine = attentionMachine(device, kernel, parameters, healthyCard);
    return some.map(({ shape }) => fusedAttention(machine, shape).time_s);
  };
  const fit = (some) => {
    const objective = (x) => mean(timesOf(valuesAt(specs, start, x), some).map((t, i) => Math.abs(Math.log(t / some[i].latency_s))));
    const found = minimumInBox(
      objective,
      Float64Array.from(specs, (spec) => placeOf(spec, start[spec.name])),
      { random: seededRandom(1), sigma: 0.2, evaluations: EVALUATIONS },
    );
    return valuesAt(specs, start, found.x);
  };
  const parameters = process.argv.includes('--check') ? { ...start, keptInL2: KEPT_IN_LOOP } : fit(points);
  const inSample = errors(timesOf(parameters, points), points);
  console.log(`\n${one.kernel} on ${one.card}, ${points.length} rows`);
  console.log(`  ${specs.map(({ name }) => `${name}: ${Number(parameters[name].toPrecision(3))}`).join(', ')}`);
  console.log(`  in-sample ${summary(inSample)}`);
  for (const [label, keep] of bands) {
    const chosen = inSample.filter((_e, i) => keep(points[i]));
    if (chosen.length > 0)
      console.log(`    ${label}: ${summary(chosen)} bias ${(100 * mean(chosen)).toFixed(1)} % (${chosen.length} rows)`);
  }
  const worst = inSample
    .map((e, i) => [e, points[i]])
    .sort((a, b) => Math.abs(b[0]) - Math.abs(a[0]))
    .slice(0, 6);
  for (const [e, { curve, shape, latency_s }] of worst)
    console.log(`    ${(100 * e).toFixed(0)} %: batch heads ${curve}, keys ${shape.keys}, ${(latency_s * 1e6).toFixed(1)} us`);
  if (process.argv.includes('--check')) continue;
  const curves = [...new Set(points.map(({ curve }) => curve))].sort();
  const out = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const held = points.filter(({ curve }) => curves.indexOf(curve) % FOLDS === fold);
    if (held.length === 0) continue;
    const values = fit(points.filter((point) => !held.includes(point)));
    out.push(...errors(timesOf(values, held), held));
  }
  console.log(`  ${FOLDS} folds over (batch, heads) ${summary(out)}`);
}

function prepared({ card, format, kernel }) {
  const device = resolveGpu(loadGpu(card).config);
  const file = loadKernel(kernel);
  return { device, kernel: namedKernel(device, file, { activation: 'bf16', weight: format, attention: true }, [file]) };
}

function shapeOf({ batch_size, seq, num_heads, num_key_value_heads, head_dim, kv_dtype }) {
  const kvHeads = Number(num_key_value_heads);
  return {
    heads: Number(batch_size) * kvHeads,
    rows: Number(num_heads) / kvHeads,
    keys: Number(seq),
    headDim: Number(head_dim),
    query_bits: 16,
    kv_bits: kv_dtype === 'fp8' ? 8 : 16,
    output_bits: 16,
  };
}

function placeOf({ low, high, logarithmic }, value) {
  const at = logarithmic ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return Math.min(1, Math.max(0, at));
}

function valuesAt(specs, fixed, x) {
  const moved = specs.map(({ name, low, high, logarithmic }, i) => [
    name,
    logarithmic ? low * (high / low) ** x[i] : low + (high - low) * x[i],
  ]);
  return { ...fixed, ...Object.fromEntries(moved) };
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function errors(times, points) {
  return times.map((t, i) => t / points[i].latency_s - 1);
}

function summary(all) {
  const sorted = all.map(Math.abs).sort((a, b) => a - b);
  const at = (q) => (100 * sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]).toFixed(1);
  return `mean ${(100 * mean(sorted)).toFixed(1)} %, median ${at(0.5)} %, p90 ${at(0.9)} %`;
}
