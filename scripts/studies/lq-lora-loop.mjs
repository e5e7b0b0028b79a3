/**
 * LQ-LoRA's codes and product on the shipped models (docs/codesign/lq-lora.md), against codes alone within the same bits (the best of the 432
 * configurations everywhere, and one per matrix by the integer program) and against LQER and L2QER at the same rank:
 *   node scripts/studies/lq-lora-loop.mjs measure [MODEL ...] [--work DIR] [--windows 64]   a line of JSON per way, into DIR/MODEL.jsonl; some 30 minutes;
 *                                                                             needs a build, goes on where it was interrupted
 *   node scripts/studies/lq-lora-loop.mjs table [--work DIR]                    reports/reference/lq-lora-loop.json and .md, from these lines
 * Bits count the product. Output errors are on the calibration text, which methods that look at inputs see as well, layer by layer as in `lowbit evaluate`.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { evaluateScheme } from '../../dist/accuracy/evaluate-scheme.js';
import { allocate } from '../../dist/codesign/allocation/index.js';
import { loadScheme } from '../../dist/config/catalogue.js';
import { between, configurationErrors, configurations, intervalText, layersOf, modelWithMatrices, problemOf } from './lq-lora-table.mjs';

/** @typedef {{ model: string, codeBits: number, way: string, bits: number, mse: number, outputError: number | null, perplexity: number, reference: number, seconds: number, losses: number[], configuration?: string }} Point */

const RANK = 8;
const CODE_bits = [3, 4];
const LOOP = 'lq-lora';
/** Of the same bits as the whole loop. */
const ONE_FIT = 'lq-lora, one fit';
const ORDER = ['codes alone', 'codes, one configuration', 'codes, one per matrix', 'lqer', 'l2qer', ONE_FIT, LOOP, `${LOOP}-inputs`];
const NAMES = ['tiny', 'tiny-outlier'];
const root = fileURLToPath(new URL('../..', import.meta.url));
const { positionals, values: chosen } = parseArgs({
  allowPositionals: true,
  options: {
    work: { type: 'string', default: join(tmpdir(), 'lowbit-lq-lora-loop') },
    windows: { type: 'string', default: '64' },
  },
});
const [command, ...subjects] = positionals;
if (command === 'measure') for (const name of subjects.length > 0 ? subjects : NAMES) await measure(name, Number(chosen.windows));
else if (command === 'table') writeTables();
else throw new Error('usage: node scripts/studies/lq-lora-loop.mjs measure | table');

function fileOf(/** @type {string} */ name) {
  return join(chosen.work, `${name}.jsonl`);
}

/** What is stored in every matrix alike, and takes seconds. */
function alike(/** @type {number} */ bits) {
  return {
    'codes alone': { quantizer: 'lq-lora', bits, rank: 0 },
    [ONE_FIT]: { quantizer: 'lq-lora', bits, rank: RANK, iterations: 1 },
    lqer: { quantizer: 'lqer', bits, rank: RANK },
    l2qer: { quantizer: 'l2qer', bits, rank: RANK },
  };
}

/** Points that an interrupted run has left. */
function known(/** @type {string} */ name) {
  if (!existsSync(fileOf(name))) return [];
  const lines = readFileSync(fileOf(name), 'utf8').trim().split('\n');
  return lines.map((line) => /** @type {Point} */ (JSON.parse(line)));
}

