/**
 * What the study of eight-bit layers needs beside its documents, into FOLDER/second-text.json, which eight-bit-layers.mjs reads:
 *   - the errors of one input at 4 bits, all others at 8, on windows of the evaluation text, as many as the study takes of the calibration text: how far the
 *     order of inputs depends on the text (not of the controls);
 *   - the loss of all inputs at 8 bits on the windows that points are evaluated on: a front need not hold that assignment.
 * What is there is not measured again. Usage: node scripts/studies/eight-bit-second-text.mjs FOLDER
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateScheme } from '../../dist/accuracy/evaluate-scheme.js';
import { quantizeModel } from '../../dist/accuracy/quantize-model.js';
import { schemeNumbers } from '../../dist/accuracy/scheme-numbers.js';
import { uniformScheme } from '../../dist/codesign/study/assigned-scheme.js';
import { itemErrors } from '../../dist/codesign/study/item-error.js';
import { itemsOf } from '../../dist/codesign/study/items.js';
import { loadStudyModel } from '../../dist/codesign/study/measure.js';
import { readStudy } from '../../dist/codesign/study/read-study.js';

/**
 * By study; errors in the order of its items.
 * @typedef {{ windows: number, errors?: number[], atEight?: { mean: number, low: number, high: number } }} SecondEntry
 * @typedef {Record<string, SecondEntry>} SecondText
 */

const [folder = ''] = process.argv.slice(2);
const file = join(folder, 'second-text.json');
const known = /** @type {SecondText} */ (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});
const names = ['bitmod', 'olive', 'ant'].map((accelerator) => `eight-bit-${accelerator}`);

for (const name of [...names, ...names.map((study) => `${study}-control`)]) {
  const study = await prepared(name);
  const entry = (known[name] ??= { windows: study.plan.file.errorWindows });
  if (entry.atEight === undefined) {
    entry.atEight = lossAtEight(study);
    save(name);
  }
  if (entry.errors === undefined && names.includes(name)) {
    entry.errors = errorsOf(study);
    save(name);
  }
}

function save(/** @type {string} */ name) {
  writeFileSync(file, `${JSON.stringify(known)}\n`);
  console.log(name, JSON.stringify(known[name]));
}

async function prepared(/** @type {string} */ name) {
  const plan = readStudy(name);
  const subject = await loadStudyModel({ modelPath: plan.modelPath, texts: plan.texts, windows: undefined });
  const items = itemsOf(subject.model, { items: 'input', only: undefined });
  const four = plan.options.find((option) => option.name.endsWith('4'));
  if (four === undefined || plan.beside === undefined) throw new Error(`${name} has no option of 4 bits, or nothing beside it`);
  return { plan, ...subject, items, low: uniformScheme(plan.scheme, items, four), beside: uniformScheme(plan.scheme, items, plan.beside) };
}

/** @typedef {Awaited<ReturnType<typeof prepared>>} Prepared */

function lossAtEight(/** @type {Prepared} */ { plan, model, beside, evaluation, calibration }) {
  const { windows } = plan.file;
  const { difference } = evaluateScheme({ model, scheme: beside, evaluation, calibration, ...(windows === undefined ? {} : { windows }) });
  const { mean, low, high } = difference;
  return { mean, low, high };
}

function errorsOf(/** @type {Prepared} */ { plan, model, items, low, beside, evaluation }) {
  const { errorWindows } = plan.file;
  // None of these quantizers looks at inputs: the text is only what predictions are compared on.
  const subject = { model, calibration: evaluation };
  const request = /** @type {const} */ ({ scheme: low, base: plan.scheme, beside, items, ofModel: 'divergence', errorWindows });
  return itemErrors(subject, request, quantizeModel(model, schemeNumbers(low)));
}
