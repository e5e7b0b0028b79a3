/**
 * Fits the attention model to measured decode attention (FOLDER/gpu_measured_aic_attn_decode.csv) and prints parameters and errors: in-sample, and
 * with five folds over (batch, heads) so that no curve along the context is seen before it is judged.
 *   node scripts/fit-attention.mjs FOLDER [--check]     --check: errors of the shipped starts, nothing is fitted
 * The printed values are what `starts:` of hw-configs/kernels/attention-*.yaml hold, rounded.
 */
import { attentionMachine } from '../dist/gpu/attention/attention-machine.js';
import { attentionParameters, defaultAttentionParameters } from '../dist/gpu/attention/attention-parameters.js';
import { fusedAttention } from '../dist/gpu/attention/fused-attention.js';
import { loadGpu, loadKernel } from '../dist/config/gpu-catalogue.js';
import { healthyCard, resolveGpu } from '../dist/gpu/device/gpu-schema.js';
import { namedKernel } from '../dist/gpu/kernels/kernel-choice.js';
import { minimumInBox } from '../dist/numeric/cma-es.js';
import { seededRandom } from '../dist/numeric/random.js';
import { mean, measuredRows, summary } from './measured-table.mjs';

/** @typedef {import('../dist/gpu/attention/attention-shape.js').AttentionShape} Shape */
/** @typedef {import('../dist/gpu/calibration/parameter-spec.js').ParameterSpec} Spec */
/** @typedef {import('../dist/gpu/calibration/parameter-spec.js').Parameters} Parameters */
/** @typedef {{ shape: Shape, latency_s: number, curve: string }} Point */

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

/** @type {[label: string, keep: (point: Point) => boolean][]} */
const bands = [
  ['up to 30 us', ({ latency_s }) => latency_s <= 30e-6],
  ['30 to 200 us', ({ latency_s }) => latency_s > 30e-6 && latency_s <= 200e-6],
  ['above 200 us', ({ latency_s }) => latency_s > 200e-6],
];

/** @returns {Shape} */
function shapeOf(/** @type {Record<string, string>} */ row) {
  const kvHeads = Number(row.num_key_value_heads);
  return {
    heads: Number(row.batch_size) * kvHeads,
    rows: Number(row.num_heads) / kvHeads,
    keys: Number(row.seq),
    headDim: Number(row.head_dim),
    query_bits: 16,
    kv_bits: row.kv_dtype === 'fp8' ? 8 : 16,
    output_bits: 16,
  };
}

function placeOf(/** @type {Spec} */ { low, high, logarithmic }, /** @type {number} */ value) {
  const at = logarithmic ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return Math.min(1, Math.max(0, at));
}

/** @returns {Parameters} */
function valuesAt(/** @type {readonly Spec[]} */ specs, /** @type {Parameters} */ fixed, /** @type {Float64Array} */ x) {
  const moved = specs.map(({ name, low, high, logarithmic }, i) => {
    const at = x[i] ?? 0;
    return [name, logarithmic ? low * (high / low) ** at : low + (high - low) * at];
  });
  return { ...fixed, ...Object.fromEntries(moved) };
}

/** A kernel on a card: where its parameters start, its errors under others, and a fit to some points. */
function model(/** @type {(typeof cases)[number]} */ { card, format, kernel: name }) {
  const device = resolveGpu(loadGpu(card).config);
  const file = loadKernel(name);
  const kernel = namedKernel(device, file, { activation: 'bf16', weight: format, attention: true }, [file]);
  const specs = attentionParameters.filter((spec) => FREE.includes(spec.name));
  const start = defaultAttentionParameters(kernel);
  const ratios = (/** @type {Parameters} */ parameters, /** @type {readonly Point[]} */ points) => {
    const machine = attentionMachine(device, kernel, parameters, healthyCard);
    return points.map(({ shape, latency_s }) => fusedAttention(machine, shape).time_s / latency_s);
  };
  const fit = (/** @type {readonly Point[]} */ points) => {
    const objective = (/** @type {Float64Array} */ x) =>
      mean(ratios(valuesAt(specs, start, x), points).map((ratio) => Math.abs(Math.log(ratio))));
    const from = Float64Array.from(specs, (spec) => placeOf(spec, start[spec.name] ?? spec.start));
    const found = minimumInBox(objective, from, { random: seededRandom(1), sigma: 0.2, evaluations: EVALUATIONS });
    return valuesAt(specs, start, found.x);
  };
  const errors = (/** @type {Parameters} */ parameters, /** @type {readonly Point[]} */ points) =>
    ratios(parameters, points).map((ratio) => ratio - 1);
  return { specs, start, errors, fit };
}

function printBands(/** @type {readonly Point[]} */ points, /** @type {readonly number[]} */ errors) {
  for (const [label, keep] of bands) {
    const chosen = errors.filter((_error, i) => points[i] !== undefined && keep(points[i]));
    if (chosen.length > 0) console.log(`    ${label}: ${summary(chosen)}, bias ${(100 * mean(chosen)).toFixed(1)} %`);
  }
  const worst = points.map((point, i) => ({ ...point, error: errors[i] ?? 0 })).sort((a, b) => Math.abs(b.error) - Math.abs(a.error));
  for (const { error, curve, shape, latency_s } of worst.slice(0, 6))
    console.log(`    ${(100 * error).toFixed(0)} %: batch heads ${curve}, keys ${shape.keys}, ${(latency_s * 1e6).toFixed(1)} us`);
}

/** Errors on curves that the fit has not seen. */
function unseenErrors(/** @type {ReturnType<typeof model>} */ { errors, fit }, /** @type {readonly Point[]} */ points) {
  const curves = [...new Set(points.map(({ curve }) => curve))].sort();
  return Array.from({ length: FOLDS }, (_, fold) => {
    const held = points.filter(({ curve }) => curves.indexOf(curve) % FOLDS === fold);
    return held.length === 0 ? [] : errors(fit(points.filter((point) => !held.includes(point))), held);
  }).flat();
}

const [folder = '.'] = process.argv.slice(2);
const check = process.argv.includes('--check');
const rows = measuredRows(`${folder}/gpu_measured_aic_attn_decode.csv`);
for (const one of cases) {
  const points = rows
    .filter(({ gpu, kv_dtype }) => gpu === one.gpu && kv_dtype === one.format)
    .map((row) => ({ shape: shapeOf(row), latency_s: Number(row.latency_us) * 1e-6, curve: `${row.batch_size} ${row.num_heads}` }));
  const attention = model(one);
  const parameters = check ? { ...attention.start, keptInL2: KEPT_IN_LOOP } : attention.fit(points);
  const errors = attention.errors(parameters, points);
  console.log(`\n${one.kernel} on ${one.card}`);
  console.log(`  ${attention.specs.map(({ name }) => `${name}: ${Number((parameters[name] ?? NaN).toPrecision(3))}`).join(', ')}`);
  console.log(`  in-sample ${summary(errors)}`);
  printBands(points, errors);
  if (!check) console.log(`  ${FOLDS} folds over (batch, heads) ${summary(unseenErrors(attention, points))}`);
}
