/**
 * The 432 configurations of LQ-LoRA on the matrices of models/tiny: squared weight errors and stored bits of every (matrix, configuration), the integer
 * program at the budgets of the paper, and perplexity of what it chooses beside the best uniform configuration within the same bits and random choices
 * (three seeded draws), with paired bootstraps (docs/codesign/lq-lora.md; reports/reference/lq-lora-configurations.json and .md). Then the same errors at
 * the published size: the 28 matrices 8 times over, errors of each copy scaled by exp(0.7 normal) and every one moved by 0.2 % (seeded), solved and proven.
 *   node scripts/studies/lq-lora-errors.mjs [WINDOWS]     64 windows of the evaluation text by default; needs a build
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { evaluateScheme } from '../../dist/accuracy/evaluate-scheme.js';
import { allocate } from '../../dist/codesign/allocation/index.js';
import { loadScheme } from '../../dist/config/catalogue.js';
import { seededRandom } from '../../dist/numeric/random.js';
import { between, configurationErrors, configurations, intervalText, layersOf, modelWithMatrices, problemOf } from './lq-lora-table.mjs';

const windows = Number(process.argv[2] ?? 64);
const BUDGETS_bits = [2.5, 2.75, 3, 3.25, 3.5];
const COPIES = 8;
const DRAWS = [1, 2, 3];
const NF3 = 'nf3-g64-s8-fp32-g256';
const seconds = (/** @type {number} */ start) => ((performance.now() - start) / 1000).toFixed(1);

const { model, evaluation, matrices } = await modelWithMatrices('tiny', windows);
const items = matrices.map(({ name, weight }) => ({ name, weights: weight.data.length }));
const weights = items.reduce((sum, item) => sum + item.weights, 0);
const start = performance.now();
const table = configurationErrors(matrices);
console.log(`errors of ${matrices.length} matrices x ${configurations.length} configurations: ${seconds(start)} s`);
const { config } = loadScheme('nf4');
/** @type {import('../../dist/accuracy/perplexity.js').PerplexityResult | undefined} */
let reference;

function scored(/** @type {ArrayLike<number>} */ choice) {
  const scheme = { ...config, layers: layersOf(items, choice) };
  const done = evaluateScheme({ model, scheme, evaluation, windows, ...(reference === undefined ? {} : { reference }) });
  reference = done.reference;
  return { perplexity: done.result.perplexity, bits: done.bitsPerWeight, losses: [...done.result.windowLosses_nats] };
}

/** Mean loss of every window over several choices. */
function meanOf(/** @type {ReturnType<typeof scored>[]} */ points) {
  const losses = (points[0]?.losses ?? []).map((_, i) => points.reduce((sum, point) => sum + (point.losses[i] ?? NaN), 0) / points.length);
  return { losses, perplexity: Math.exp(losses.reduce((sum, loss) => sum + loss, 0) / losses.length) };
}

const nf3 = scored(items.map(() => configurations.findIndex(({ name }) => name === NF3)));

async function rowAt(/** @type {number} */ bits) {
  const problem = problemOf(table, items, bits);
  const [ilp, uniform] = [await allocate('ilp', problem), await allocate('uniform', problem)];
  const draws = await Promise.all(DRAWS.map((seed) => allocate('random', problem, { seed })));
  const [own, same, random] = [scored(ilp.choice), scored(uniform.choice), meanOf(draws.map(({ choice }) => scored(choice)))];
  console.log(`${bits} bits: ${seconds(start)} s`);
  return {
    budget: bits,
    bits: ilp.cost / weights,
    uniform: { configuration: configurations[uniform.choice[0] ?? -1]?.name, bits: uniform.cost / weights, perplexity: same.perplexity },
    random: { draws: DRAWS.length, perplexity: random.perplexity },
    ilp: { perplexity: own.perplexity, errorOverUniform: ilp.error / uniform.error, configurations: new Set(ilp.choice).size },
    overUniform: between(own.losses, same.losses),
    overRandom: between(own.losses, random.losses),
    overNf3: between(own.losses, nf3.losses),
  };
}

/** The errors as 224 matrices: how far the bound of the integer program stays below what it found. */
async function publishedSize() {
  const { normal } = seededRandom(1);
  const copies = Array.from({ length: COPIES }, (_, copy) =>
    table.map((row, i) => {
      const scale = Math.exp(0.7 * normal());
      return {
        item: { name: `${copy}.${items[i]?.name}`, weights: items[i]?.weights ?? NaN },
        row: row.map(({ error, cost }) => ({ error: error * scale * (1 + 0.002 * normal()), cost })),
      };
    }),
  ).flat();
  const gaps = [];
  for (const bits of BUDGETS_bits) {
    const begun = performance.now();
    const problem = problemOf(
      copies.map(({ row }) => row),
      copies.map(({ item }) => item),
      bits,
    );
    const { error, errorBound = NaN } = await allocate('ilp', problem);
    gaps.push({ bits, relativeGap: (error - errorBound) / error });
    console.log(`${copies.length} x ${configurations.length} at ${bits} bits: ${seconds(begun)} s`);
  }
  return { matrices: copies.length, gaps };
}

const rows = [];
for (const bits of [...BUDGETS_bits, nf3.bits * (1 + 1e-9)].sort((a, b) => a - b)) rows.push(await rowAt(bits));
const float = /** @type {import('../../dist/accuracy/perplexity.js').PerplexityResult | undefined} */ (reference)?.perplexity ?? NaN;
const document = {
  windows,
  float,
  nf3: { name: NF3, bits: nf3.bits, perplexity: nf3.perplexity },
  rows,
  publishedSize: await publishedSize(),
};
const target = fileURLToPath(new URL('../../reports/reference/lq-lora-configurations', import.meta.url));
writeFileSync(`${target}.json`, `${JSON.stringify(document, null, 1)}\n`);
const lines = [
  '# The 432 configurations of LQ-LoRA on models/tiny',
  '',
  `Made by \`node scripts/studies/lq-lora-errors.mjs\`: squared weight errors of ${items.length} matrices, ${windows} windows of 256 bytes of the evaluation text. Float ${float.toFixed(4)}; NF3 everywhere (\`${NF3}\`,`,
  `${nf3.bits.toFixed(4)} bits) ${nf3.perplexity.toFixed(4)}. Intervals: difference of the mean loss, nats per token, 95 %, paired bootstrap over windows; random: mean of ${DRAWS.length} draws. Read in docs/codesign/lq-lora.md.`,
  '',
  '| bits | best uniform | its bits | error of ilp over it | perplexity, uniform | random | ilp | ilp - uniform | ilp - random | ilp - NF3 | configurations used |',
  '|--:|---|--:|--:|--:|--:|--:|---|---|---|--:|',
  ...rows.map((row) => {
    const cells = [
      row.bits.toFixed(4),
      row.uniform.configuration,
      row.uniform.bits.toFixed(4),
      row.ilp.errorOverUniform.toFixed(3),
      ...[row.uniform, row.random, row.ilp].map(({ perplexity }) => perplexity.toFixed(4)),
      ...[row.overUniform, row.overRandom, row.overNf3].map(intervalText),
      row.ilp.configurations,
    ];
    return `| ${cells.join(' | ')} |`;
  }),
  '',
  `At the published size (${document.publishedSize.matrices} matrices) the relative gap between what the integer program found and its bound is at most ${Math.max(...document.publishedSize.gaps.map(({ relativeGap }) => relativeGap)).toExponential(1)}.`,
];
writeFileSync(`${target}.md`, `${lines.join('\n')}\n`);
