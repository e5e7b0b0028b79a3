/**
 * BAQ's level counts per column, from modelled and from measured losses, against as many levels in every column, on the shipped models: output errors
 * on calibration inputs beside the bound of the gain (geometric over arithmetic mean of the measured losses), and perplexity of the whole model with a paired bootstrap (the table of docs/codesign/baq.md).
 *   node scripts/baq-columns.mjs [WINDOWS]     16 windows of the evaluation text by default, 0: errors alone; needs a build
 * The budget is that of the uniform levels; a level count takes 8 bits per column, which BAQ pays for. Scales (a range per row) are the same for both
 * and counted for neither. Hessians and output errors come from 4,096 tokens of the calibration text run through the model in float32.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadStudyModel } from '../dist/codesign/study/measure.js';
import { columnLevels, measuredLosses, modelledLosses, valuesAtLevels } from '../dist/codesign/allocation/baq-columns.js';
import { baqGain } from '../dist/codesign/allocation/baq-rates.js';
import { observe } from '../dist/accuracy/observe.js';
import { perplexity } from '../dist/accuracy/perplexity.js';
import { groupsOfLayer, mapGroups } from '../dist/decoder/decoder-model.js';
import { pairedBootstrap } from '../dist/numeric/paired-bootstrap.js';
import { outputError } from '../dist/quantizers/output-error.js';

const models = fileURLToPath(new URL('../models/', import.meta.url));
const windows = Number(process.argv[2] ?? 16);
const COUNT_bits = 8;
const CALIBRATION_TOKENS = 4096;
/** Rounding of level counts moves the mean rate: it is asked for a little less until the counts fit. */
const RATE_STEP = 1 / 512;

const meanBits = (/** @type {Int32Array} */ levels) => levels.reduce((sum, count) => sum + Math.log2(count), 0) / levels.length;

function fittedLevels(/** @type {Float64Array} */ losses, /** @type {number} */ budget) {
  for (let rate = budget; ; rate -= RATE_STEP) {
    const levels = columnLevels(losses, rate);
    if (meanBits(levels) <= budget) return levels;
  }
}

/** Every matrix of a model stored in all ways, with its errors; shares are of the squared outputs of all matrices. */
function stored(/** @type {any} */ model, /** @type {any} */ groups, /** @type {number} */ bits) {
  const ways = ['uniform', 'modelled', 'measured'].map((name) => ({
    name,
    values: new Map(),
    errors: /** @type {number[]} */ ([]),
    bits: 0,
  }));
  const gains = /** @type {number[]} */ ([]);
  let [signal, weights] = [0, 0];
  for (const group of model.layers.flatMap(groupsOfLayer)) {
    const { hessian } = groups.get(group.name);
    const diagonal = Float64Array.from({ length: hessian.cols }, (_, j) => hessian.data[j * hessian.cols + j]);
    for (const { name, weight } of group.products) {
      const side = COUNT_bits / weight.rows;
      const measured = measuredLosses(weight, diagonal, 2 ** bits);
      const levels = /** @type {any[]} */ ([
        new Int32Array(weight.cols).fill(2 ** bits),
        fittedLevels(modelledLosses(weight, diagonal), bits - side),
        fittedLevels(measured, bits - side),
      ]);
      for (const [i, way] of ways.entries()) {
        const values = valuesAtLevels(weight, levels[i]);
        way.values.set(name, values);
        way.errors.push(outputError(weight, values, hessian));
        way.bits += (meanBits(levels[i]) + (i === 0 ? 0 : side)) * weight.data.length;
      }
      gains.push(baqGain(measured));
      signal += outputError(weight, new Float32Array(weight.data.length), hessian);
      weights += weight.data.length;
    }
  }
  return { ways: /** @type {any[]} */ (ways.map((way) => ({ ...way, bits: way.bits / weights }))), gains, signal };
}

const withValues = (/** @type {any} */ model, /** @type {Map<string, any>} */ values) => ({
  ...model,
  layers: model.layers.map((/** @type {any} */ layer) =>
    mapGroups(layer, (group) => ({
      ...group,
      products: group.products.map((product) => ({ ...product, weight: { ...product.weight, data: values.get(product.name) } })),
    })),
  ),
});

const total = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0);
const geometricMean = (/** @type {number[]} */ values) => Math.exp(total(values.map(Math.log)) / values.length);

console.log(
  '| model | levels | way | bits | output error | squares of it over uniform | mean over matrices | bound | matrices better | perplexity | over uniform, nats per token |',
);
console.log('|---|---|---|---|---|---|---|---|---|---|---|');
for (const name of ['tiny', 'tiny-outlier']) {
  const texts = { text: join(models, 'tiny/evaluation.txt'), calibration: join(models, 'tiny/calibration.txt') };
  const { model, evaluation, calibration } = await loadStudyModel({ modelPath: join(models, name), texts, windows });
  const { groups } = observe(model, calibration.subarray(0, CALIBRATION_TOKENS), ['hessian']);
  /** @type {(candidate: any) => any} */
  const score = (candidate) => (windows === 0 ? undefined : perplexity(candidate, evaluation, { maxWindows: windows }));
  for (const bits of [2, 3, 4]) {
    const { ways, gains, signal } = stored(model, groups, bits);
    const [uniform] = ways;
    const base = score(withValues(model, uniform.values));
    for (const way of ways) {
      const ratios = way.errors.map((/** @type {number} */ error, /** @type {number} */ i) => error / uniform.errors[i]);
      const own = way === uniform ? base : score(withValues(model, way.values));
      const interval = own && way !== uniform && pairedBootstrap(own.windowLosses_nats, base.windowLosses_nats, { seed: 1 });
      const cells = [
        name,
        2 ** bits,
        way.name,
        way.bits.toFixed(3),
        Math.sqrt(total(way.errors) / signal).toFixed(4),
        ...(way === uniform
          ? ['', '', '', '']
          : [
              (total(way.errors) / total(uniform.errors)).toFixed(3),
              geometricMean(ratios).toFixed(3),
              geometricMean(gains).toFixed(3),
              `${ratios.filter((/** @type {number} */ ratio) => ratio < 1).length} of ${ratios.length}`,
            ]),
        own?.perplexity.toFixed(4) ?? '',
        interval ? `${interval.difference.toFixed(4)} [${interval.low.toFixed(4)}, ${interval.high.toFixed(4)}]` : '',
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}
