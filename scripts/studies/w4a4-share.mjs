/**
 * The study "W4A4 share x scheduling policy x GPU" (docs/codesign/w4a4-share.md): accuracy of FMPQ on the tiny models and speed of COMET's kernel on
 * Llama-3-8B against the share of blocks of 128 channels that are W4A4. Run `npm run build` first.
 *   node scripts/studies/w4a4-share.mjs measure [MODEL ...]   accuracy into WORK/MODEL.json, going on where it stopped
 *   node scripts/studies/w4a4-share.mjs table                 speed, then reports/reference/w4a4-share.json, .md and its charts from both
 * with --work WORK (default: lowbit-w4a4-share in the temporary folder) and --windows N. Accuracy: FMPQ weights and activations, the cache and attention
 * in float; N windows of the evaluation text from its start, as `lowbit evaluate --windows N`; calibration as `lowbit evaluate` takes it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { calibrationSample } from '../../dist/accuracy/calibration-sample.js';
import { evaluateScheme } from '../../dist/accuracy/evaluate-scheme.js';
import { loadDecoder } from '../../dist/accuracy/load-model.js';
import { perplexity } from '../../dist/accuracy/perplexity.js';
import { rewriteModel } from '../../dist/accuracy/rewrite-model.js';
import { namedGroups } from '../../dist/decoder/product-names.js';
import { rewrites } from '../../dist/decoder/rewrites/index.js';
import { shareSpeeds } from './w4a4-share-speed.mjs';
import { sharePage } from './w4a4-share-page.mjs';

/**
 * @typedef {{ share: number, blocks: number, int4Blocks: number, int4BlocksBySite: Record<string, number>, int4MacShare: number, activationBits: number,
 *   perplexity: number, difference_nats: number, low_nats: number, high_nats: number, losses?: number[] | undefined }} AccuracyPoint
 * @typedef {{ model: string, windows: number, floatPerplexity: number, points: AccuracyPoint[] }} ModelAccuracy
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Six of 48 blocks apart on the tiny models. */
const STEPS = 8;
const { positionals, values: chosen } = parseArgs({
  allowPositionals: true,
  options: { work: { type: 'string', default: join(tmpdir(), 'lowbit-w4a4-share') }, windows: { type: 'string', default: '64' } },
});
const [command, ...named] = positionals;
const models = named.length > 0 ? named : ['tiny', 'tiny-outlier'];
mkdirSync(chosen.work, { recursive: true });
if (command === 'measure') for (const name of models) await measure(name, Number(chosen.windows));
else if (command === 'table') await writeTable();
else throw new Error('usage: node scripts/studies/w4a4-share.mjs measure [MODEL ...] | table  [--work DIR] [--windows N]');

function text(/** @type {string} */ name) {
  return Int32Array.from(readFileSync(join(root, 'models', 'tiny', name)));
}

function fileOf(/** @type {string} */ name) {
  return join(chosen.work, `${name}.json`);
}

function schemeAt(/** @type {number} */ share) {
  return {
    name: `fmpq-w4a4-${share}`,
    description: `FMPQ, ${100 * share} % of the blocks W4A4, the cache in float`,
    source: 'COMET (FMPQ), arXiv 2410.12168',
    prepare: [{ method: 'outlier-permutation', rule: 'fmpq', int4Share: share }],
    weight: { quantizer: 'fmpq' },
    activation: { quantizer: 'fmpq' },
    ...{ kv: { format: 'fp16' }, output: { format: 'fp16' }, attention: { format: 'fp16' } },
  };
}

async function measure(/** @type {string} */ name, /** @type {number} */ windows) {
  const { model } = await loadDecoder(join(root, 'models', name));
  const [evaluation, calibration] = [text('evaluation.txt'), calibrationSample(model, text('calibration.txt'))];
  const known = existsSync(fileOf(name)) ? /** @type {ModelAccuracy} */ (JSON.parse(readFileSync(fileOf(name), 'utf8'))) : undefined;
  if (known !== undefined && known.windows !== windows) throw new Error(`${fileOf(name)} holds ${known.windows} windows, not ${windows}`);
  const reference = perplexity(model, evaluation, { maxWindows: windows });
  const result = { model: name, windows, floatPerplexity: reference.perplexity, points: known?.points ?? [] };
  for (let share = nextShare(result.points); share !== undefined; share = nextShare(result.points)) {
    const done = evaluateScheme({ model, scheme: schemeAt(share), evaluation, calibration, windows, reference });
    const point = {
      share,
      ...sharesOf(model, calibration, share),
      activationBits: done.activationBits,
      perplexity: done.result.perplexity,
      difference_nats: done.difference.mean,
      low_nats: done.difference.low,
      high_nats: done.difference.high,
      losses: [...done.result.windowLosses_nats],
    };
    result.points = [...result.points, point].sort((a, b) => a.share - b.share);
    writeFileSync(fileOf(name), JSON.stringify(result));
    console.log(`${name} ${share}: ${point.int4Blocks} of ${point.blocks} blocks, ${point.perplexity.toFixed(4)}`);
  }
}

