/**
 * MixLLM's output features on a model with weights (docs/codesign/mixllm.md). Run `npm run build` first.
 *   node scripts/studies/mixllm-features.mjs choose MODEL --share 0.1 [--bits 4] [--text CALIBRATION] [--windows 16]   the scheme, as YAML on stdout
 *   node scripts/studies/mixllm-features.mjs measure [--work DIR] [--windows 32]    tiny and tiny-outlier, a line of JSON per choice, into DIR/MODEL.jsonl
 *   node scripts/studies/mixllm-features.mjs table [--work DIR]                     reports/reference/mixllm-features.json and .md, from these lines
 * MODEL: a folder with config.json and weights, or models/tiny. Compared at equal bits: the share of random features and of that of every product is set
 * so that they take the bits of the global ranking; whole matrices are chosen by the method `mixllm` under them as a budget.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { calibrationSample } from '../../dist/accuracy/calibration-sample.js';
import { evaluateScheme } from '../../dist/accuracy/evaluate-scheme.js';
import { loadDecoder } from '../../dist/accuracy/load-model.js';
import { readTextBytes, textTokens } from '../../dist/accuracy/text-tokens.js';
import { allocate } from '../../dist/codesign/allocation/index.js';
import { chosenFeatures, lowBitChanges, withFeatures } from '../../dist/codesign/feature-choice.js';
import { featureGradients, featureSalience } from '../../dist/codesign/signals/feature-salience.js';
import { namedGroups } from '../../dist/decoder/product-names.js';
import { pairedBootstrap } from '../../dist/numeric/paired-bootstrap.js';
import { seededRandom } from '../../dist/numeric/random.js';
import { schemeSchema } from '../../dist/trace/scheme-config.js';

/**
 * @typedef {import('../../dist/decoder/decoder-model.js').DecoderModel} DecoderModel
 * @typedef {Map<string, Float64Array>} Saliences
 * @typedef {ReadonlyMap<string, ArrayLike<number>>} Rows
 * @typedef {{ model: string, low: number, share: number, choice: string, bits: number, perplexity: number, reference: number, losses: number[], by?: Record<string, number> }} Point
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
const MODELS = ['tiny', 'tiny-outlier'];
const HIGH_bits = 8;
/** Measured without features alone: what 4-bit rows with features are held against. */
const UNIFORM_bits = 5;
const GROUP = 128;
const SHARES = [0.1, 0.2];
const DRAWS = [1, 2, 3];
const { positionals, values: chosen } = parseArgs({
  allowPositionals: true,
  options: {
    share: { type: 'string', default: '0.1' },
    bits: { type: 'string', default: '4' },
    text: { type: 'string', default: join(root, 'models', 'tiny', 'calibration.txt') },
    windows: { type: 'string' },
    work: { type: 'string', default: join(tmpdir(), 'lowbit-mixllm-features') },
  },
});
const [command, subject] = positionals;
if (command === 'choose' && subject !== undefined) process.stdout.write(await chosenScheme(subject));
else if (command === 'measure') for (const name of MODELS) await measure(name, Number(chosen.windows ?? 32));
else if (command === 'table') writeTables();
else throw new Error('usage: node scripts/studies/mixllm-features.mjs choose MODEL | measure | table');

async function chosenScheme(/** @type {string} */ path) {
  const { model, folder } = await loadDecoder(path);
  const { tokens } = await textTokens(folder, model.vocabulary, await readTextBytes(chosen.text));
  const bits = bitsWith(Number(chosen.bits));
  const { saliences } = ranked(model, calibrationSample(model, tokens), { bits, windows: Number(chosen.windows ?? 16) });
  const name = `mixllm-${basename(path)}-w${bits.bits}-${chosen.share}`;
  const features = chosenFeatures(saliences, Number(chosen.share), 'model');
  const source = 'MixLLM, arXiv 2412.14590';
  return stringify({ ...withFeatures(baseScheme(), model, { ...bits, features }), name, source }, { lineWidth: 0 });
}

function bitsWith(/** @type {number} */ bits) {
  return { bits, highBits: HIGH_bits, group: GROUP };
}

function baseScheme() {
  return schemeSchema.parse({ name: 'mixllm-features', weight: { quantizer: 'rtn' } });
}

/** Saliences of the low bits as recalled, those with Fisher's second order, and slopes of whole products; in the order of the model. */
function ranked(
  /** @type {DecoderModel} */ model,
  /** @type {Int32Array} */ calibration,
  /** @type {{ bits: ReturnType<typeof bitsWith>, windows: number }} */ { bits, windows },
) {
  const gradients = featureGradients(model, calibration, { windows, changes: lowBitChanges(model, bits) });
  const known = productsOf(model).flatMap(({ name }) => {
    const gradient = gradients.get(name);
    return gradient === undefined ? [] : [/** @type {const} */ ([name, gradient])];
  });
  return {
    saliences: new Map(known.map(([name, gradient]) => [name, featureSalience(gradient, 'recalled')])),
    fisher: new Map(known.map(([name, gradient]) => [name, featureSalience(gradient, 'fisher')])),
    slopes: known.map(([, { mean }]) => mean.reduce((sum, slope) => sum + slope, 0)),
  };
}