async function measure(/** @type {string} */ name, /** @type {number} */ windows) {
  const { model, evaluation, calibration, matrices } = await modelWithMatrices(name, windows);
  const items = matrices.map(({ name: item, weight }) => ({ name: item, weights: weight.data.length }));
  const { config } = loadScheme('nf4');
  mkdirSync(chosen.work, { recursive: true });
  const before = known(name);
  /** @type {import('../../dist/accuracy/perplexity.js').PerplexityResult | undefined} */
  let reference;
  const measured = (
    /** @type {number} */ codeBits,
    /** @type {string} */ way,
    /** @type {object} */ change,
    /** @type {object} */ more = {},
  ) => {
    const found = before.find((point) => point.codeBits === codeBits && point.way === way);
    if (found !== undefined) return found.bits;
    const start = performance.now();
    const scheme = { ...config, ...change };
    const done = evaluateScheme({ model, scheme, evaluation, calibration, windows, ...(reference === undefined ? {} : { reference }) });
    reference = done.reference;
    const outputs = done.products.flatMap(({ outputError }) => (outputError === null ? [] : [outputError]));
    const point = {
      ...{ model: name, codeBits, way, ...more, bits: done.bitsPerWeight, mse: done.mse },
      outputError: outputs.length === 0 ? null : outputs.reduce((sum, error) => sum + error, 0) / outputs.length,
      ...{ perplexity: done.result.perplexity, reference: reference.perplexity },
      ...{ seconds: (performance.now() - start) / 1000, losses: [...done.result.windowLosses_nats] },
    };
    appendFileSync(fileOf(name), `${JSON.stringify(point)}\n`);
    return point.bits;
  };
  const budgets = new Map();
  for (const codeBits of CODE_bits) {
    for (const [way, weight] of Object.entries(alike(codeBits))) {
      const bits = measured(codeBits, way, { weight });
      if (way === ONE_FIT) budgets.set(codeBits, bits);
    }
  }
  const errors = configurationErrors(matrices);
  for (const [codeBits, budget] of budgets) {
    const problem = problemOf(errors, items, budget);
    const [same, own] = [await allocate('uniform', problem), await allocate('ilp', problem)];
    const configuration = configurations[same.choice[0] ?? -1]?.name;
    measured(codeBits, 'codes, one configuration', { layers: layersOf(items, same.choice) }, { configuration });
    measured(codeBits, 'codes, one per matrix', { layers: layersOf(items, own.choice) });
  }
  // The whole loop takes minutes, more than all of the above.
  for (const quantizer of [LOOP, `${LOOP}-inputs`]) {
    for (const codeBits of CODE_bits) measured(codeBits, quantizer, { weight: { quantizer, bits: codeBits, rank: RANK } });
  }
}

/** The row of every way, with the differences from LQ-LoRA's whole loop and from codes alone. */
function writeTables() {
  const points = NAMES.flatMap((name) =>
    known(name).sort((a, b) => a.codeBits - b.codeBits || ORDER.indexOf(a.way) - ORDER.indexOf(b.way)),
  );
  const rows = points.map(({ losses, ...point }) => {
    const other = (/** @type {string} */ way) => {
      const found = points.find(({ model, codeBits, way: name }) => model === point.model && codeBits === point.codeBits && name === way);
      return found === undefined || way === point.way ? null : between(losses, found.losses);
    };
    return { ...point, againstCodes: other('codes alone'), againstLoop: other(LOOP) };
  });
  const windows = points[0]?.losses.length;
  const folder = join(root, 'reports', 'reference');
  const losses_nats = Object.fromEntries(points.map(({ model, codeBits, way, losses }) => [`${model}, ${codeBits} bits, ${way}`, losses]));
  writeFileSync(join(folder, 'lq-lora-loop.json'), `${JSON.stringify({ rank: RANK, windows, rows, losses_nats }, null, 1)}\n`);
  const head = [
    '# LQ-LoRA: codes and a product of rank 8',
    '',
    `Made by \`node scripts/studies/lq-lora-loop.mjs\`, ${windows} windows of 256 bytes of the evaluation text. Intervals: difference of the mean loss, nats per token, 95 %, paired`,
    'bootstrap over windows; below 0 the way of the row is better. Bits count the product. Output error: mean over matrices on the calibration text. What it is said of: docs/codesign/lq-lora.md.',
    '',
  ];
  const tables = NAMES.flatMap((name) => tableOf(rows.filter(({ model }) => model === name)));
  writeFileSync(join(folder, 'lq-lora-loop.md'), `${[...head, ...tables].join('\n').trimEnd()}\n`);
}

function tableOf(/** @type {any[]} */ rows) {
  return [
    `## ${rows[0].model}, float ${rows[0].reference.toFixed(4)}`,
    '',
    '| code bits | way | bits | MSE of the weights | output error | perplexity | against codes alone | against lq-lora |',
    '|--:|---|--:|--:|--:|--:|---|---|',
    ...rows.map(
      (row) =>
        `| ${[
          row.codeBits,
          row.configuration === undefined ? row.way : `${row.way} (${row.configuration})`,
          row.bits.toFixed(4),
          row.mse.toExponential(3),
          row.outputError?.toFixed(4) ?? '',
          row.perplexity.toFixed(4),
          intervalText(row.againstCodes),
          intervalText(row.againstLoop),
        ].join(' | ')} |`,
    ),
    '',
  ];
}