/**
 * What to measure next: every second share of the grid, the others, then halves of steps in which the loss grows more than tenfold, down to one block.
 * @returns {number | undefined}
 */
function nextShare(/** @type {AccuracyPoint[]} */ points) {
  const grid = Array.from({ length: STEPS + 1 }, (_, i) => i / STEPS).sort((a, b) => ((a * STEPS) % 2) - ((b * STEPS) % 2) || a - b);
  const missing = grid.find((share) => points.every((point) => point.share !== share));
  if (missing !== undefined) return missing;
  for (const [i, { int4Blocks, blocks, difference_nats }] of points.entries()) {
    const next = points[i + 1];
    if (next === undefined || next.int4Blocks - int4Blocks < 2 || next.difference_nats < 10 * difference_nats) continue;
    return Math.floor((int4Blocks + next.int4Blocks) / 2) / blocks;
  }
  return undefined;
}

/** What became INT4: blocks, by the input they belong to, and their share of the multiplications. */
function sharesOf(
  /** @type {import('../../dist/decoder/decoder-model.js').DecoderModel} */ model,
  /** @type {Int32Array} */ calibration,
  /** @type {number} */ int4Share,
) {
  const rewrite = rewrites['outlier-permutation'];
  if (rewrite === undefined) throw new Error('there is no outlier-permutation');
  const options = rewrite.options.parse({ rule: 'fmpq', int4Share });
  const rewritten = rewriteModel(model, { rewrites: [{ rewrite, options }], calibration });
  /** @type {Record<string, number>} */
  const int4BlocksBySite = {};
  let [blocks, int4Blocks, macs, int4Macs] = [0, 0, 0, 0];
  for (const { group, names } of namedGroups(rewritten)) {
    const bits = [...(group.activationBits ?? [])];
    const int4 = bits.filter((width) => width === 4).length;
    const site = (names[0] ?? '').replace(/^.*\./, '');
    int4BlocksBySite[site] = (int4BlocksBySite[site] ?? 0) + int4;
    const groupMacs = group.products.reduce((sum, { weight }) => sum + weight.rows * weight.cols, 0);
    blocks += bits.length;
    int4Blocks += int4;
    macs += groupMacs;
    int4Macs += (groupMacs * int4) / bits.length;
  }
  return { blocks, int4Blocks, int4BlocksBySite, int4MacShare: int4Macs / macs };
}

async function writeTable() {
  const accuracy = models.map((name) => {
    const { points, ...rest } = /** @type {ModelAccuracy} */ (JSON.parse(readFileSync(fileOf(name), 'utf8')));
    return { ...rest, points: points.map((point) => ({ ...point, losses: undefined })) };
  });
  const document = { accuracy, ...(await shareSpeeds()) };
  const target = join(root, 'reports', 'reference', 'w4a4-share');
  const { page, charts } = await sharePage(document);
  writeFileSync(`${target}.json`, documentText(document));
  writeFileSync(`${target}.md`, page);
  for (const { name, svg } of charts) writeFileSync(`${target}-${name}.svg`, svg);
  console.log(`${document.speeds.length} speeds, ${charts.length} charts`);
}

/** Lists one entry a line. */
function documentText(/** @type {import('./w4a4-share-page.mjs').ShareDocument} */ { accuracy, model, speeds, baselines }) {
  const list = (/** @type {readonly object[]} */ entries) => `[\n${entries.map((entry) => JSON.stringify(entry)).join(',\n')}\n]`;
  const models = accuracy.map(({ points, ...rest }) => `${JSON.stringify(rest).slice(0, -1)},"points":${list(points)}}`);
  return `{"accuracy":[${models.join(',')}],"model":${JSON.stringify(model)},"speeds":${list(speeds)},"baselines":${list(baselines)}}\n`;
}