function productsOf(/** @type {DecoderModel} */ model) {
  return namedGroups(model).flatMap(({ group }) => group.products);
}

async function measure(/** @type {string} */ name, /** @type {number} */ windows) {
  const { model } = await loadDecoder(join(root, 'models', name));
  const text = (/** @type {string} */ file) => Int32Array.from(readFileSync(join(root, 'models', 'tiny', file)));
  const calibration = calibrationSample(model, text('calibration.txt'));
  const evaluation = text('evaluation.txt');
  mkdirSync(chosen.work, { recursive: true });
  rmSync(fileOf(name), { force: true });
  /** @type {import('../../dist/accuracy/perplexity.js').PerplexityResult | undefined} */
  let reference;
  for (const low of [UNIFORM_bits, 4, 3]) {
    const bits = bitsWith(low);
    const evaluate = (/** @type {{ share: number, choice: string }} */ label, /** @type {Rows} */ features) => {
      const scheme = withFeatures(baseScheme(), model, { ...bits, features: int32(features) });
      const done = evaluateScheme({ model, scheme, evaluation, windows, ...(reference === undefined ? {} : { reference }) });
      reference = done.reference;
      /** @type {Point} */
      const point = {
        ...{ model: name, low, ...label, bits: done.bitsPerWeight, perplexity: done.result.perplexity },
        ...{ by: countsOf(features), reference: reference.perplexity, losses: [...done.result.windowLosses_nats] },
      };
      appendFileSync(fileOf(name), `${JSON.stringify(point)}\n`);
    };
    evaluate({ share: 0, choice: 'uniform' }, new Map());
    if (low === UNIFORM_bits) continue;
    const ranking = ranked(model, calibration, { bits, windows: 16 });
    for (const share of SHARES)
      for (const [choice, features] of await choices(model, ranking, { low, share })) evaluate({ share, choice }, features);
  }
}

/** Features of all layers by the last part of their product's name. */
function countsOf(/** @type {Rows} */ features) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const [name, { length }] of features) {
    const kind = name.split('.').at(-1) ?? name;
    counts[kind] = (counts[kind] ?? 0) + length;
  }
  return counts;
}

function int32(/** @type {Rows} */ features) {
  return new Map([...features].map(([name, rows]) => [name, Int32Array.from(rows)]));
}

/**
 * What is compared, all at the bits of the global ranking.
 * @returns {Promise<[string, Rows][]>}
 */
async function choices(
  /** @type {DecoderModel} */ model,
  /** @type {ReturnType<typeof ranked>} */ { saliences, fisher, slopes },
  /** @type {{ low: number, share: number }} */ { low, share },
) {
  const products = productsOf(model);
  const cols = new Map(products.map(({ name, weight }) => [name, weight.cols]));
  const weightsIn = (/** @type {Rows} */ rows) => [...rows].reduce((sum, [name, { length }]) => sum + length * (cols.get(name) ?? 0), 0);
  const global = chosenFeatures(saliences, share, 'model');
  const alike = (/** @type {Saliences} */ by, /** @type {'model' | 'product'} */ scope) => {
    let [least, most] = [share / 2, Math.min(1, share * 2)];
    for (let halving = 0; halving < 20; halving++) {
      const middle = (least + most) / 2;
      if (weightsIn(chosenFeatures(by, middle, scope)) > weightsIn(global)) most = middle;
      else least = middle;
    }
    return chosenFeatures(by, least, scope);
  };
  const drawn = DRAWS.map((seed) => {
    const { uniform } = seededRandom(seed);
    const by = new Map(products.map(({ name, weight }) => [name, Float64Array.from({ length: weight.rows }, uniform)]));
    return /** @type {[string, Rows]} */ ([`random ${seed}`, alike(by, 'model')]);
  });
  return [
    ['global', global],
    ['global, Fisher', chosenFeatures(fisher, share, 'model')],
    ['product', alike(saliences, 'product')],
    ...drawn,
    ['matrices', await wholeMatrices(model, slopes, { low, extra: weightsIn(global) })],
  ];
}

