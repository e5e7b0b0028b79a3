/**
 * BAQ's level counts per column, from modelled and from measured losses, against as many levels in every column, on the shipped models: output errors
 * on calibration inputs beside the bound of the gain (geometric over arithmetic mean of the measured losses), perplexity of the whole model with a paired
 * bootstrap, and what becomes of columns with strong inputs and of the others (docs/codesign/baq.md; reports/reference/baq-columns.json and .md).
 *   node scripts/studies/baq-columns.mjs [WINDOWS]     64 windows of the evaluation text by default; some 90 s; needs a build
 * The budget is that of the uniform levels; a level count takes 8 bits per column, which BAQ pays for. Scales (a range per row) are the same for both
 * and counted for neither. Hessians and output errors come from 4,096 tokens of the calibration text run through the model in float32.
 * A third way shows what the law costs [ours]: the loss of every column measured at each of 47 level counts, the least sum under the same bits
 * (Lagrange multiplier by bisection).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { observe } from '../../dist/accuracy/observe.js';
import { perplexity } from '../../dist/accuracy/perplexity.js';
import { columnLevels, measuredLosses, modelledLosses, valuesAtLevels } from '../../dist/codesign/allocation/baq-columns.js';
import { baqGain } from '../../dist/codesign/allocation/baq-rates.js';
import { loadStudyModel } from '../../dist/codesign/study/measure.js';
import { groupsOfLayer, mapGroups } from '../../dist/decoder/decoder-model.js';
import { pairedBootstrap } from '../../dist/numeric/paired-bootstrap.js';
import { outputError } from '../../dist/quantizers/output-error.js';
import { baqColumnsPage } from './baq-columns-page.mjs';

/** @typedef {import('../../dist/numeric/matrix.js').Matrix} Matrix */

const root = fileURLToPath(new URL('../..', import.meta.url));
const windows = Number(process.argv[2] ?? 64);
const COUNT_bits = 8;
const CALIBRATION_TOKENS = 4096;
/** Rounding of level counts moves the mean rate: it is asked for a little less until the counts fit. */
const RATE_STEP = 1 / 512;
const WAYS = /** @type {const} */ (['uniform', 'modelled', 'measured', 'own losses']);
/** An input is strong when its mean square is above so many times the median of its group. */
const STRONG = 16;
const COUNTS = [...Array(32).keys()].map((i) => i + 1).concat([36, 40, 48, 56, 64, 80, 96, 128, 160, 192, 256, 320, 384, 512, 768, 1024]);

const total = (/** @type {ArrayLike<number>} */ values) => Array.from(values).reduce((sum, value) => sum + value, 0);
const geometricMean = (/** @type {number[]} */ values) => Math.exp(total(values.map(Math.log)) / values.length);
const meanBits = (/** @type {Int32Array} */ levels) => total(Float64Array.from(levels, Math.log2)) / levels.length;
const everywhere = (/** @type {Matrix} */ { cols }, /** @type {number} */ levels) => new Int32Array(cols).fill(levels);

function fittedLevels(/** @type {Float64Array} */ losses, /** @type {number} */ budget) {
  for (let rate = budget; ; rate -= RATE_STEP) {
    const levels = columnLevels(losses, rate);
    if (meanBits(levels) <= budget) return levels;
  }
}

/** Loss of every column under the diagonal of the Hessian. */
function columnLosses(/** @type {Matrix} */ { data, cols }, /** @type {Float32Array} */ values, /** @type {Float64Array} */ diagonal) {
  const losses = new Float64Array(cols);
  for (const [i, value] of values.entries()) losses[i % cols] = (losses[i % cols] ?? 0) + ((data[i] ?? NaN) - value) ** 2;
  return losses.map((loss, j) => loss * (diagonal[j] ?? NaN));
}

/** Counts of least sum of the columns' own losses at a mean of at most `budget` bits. */
function levelsOfLeastLoss(/** @type {Float64Array[]} */ curves, /** @type {number} */ budget) {
  const columns = Array.from(curves[0] ?? [], (_, j) => curves.map((curve) => curve[j] ?? NaN));
  const at = (/** @type {number} */ price) => {
    const prices = COUNTS.map((count) => price * Math.log2(count));
    return Int32Array.from(columns, (losses) => {
      const costs = losses.map((loss, i) => loss + (prices[i] ?? NaN));
      return COUNTS[costs.indexOf(Math.min(...costs))] ?? NaN;
    });
  };
  const largest = Math.max(...(curves[0] ?? []));
  let [low, high] = [largest * 2 ** -60, largest];
  for (let halving = 0; halving < 50; halving++) {
    const middle = Math.sqrt(low * high);
    if (meanBits(at(middle)) > budget) low = middle;
    else high = middle;
  }
  return at(high);
}

