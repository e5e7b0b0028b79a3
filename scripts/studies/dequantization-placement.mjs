/**
 * The study "group size x place of dequantization" (docs/codesign/dequantization-placement.md): what the place does to the numbers on models/tiny, and to
 * latency, energy and area by the sweep mixpe-placement-group. Run `npm run build` first.
 *   node scripts/studies/dequantization-placement.mjs measure   fidelity into WORK/fidelity.json, going on where it stopped
 *   node scripts/studies/dequantization-placement.mjs table     costs, then reports/reference/dequantization-placement.json, .md and its charts from both
 * with --work WORK (default: lowbit-dequantization in the temporary folder) and --windows N. Numerics of a place, weights w = s (q - z) with an FP16 scale:
 *   behind  sums of code words are exact, s multiplies them [float32]    what MixPE does, in the PE or behind the array
 *   fp16    w is rounded to FP16 before the product                      ahead of a PE of 16 bits
 *   int8    w is rounded to INT8 with a scale per row                    ahead of a PE of 8 bits
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { calibrationSample } from '../../dist/accuracy/calibration-sample.js';
import { evaluateScheme } from '../../dist/accuracy/evaluate-scheme.js';
import { loadDecoder } from '../../dist/accuracy/load-model.js';
import { observe } from '../../dist/accuracy/observe.js';
import { outputError } from '../../dist/accuracy/output-error.js';
import { perplexity } from '../../dist/accuracy/perplexity.js';
import { mapGroups } from '../../dist/decoder/decoder-model.js';
import { float16Bits, float16FromBits } from '../../dist/numeric/float16.js';
import { matrix } from '../../dist/numeric/matrix.js';
import { quantize, quantizerNamed } from '../../dist/quantizers/index.js';
import { placementCosts } from './dequantization-placement-costs.mjs';
import { placementPage } from './dequantization-placement-page.mjs';

/**
 * @typedef {import('../../dist/numeric/matrix.js').Matrix} Matrix
 * @typedef {import('../../dist/decoder/decoder-model.js').DecoderModel} DecoderModel
 * @typedef {{ activation: string, numerics: string, group: string, outputError: number, perplexity: number, difference_nats: number, low_nats: number,
 *   high_nats: number, losses?: number[] | undefined }} FidelityPoint
 * @typedef {{ windows: number, floatPerplexity: number, points: FidelityPoint[] }} Fidelity
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
const groups = ['32', '64', '128', '256', 'channel'];
const numericsOf = /** @type {Record<string, string[]>} */ ({ int8: ['behind', 'int8'], fp16: ['behind', 'fp16'] });
const { positionals, values: chosen } = parseArgs({
  allowPositionals: true,
  options: { work: { type: 'string', default: join(tmpdir(), 'lowbit-dequantization') }, windows: { type: 'string', default: '64' } },
});
mkdirSync(chosen.work, { recursive: true });
const fidelityFile = join(chosen.work, 'fidelity.json');
if (positionals[0] === 'measure') await measure(Number(chosen.windows));
else if (positionals[0] === 'table') await writeTable();
else throw new Error('usage: node scripts/studies/dequantization-placement.mjs measure | table  [--work DIR] [--windows N]');

function text(/** @type {string} */ name) {
  return Int32Array.from(readFileSync(join(root, 'models', 'tiny', name)));
}

/** @returns {Fidelity | undefined} */
function known() {
  return existsSync(fidelityFile) ? /** @type {Fidelity} */ (JSON.parse(readFileSync(fidelityFile, 'utf8'))) : undefined;
}

/** A weight as the product sees it. */
function seen(/** @type {Matrix} */ weight, /** @type {string} */ group, /** @type {string} */ numerics) {
  const granularity = group === 'channel' ? { granularity: 'channel' } : { granularity: 'group', group: Number(group) };
  const values = readBack(weight, { bits: 4, symmetric: false, ...granularity });
  if (numerics === 'int8') return readBack(matrix(weight.rows, weight.cols, values), { bits: 8, granularity: 'channel' });
  return numerics === 'fp16' ? values.map((value) => float16FromBits(float16Bits(value))) : values;
}

function readBack(/** @type {Matrix} */ { rows, cols, data }, /** @type {Record<string, unknown>} */ options) {
  return quantizerNamed('rtn').dequantize(quantize('rtn', matrix(rows, cols, data), options));
}

function schemeOf(/** @type {string} */ activation) {
  const fp16 = { format: 'fp16' };
  return {
    ...{
      name: `placement-${activation}`,
      description: 'weights as a place of dequantization leaves them',
      source: 'MixPE, arXiv 2411.16158',
    },
    ...{ weight: fp16, activation: { format: activation }, kv: fp16, output: fp16, attention: fp16 },
  };
}

async function measure(/** @type {number} */ windows) {
  const { model } = await loadDecoder(join(root, 'models', 'tiny'));
  const evaluation = text('evaluation.txt');
  const observed = observe(model, calibrationSample(model, text('calibration.txt')), ['samples']);
  const reference = perplexity(model, evaluation, { maxWindows: windows });
  /** @type {Fidelity} */
  const result = known() ?? { windows, floatPerplexity: reference.perplexity, points: [] };
  if (result.windows !== windows) throw new Error(`${fidelityFile} holds ${result.windows} windows, not ${windows}`);
  const wanted = groups.flatMap((group) =>
    Object.entries(numericsOf).flatMap(([activation, all]) => all.map((numerics) => ({ activation, numerics, group }))),
  );
  for (const { activation, numerics, group } of wanted) {
    if (result.points.some((p) => p.activation === activation && p.numerics === numerics && p.group === group)) continue;
    /** @type {number[]} */
    const errors = [];
    const changed = model.layers.map((layer) =>
      mapGroups(layer, (of) => ({
        ...of,
        products: of.products.map((product) => {
          const values = seen(product.weight, group, numerics);
          const inputs = observed.groups.get(of.name)?.samples;
          if (inputs !== undefined) errors.push(outputError(inputs, product.weight, values) ?? 0);
          return { ...product, weight: matrix(product.weight.rows, product.weight.cols, values) };
        }),
      })),
    );
    const done = evaluateScheme({ model: { ...model, layers: changed }, scheme: schemeOf(activation), evaluation, windows, reference });
    const { mean: difference_nats, low: low_nats, high: high_nats } = done.difference;
    const rms = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
    const losses = [...done.result.windowLosses_nats];
    const figures = { outputError: rms, perplexity: done.result.perplexity, difference_nats, low_nats, high_nats, losses };
    result.points.push({ activation, numerics, group, ...figures });
    writeFileSync(fidelityFile, JSON.stringify(result));
    console.log(`${activation} ${numerics} ${group}: ${figures.perplexity.toFixed(4)}, output error ${rms.toFixed(5)}`);
  }
}

async function writeTable() {
  const fidelity = known();
  if (fidelity === undefined) throw new Error(`nothing was measured yet in ${chosen.work}`);
  const points = fidelity.points.map((point) => ({ ...point, losses: undefined }));
  const costs = await placementCosts();
  const target = join(root, 'reports', 'reference', 'dequantization-placement');
  const { page, charts } = await placementPage({ fidelity, costs });
  writeFileSync(`${target}.json`, `${JSON.stringify({ fidelity: { ...fidelity, points }, costs }, null, 1)}\n`);
  writeFileSync(`${target}.md`, page);
  for (const { name, svg } of charts) writeFileSync(`${target}-${name}.svg`, svg);
  console.log(`${costs.length} points, ${charts.length} charts`);
}