/** @returns {Promise<Rows>} */
async function wholeMatrices(
  /** @type {DecoderModel} */ model,
  /** @type {number[]} */ slopes,
  /** @type {{ low: number, extra: number }} */ { low, extra },
) {
  const products = productsOf(model);
  const salience = Float64Array.from(slopes.flatMap((slope) => [Math.abs(slope) + 0.5 * slope * slope, 0]));
  const sizes = products.map(({ weight }) => weight.data.length);
  const [lowBits, highBits] = [low + (16 + low) / GROUP, HIGH_bits + 16 / GROUP];
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const { choice } = await allocate(
    'mixllm',
    {
      items: products.map(({ name, weight }) => ({ name, weights: weight.data.length })),
      options: ['low', 'high'],
      error: salience,
      cost: Float64Array.from(sizes.flatMap((size) => [size * lowBits, size * highBits])),
      budget: total * lowBits + extra * (highBits - lowBits),
      signals: { salience },
    },
    { options: { low: 'low', high: 'high' } },
  );
  return new Map(products.flatMap(({ name, weight }, i) => (choice[i] === 1 ? [[name, [...Array(weight.rows).keys()]]] : [])));
}

function fileOf(/** @type {string} */ name) {
  return join(chosen.work, `${name}.jsonl`);
}

/** @typedef {{ difference: number, low: number, high: number, resolved: boolean } | null} Interval */

/** Points of a model with the differences of their mean loss from the uniform low bits and from the global ranking. */
function rowsOf(/** @type {string} */ name) {
  if (!existsSync(fileOf(name))) throw new Error(`${fileOf(name)} is not there: measure first`);
  const lines = readFileSync(fileOf(name), 'utf8').trim().split('\n');
  const points = withMeanDraw(lines.map((line) => /** @type {Point} */ (JSON.parse(line))));
  return points.map((point) => {
    /** @type {(choice: string, share: number, lowBits?: number) => Interval} */
    const against = (choice, share, lowBits = point.low) => {
      const other = points.find((one) => one.low === lowBits && one.choice === choice && one.share === share);
      if (other === undefined || other === point) return null;
      const { difference, low, high, resolved } = pairedBootstrap(point.losses, other.losses, { seed: 1 });
      return { difference, low, high, resolved };
    };
    const differences = { againstUniform: against('uniform', 0), againstGlobal: against('global', point.share) };
    return { ...point, ...differences, againstUniformAbove: against('uniform', 0, point.low + 1) };
  });
}

function writeTables() {
  const models = MODELS.map((name) => ({ name, rows: rowsOf(name) }));
  const windows = models[0]?.rows[0]?.losses.length;
  const target = join(root, 'reports', 'reference', 'mixllm-features');
  writeFileSync(`${target}.json`, `${JSON.stringify({ windows, models }, null, 1)}\n`);
  const head = [
    "# MixLLM's output features",
    '',
    `Made by \`node scripts/studies/mixllm-features.mjs\`, ${windows} windows of 256 bytes of the evaluation text. Differences of the mean loss, nats per token, with the 95 % interval of a paired`,
    'bootstrap over windows; below 0 the choice of the row is better. Bits are exact, the map of rows included. What the choices are: docs/codesign/mixllm.md.',
  ];
  writeFileSync(`${target}.md`, `${[...head, ...models.map(tableOf)].join('\n')}`);
}

function tableOf(/** @type {{ name: string, rows: ReturnType<typeof rowsOf> }} */ { name, rows }) {
  const cells = rows.map((row) =>
    [
      row.low,
      row.share === 0 ? '' : `${row.share * 100} %`,
      row.choice,
      row.bits.toFixed(3),
      row.perplexity.toFixed(4),
      intervalText(row.againstUniform),
      intervalText(row.againstGlobal),
      intervalText(row.againstUniformAbove),
    ].join(' | '),
  );
  const heads =
    '| low bits | features | choice | bits | perplexity | against uniform | against global | against uniform, one bit more |\n|--:|--:|---|--:|--:|---|---|---|';
  return `\n## ${name}, float ${rows[0]?.reference.toFixed(4)}\n\n${heads}\n${cells.map((row) => `| ${row} |`).join('\n')}\n`;
}

function intervalText(/** @type {Interval} */ interval) {
  return interval === null ? '' : `${signed(interval.difference)} [${signed(interval.low)}, ${signed(interval.high)}]`;
}

/** Random draws of a share as one choice, with the mean of their losses in every window. */
function withMeanDraw(/** @type {Point[]} */ points) {
  return points.flatMap((point) => {
    if (!point.choice.startsWith('random')) return [point];
    if (point.choice !== `random ${DRAWS[0]}`) return [];
    const draws = points.filter(({ low, share, choice }) => low === point.low && share === point.share && choice.startsWith('random'));
    const losses = point.losses.map((_, window) => draws.reduce((sum, draw) => sum + (draw.losses[window] ?? NaN), 0) / draws.length);
    const perplexity = Math.exp(losses.reduce((sum, loss) => sum + loss, 0) / losses.length);
    return [{ ...point, choice: `random, mean of ${draws.length}`, losses, perplexity }];
  });
}

function signed(/** @type {number} */ value) {
  return `${value < 0 ? '' : '+'}${value.toFixed(4)}`;
}
