/**
 * Bits of single output features beside other choices at the same bits: reports/reference/output-features.{json,md}, quoted in docs/codesign/output-features.md.
 *   node scripts/studies/output-features.mjs measure FOLDER   after npm run build: hw-configs/codesign/tiny-features.yaml and its variants below, each into FOLDER/NAME; some minutes, and goes on where it was stopped
 *   node scripts/studies/output-features.mjs table FOLDER     the report, from FOLDER/NAME/codesign.json
 * Differences of two studies are taken here, from the losses of windows that documents hold, by the bootstrap of the studies.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { outputFeatureFigures, outputFeaturePage } from './output-features-page.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const shipped = join(root, 'hw-configs/codesign/tiny-features.yaml');

/** What only chooses by one method: nothing promised, no points of the front evaluated. */
const choiceAlone = { methods: ['ilp'], verify: 0 };
/** Whole matrices, with the error that is measured of the model. */
const matrices = { ...choiceAlone, items: 'product', error: 'divergence', errorWindows: 4, promise: false };

/** Keys of the study file that a variant has otherwise; names as in the figures. */
const variants = {
  tiny: {},
  'tiny-outlier': { model: 'tiny-outlier' },
  'tiny-salience': { ...choiceAlone, error: 'salience' },
  'tiny-output': { ...choiceAlone, error: 'output' },
  'tiny-weight': { ...choiceAlone, error: 'weight' },
  'tiny-matrices': matrices,
  'tiny-outlier-matrices': { ...matrices, model: 'tiny-outlier' },
};

const [command, folder] = process.argv.slice(2);
if (folder === undefined || (command !== 'measure' && command !== 'table'))
  throw new Error('usage: node scripts/studies/output-features.mjs measure FOLDER | table FOLDER');
if (command === 'measure') for (const [name, changes] of Object.entries(variants)) measure(folder, name, changes);
else writeTables(folder);

function measure(/** @type {string} */ at, /** @type {string} */ name, /** @type {Record<string, unknown>} */ changes) {
  mkdirSync(at, { recursive: true });
  const file = join(at, `${name}.yaml`);
  writeFileSync(file, stringify({ ...parse(readFileSync(shipped, 'utf8')), ...changes, name: `features-${name}` }));
  const run = spawnSync(process.execPath, [join(root, 'dist/program/main.js'), 'codesign', file, '--out', join(at, name)], {
    stdio: 'inherit',
  });
  if (run.status !== 0) throw new Error(`${file} was not studied: exit ${run.status ?? run.signal}`);
}

function writeTables(/** @type {string} */ at) {
  const figures = outputFeatureFigures((name) => JSON.parse(readFileSync(join(at, name, 'codesign.json'), 'utf8')));
  const target = join(root, 'reports/reference/output-features');
  writeFileSync(`${target}.json`, `${JSON.stringify(figures, undefined, 1)}\n`);
  writeFileSync(`${target}.md`, outputFeaturePage(figures));
}
