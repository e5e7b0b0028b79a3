/**
 * Are the findings of papers (finding-list.mjs) found again on the tiny models? Run `npm run build` first.
 *   node scripts/studies/findings.mjs measure SEED MODEL OUTLIER-MODEL [--windows N]   losses of every condition into WORK/SEED.json, going on where it stopped
 *   node scripts/studies/findings.mjs table                                            reports/reference/findings.json and .md from all of them
 * with --work WORK (default: lowbit-findings in the temporary folder). Windows lie evenly over models/tiny/evaluation.txt; calibration: 32 windows, evenly over
 * models/tiny/calibration.txt. Folders of further seeds: docs/findings.md.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { evaluateScheme } from '../../dist/accuracy/evaluate-scheme.js';
import { loadDecoder } from '../../dist/accuracy/load-model.js';
import { perplexity } from '../../dist/accuracy/perplexity.js';
import { quantizerNamed } from '../../dist/quantizers/index.js';
import { conditions } from './finding-list.mjs';
import { findingsDocument, findingsPage } from './findings-page.mjs';

/** @typedef {import('./findings-page.mjs').SeedResult} SeedResult */

const root = fileURLToPath(new URL('../..', import.meta.url));
const WINDOW = 256;
const CALIBRATION_WINDOWS = 32;
const { positionals, values: chosen } = parseArgs({
  allowPositionals: true,
  options: { work: { type: 'string', default: join(tmpdir(), 'lowbit-findings') }, windows: { type: 'string', default: '113' } },
});
const [command, seed = '', folder = '', outlierFolder = ''] = positionals;
mkdirSync(chosen.work, { recursive: true });
if (command === 'measure' && outlierFolder !== '') await measure(Number(chosen.windows));
else if (command === 'table') writeTable();
else throw new Error('usage: node scripts/studies/findings.mjs measure SEED MODEL OUTLIER-MODEL | table  [--work DIR] [--windows N]');

function read(/** @type {string} */ file) {
  return /** @type {unknown} */ (JSON.parse(readFileSync(file, 'utf8')));
}

/** That many windows, evenly over a text. */
function evenWindows(/** @type {string} */ file, /** @type {number} */ count) {
  const text = readFileSync(join(root, 'models', 'tiny', file));
  const all = Math.floor(text.length / WINDOW);
  const starts = Array.from({ length: Math.min(count, all) }, (_, i) => Math.floor((i * all) / Math.min(count, all)) * WINDOW);
  return Int32Array.from(starts.flatMap((start) => [...text.subarray(start, start + WINDOW)]));
}

async function measure(/** @type {number} */ windows) {
  const [{ model }, { model: outlierModel }] = [await loadDecoder(folder), await loadDecoder(outlierFolder)];
  const evaluation = evenWindows('evaluation.txt', windows);
  const calibration = evenWindows('calibration.txt', CALIBRATION_WINDOWS);
  const file = join(chosen.work, `${seed}.json`);
  const reference = perplexity(model, evaluation);
  const known = /** @type {Partial<SeedResult>} */ (existsSync(file) ? read(file) : {});
  if (known.windows !== undefined && known.windows !== windows) throw new Error(`${file} holds ${known.windows} windows, not ${windows}`);
  const { command: trained, validationBitsPerByte, sha256 } = /** @type {SeedResult['weights']} */ (read(join(folder, 'provenance.json')));
  /** @type {SeedResult} */
  const result = {
    seed,
    windows,
    weights: { command: trained, validationBitsPerByte, sha256 },
    float: [...reference.windowLosses_nats],
    measured: known.measured ?? {},
  };
  for (const [name, condition] of Object.entries(conditions)) {
    if (result.measured[name] !== undefined) continue;
    const seen = looks(condition.scheme) ? { calibration } : {};
    const model_ = condition.outlier === true ? outlierModel : model;
    const done = evaluateScheme({ model: model_, scheme: schemeOf(name, condition.scheme), evaluation, reference, ...seen });
    const { bitsPerWeight: bits, activationBits, kvBits } = done;
    result.measured[name] = { losses: [...done.result.windowLosses_nats], bits, activationBits, kvBits };
    writeFileSync(file, JSON.stringify(result));
    console.log(`${seed} ${name}: ${done.result.perplexity.toFixed(4)}`);
  }
  writeFileSync(file, JSON.stringify(result));
}

/** A scheme with what the condition leaves alone in float. */
function schemeOf(/** @type {string} */ name, /** @type {Record<string, unknown>} */ part) {
  const float = { format: 'fp16' };
  const operands = { weight: float, activation: float, kv: float, output: float, attention: float };
  return { name, description: name, source: 'finding-list.mjs', ...operands, ...part };
}

/** Whether a method of the scheme looks at the calibration; the output errors that it is for otherwise are not used here. */
function looks(/** @type {{ prepare?: unknown, weight?: { quantizer?: string } }} */ { prepare, weight }) {
  const { needs = [], uses = [] } = weight?.quantizer === undefined ? {} : quantizerNamed(weight.quantizer);
  return prepare !== undefined || needs.length + uses.length > 0;
}

function writeTable() {
  const files = readdirSync(chosen.work).filter((name) => name.endsWith('.json'));
  if (files.length === 0) throw new Error(`nothing was measured yet in ${chosen.work}`);
  const document = findingsDocument(files.sort().map((name) => /** @type {SeedResult} */ (read(join(chosen.work, name)))));
  const target = join(root, 'reports', 'reference', 'findings');
  writeFileSync(`${target}.json`, `${JSON.stringify(document, null, 1)}\n`);
  writeFileSync(`${target}.md`, findingsPage(document));
  console.log(`${files.length} seeds, ${document.windows} windows`);
}
