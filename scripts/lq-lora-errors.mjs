/**
 * The 432 configurations of LQ-LoRA on the matrices of models/tiny: squared weight errors and stored bits of every (matrix, configuration), the integer
 * program at the budgets of the paper, and perplexity of what it chooses beside the best uniform configuration within the same bits and a random choice
 * (one seeded draw), with paired bootstraps (docs/codesign/lq-lora.md). Then the same errors at the published size: the 28 matrices 8 times over, errors
 * of each copy scaled by exp(0.7 normal) and every one moved by 0.2 % (seeded), solved and proven.
 *   node scripts/lq-lora-errors.mjs [WINDOWS]     16 windows of the evaluation text by default; needs a build
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluateScheme } from '../dist/accuracy/evaluate-scheme.js';
import { allocate } from '../dist/codesign/allocation/index.js';
import { lqLoraConfigurations } from '../dist/codesign/lq-lora-configurations.js';
import { loadStudyModel } from '../dist/codesign/study/measure.js';
import { loadScheme } from '../dist/config/catalogue.js';
import { namedGroups } from '../dist/decoder/product-names.js';
import { pairedBootstrap } from '../dist/numeric/paired-bootstrap.js';
import { seededRandom } from '../dist/numeric/random.js';
import { quantize, quantizerNamed } from '../dist/quantizers/index.js';
import { bitsPerWeight } from '../dist/quantizers/quantizer.js';

const folder = fileURLToPath(new URL('../models/tiny/', import.meta.url));
const windows = Number(process.argv[2] ?? 16);
const budgets = [2.5, 2.75, 3, 3.25, 3.5];
const COPIES = 8;
const configurations = lqLoraConfigurations();
const seconds = (/** @type {number} */ start) => ((performance.now() - start) / 1000).toFixed(1);

const optionsOf = (/** @type {any} */ { bits, block, scaleBits, scaleBlock, scaleType }) => ({
  bits,
  block,
  scaleBits,
  scaleBlock,
  scaleType,
  rank: 0,
});

const texts = { text: join(folder, 'evaluation.txt'), calibration: join(folder, 'calibration.txt') };
const { model, evaluation } = await loadStudyModel({ modelPath: folder, texts, windows });
const matrices = namedGroups(model).flatMap(({ group, names }) =>
  names.map((name, i) => ({ name, weight: /** @type {any} */ (group.products[i]).weight })),
);

let start = performance.now();
const { dequantize } = quantizerNamed('lq-lora');
const table = matrices.map(({ weight }) =>
  configurations.map((configuration) => {
    const quantized = quantize('lq-lora', weight, optionsOf(configuration));
    const values = dequantize(quantized);
    const error = values.reduce((sum, value, i) => sum + (value - weight.data[i]) ** 2, 0);
    return { error, cost: bitsPerWeight(quantized.bits) * weight.data.length };
  }),
);
console.log(`errors of ${matrices.length} matrices x ${configurations.length} configurations: ${seconds(start)} s`);

/** @param {{ error: number, cost: number }[][]} entries @param {{ name: string, weights: number }[]} items @param {number} bits */
const problemOf = (entries, items, bits) => ({
  items,
  options: configurations.map(({ name }) => name),
  error: Float64Array.from(entries.flat(), ({ error }) => error),
  cost: Float64Array.from(entries.flat(), ({ cost }) => cost),
  budget: bits * items.reduce((sum, { weights }) => sum + weights, 0),
});
const items = /** @type {any[]} */ (matrices.map(({ name, weight }) => ({ name, weights: weight.data.length })));
const weights = items.reduce((sum, item) => sum + item.weights, 0);

const { normal } = seededRandom(1);
const copies = Array.from({ length: COPIES }, (_, copy) =>
  table.map((row, i) => {
    const scale = Math.exp(0.7 * normal());
    return {
      item: { name: `${copy}.${items[i].name}`, weights: items[i].weights },
      row: row.map(({ error, cost }) => ({ error: error * scale * (1 + 0.002 * normal()), cost })),
    };
  }),
).flat();
for (const bits of budgets) {
  start = performance.now();
  const { error, errorBound = NaN } = await allocate(
    'ilp',
    problemOf(
      copies.map(({ row }) => row),
      copies.map(({ item }) => item),
      bits,
    ),
  );
  console.log(
    `${copies.length} x ${configurations.length} at ${bits} bits: ${seconds(start)} s, relative gap ${((error - errorBound) / error).toExponential(1)}`,
  );
}

const { config } = loadScheme('nf4');
/** @type {any} */
let reference;
function scored(/** @type {any} */ choice) {
  const layers = items.map(({ name }, i) => ({ match: name, weight: { quantizer: 'lq-lora', ...optionsOf(configurations[choice[i]]) } }));
  const result = evaluateScheme({ model, scheme: { ...config, layers }, evaluation, windows, reference });
  reference = result.reference;
  return result;
}
const shown = (/** @type {any} */ a, /** @type {any} */ b) => {
  const { difference, low, high } = pairedBootstrap(a.result.windowLosses_nats, b.result.windowLosses_nats, { seed: 1 });
  return `${difference.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
};
const nf3 = scored(items.map(() => configurations.findIndex(({ name }) => name === 'nf3-g64-s8-fp32-g256')));
console.log(
  `float ${nf3.reference.perplexity.toFixed(4)}, NF3 (g64, 8-bit scales, fp32 per 256) ${nf3.bitsPerWeight.toFixed(4)} bits, ${nf3.result.perplexity.toFixed(4)}`,
);
console.log(
  '| bits | error, uniform | ilp over it | perplexity, uniform | random | ilp | ilp - uniform, nats per token | ilp - random | ilp - NF3 | configurations used |',
);
console.log('|---|---|---|---|---|---|---|---|---|---|');
for (const bits of [...budgets, nf3.bitsPerWeight * (1 + 1e-9)]) {
  const problem = problemOf(table, items, bits);
  const [ilp, uniform, random] = /** @type {any[]} */ (
    await Promise.all(['ilp', 'uniform', 'random'].map((method) => allocate(method, problem)))
  );
  const [own, same, drawn] = /** @type {any[]} */ ([ilp, uniform, random].map(({ choice }) => scored(choice)));
  const cells = [
    `${bits.toFixed(3)} (${(ilp.cost / weights).toFixed(4)})`,
    `${uniform.error.toFixed(2)} (${/** @type {any} */ (configurations[uniform.choice[0]]).name})`,
    (ilp.error / uniform.error).toFixed(3),
    ...[same, drawn, own].map(({ result }) => result.perplexity.toFixed(4)),
    shown(own, same),
    shown(own, drawn),
    shown(own, nf3),
    new Set(ilp.choice).size,
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