/** A matrix with what is known of its columns: the diagonal of the Hessian, losses at every count. */
function columnsKnown(/** @type {string} */ name, /** @type {Matrix} */ weight, /** @type {Matrix} */ hessian) {
  const diagonal = Float64Array.from({ length: hessian.cols }, (_, j) => hessian.data[j * hessian.cols + j] ?? NaN);
  const curves = COUNTS.map((count) => columnLosses(weight, valuesAtLevels(weight, everywhere(weight, count)), diagonal));
  const median = diagonal.toSorted()[diagonal.length >> 1] ?? NaN;
  return {
    ...{ name, weight, hessian, diagonal, curves },
    signals: columnLosses(weight, new Float32Array(weight.data.length), diagonal),
    strong: Array.from(diagonal, (value) => value > STRONG * median),
  };
}

/** One matrix in all ways: level counts, values, errors of its outputs and of its columns. */
function storedMatrix(/** @type {ReturnType<typeof columnsKnown>} */ known, /** @type {number} */ bits) {
  const { name, weight, hessian, diagonal, curves, strong } = known;
  const side = COUNT_bits / weight.rows;
  const measured = measuredLosses(weight, diagonal, 2 ** bits);
  const levelsOf = {
    uniform: everywhere(weight, 2 ** bits),
    modelled: fittedLevels(modelledLosses(weight, diagonal), bits - side),
    measured: fittedLevels(measured, bits - side),
    'own losses': levelsOfLeastLoss(curves, bits - side),
  };
  return {
    name,
    strong,
    weights: weight.data.length,
    ways: WAYS.map((way) => {
      const [levels, values] = [levelsOf[way], valuesAtLevels(weight, levelsOf[way])];
      const paid = (meanBits(levels) + (way === 'uniform' ? 0 : side)) * weight.data.length;
      return { way, levels, values, paid, error: outputError(weight, values, hessian), losses: columnLosses(weight, values, diagonal) };
    }),
    signal: outputError(weight, new Float32Array(weight.data.length), hessian),
    gain: baqGain(measured),
  };
}

const withValues = (/** @type {any} */ model, /** @type {Map<string, Float32Array>} */ values) => ({
  ...model,
  layers: model.layers.map((/** @type {any} */ layer) =>
    mapGroups(layer, (group) => ({
      ...group,
      products: group.products.map((product) => ({
        ...product,
        weight: { ...product.weight, data: values.get(product.name) ?? product.weight.data },
      })),
    })),
  ),
});

/** @typedef {ReturnType<typeof storedMatrix>} Stored */

/** What a way comes to over all matrices, beside as many levels everywhere. */
function rowOf(/** @type {Stored[]} */ matrices, /** @type {number} */ i, /** @type {any} */ scores) {
  const errors = matrices.map(({ ways }) => ways[i]?.error ?? NaN);
  const base = matrices.map(({ ways }) => ways[0]?.error ?? NaN);
  const ratios = errors.map((error, at) => error / (base[at] ?? NaN));
  const { difference, low, high, resolved } =
    i === 0
      ? { difference: 0, low: 0, high: 0, resolved: false }
      : pairedBootstrap(scores[i].windowLosses_nats, scores[0].windowLosses_nats, { seed: 1 });
  return {
    way: WAYS[i],
    bits: total(matrices.map(({ ways }) => ways[i]?.paid ?? NaN)) / total(matrices.map(({ weights }) => weights)),
    outputError: Math.sqrt(total(errors) / total(matrices.map(({ signal }) => signal))),
    squaresOverUniform: total(errors) / total(base),
    meanOverMatrices: geometricMean(ratios),
    better: ratios.filter((ratio) => ratio < 1).length,
    perplexity: scores[i].perplexity,
    againstUniform: i === 0 ? null : { difference, low, high, resolved },
    columns: [true, false].map((strong) => columnsOf(matrices, i, strong)),
  };
}

/** Losses of the columns with strong inputs, or of the others, over the loss of all under uniform levels; by level counts of this way. */
function columnsOf(/** @type {Stored[]} */ matrices, /** @type {number} */ i, /** @type {boolean} */ strong) {
  const picked = matrices.flatMap(({ ways, strong: marks }) =>
    marks.flatMap((mark, j) =>
      mark === strong ? [{ levels: ways[i]?.levels[j] ?? NaN, loss: ways[i]?.losses[j] ?? NaN, uniform: ways[0]?.losses[j] ?? NaN }] : [],
    ),
  );
  const all = total(matrices.map(({ ways }) => total(ways[0]?.losses ?? [])));
  const bands = [
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 4],
    [5, 8],
    [9, 16],
    [17, Infinity],
  ];
  return {
    strong,
    columns: picked.length,
    uniform: total(picked.map(({ uniform }) => uniform)) / all,
    loss: total(picked.map(({ loss }) => loss)) / all,
    byLevels: bands.flatMap(([least = 0, most = 0]) => {
      const band = picked.filter(({ levels }) => levels >= least && levels <= most);
      if (band.length === 0) return [];
      const [loss, uniform] = [total(band.map((one) => one.loss)) / all, total(band.map((one) => one.uniform)) / all];
      return [{ least, most: Number.isFinite(most) ? most : null, columns: band.length, loss, uniform }];
    }),
  };
}

/** Loss over signal of the columns with strong inputs and of the others at several level counts everywhere. */
function curvesOf(/** @type {ReturnType<typeof columnsKnown>[]} */ matrices) {
  const sum = (/** @type {(matrix: ReturnType<typeof columnsKnown>) => ArrayLike<number>} */ losses, /** @type {boolean} */ strong) =>
    total(matrices.flatMap((matrix) => Array.from(losses(matrix)).filter((_, j) => matrix.strong[j] === strong)));
  return [2, 3, 4, 5, 8, 16, 32, 64, 128, 256].map((count) => ({
    levels: count,
    strong: sum(({ curves }) => curves[COUNTS.indexOf(count)] ?? [], true) / sum(({ signals }) => signals, true),
    others: sum(({ curves }) => curves[COUNTS.indexOf(count)] ?? [], false) / sum(({ signals }) => signals, false),
  }));
}

async function measured(/** @type {string} */ name) {
  const texts = { text: join(root, 'models/tiny/evaluation.txt'), calibration: join(root, 'models/tiny/calibration.txt') };
  const { model, evaluation, calibration } = await loadStudyModel({ modelPath: join(root, 'models', name), texts, windows });
  const { groups } = observe(model, calibration.subarray(0, CALIBRATION_TOKENS), ['hessian']);
  const score = (/** @type {any} */ candidate) => perplexity(candidate, evaluation, { maxWindows: windows });
  const known = model.layers.flatMap(groupsOfLayer).flatMap((group) => {
    const hessian = groups.get(group.name)?.hessian;
    if (hessian === undefined) throw new Error(`nothing is known of the inputs of ${group.name}`);
    return group.products.map(({ name: product, weight }) => columnsKnown(product, weight, hessian));
  });
  const budgets = [2, 3, 4].map((bits) => {
    const matrices = known.map((one) => storedMatrix(one, bits));
    const scores = WAYS.map((_, i) =>
      score(withValues(model, new Map(matrices.map(({ name: product, ways }) => [product, ways[i]?.values ?? new Float32Array()])))),
    );
    const all = total(matrices.map(({ ways }) => ways[0]?.error ?? NaN));
    return {
      levels: 2 ** bits,
      bound: geometricMean(matrices.map(({ gain }) => gain)),
      ways: WAYS.map((_, i) => rowOf(matrices, i, scores)),
      matrices: matrices.map(({ name: product, ways }) => ({
        name: product,
        shareOfUniform: (ways[0]?.error ?? NaN) / all,
        overUniform: Object.fromEntries(ways.slice(1).map(({ way, error }) => [way, error / (ways[0]?.error ?? NaN)])),
      })),
    };
  });
  return { model: name, float: score(model).perplexity, curves: curvesOf(known), budgets };
}

const models = [await measured('tiny'), await measured('tiny-outlier')];
const document = { windows, calibrationTokens: CALIBRATION_TOKENS, strongAbove: STRONG, models };
const target = join(root, 'reports', 'reference', 'baq-columns');
writeFileSync(`${target}.json`, `${JSON.stringify(document, null, 1)}\n`);
writeFileSync(`${target}.md`, baqColumnsPage(document));
