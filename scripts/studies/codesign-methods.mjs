/**
 * The checked-in comparison of methods that choose formats (reports/reference/codesign-methods.md and .json), from documents of
 * `lowbit codesign tiny-methods --out DIR`, of outlier-methods and tiny-bitmod, and of copies of them with `model:` another trained model (scripts/train-tiny):
 *   node scripts/studies/codesign-methods.mjs DIR/codesign.json ...         after npm run build
 * Intervals against the integer program are taken here, from the losses of windows that documents hold, by the bootstrap of the studies.
 * Promises of the studies of eight-bit layers are counted with them, from reports/reference/eight-bit-layers.json.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pairedBootstrap } from '../../dist/numeric/paired-bootstrap.js';

const folder = fileURLToPath(new URL('../../reports/reference/', import.meta.url));
const files = process.argv.slice(2);
if (files.length === 0) throw new Error('usage: node scripts/studies/codesign-methods.mjs DIR/codesign.json ...');
const documents = files.map((file) => JSON.parse(readFileSync(file, 'utf8')));

/** @typedef {{ mean: number, low: number, high: number, resolved: boolean } | null} Interval */

const intervalText = (/** @type {Interval} */ interval) =>
  interval === null ? '' : `${interval.mean.toFixed(4)} [${interval.low.toFixed(4)}, ${interval.high.toFixed(4)}]`;

/** In words: an interval that holds 0 resolves nothing. */
function verdict(/** @type {any} */ row, /** @type {any} */ uniform) {
  if (row.method === 'uniform' || row.method === 'random') return 'baseline';
  if (row.choice.join() === uniform.choice.join()) return 'is uniform';
  const against = (/** @type {NonNullable<Interval>} */ { mean, resolved }, /** @type {string} */ name) =>
    resolved ? `${mean < 0 ? 'better' : 'worse'} than ${name}` : `not resolved against ${name}`;
  return `${against(row.againstUniform, 'uniform')}, ${against(row.againstRandom, 'random')}`;
}

/** @returns {Interval} */
function againstIlp(/** @type {any} */ row, /** @type {any} */ ilp) {
  if (row === ilp || ilp === undefined) return null;
  const losses = (/** @type {any} */ { measured }) => measured.windowLosses_nats;
  const { difference: mean, low, high, resolved } = pairedBootstrap(losses(row), losses(ilp), { seed: 1 });
  return { mean, low, high, resolved };
}

const finite = (/** @type {number | null | undefined} */ value) => value ?? null;
const bounds = (/** @type {any} */ { mean, low, high }) => ({ mean, low: finite(low), high: finite(high) });

/** Every verified point of a front: what it promises and what was measured, nats per token above the model in float32. */
function promisedPoints(/** @type {any} */ { front }) {
  return front
    .filter((/** @type {any} */ { measured }) => measured !== null)
    .map((/** @type {any} */ { id, method, costs, predictedError: sum, promise, measured, errorWithinInterval }) => ({
      id,
      method,
      bits: costs.bits,
      sum,
      promised: promise == null ? null : bounds(promise),
      measured: bounds(measured.logPerplexityDifference),
      sumWithin: finite(errorWithinInterval),
      promiseWithin: finite(promise?.withinInterval),
      holds: finite(promise?.holds),
    }));
}

/** How many verified points keep what they promise, by three tests, and at how many more is measured than promised. */
function promisesOf(/** @type {any} */ document) {
  const points = promisedPoints(document);
  const count = (/** @type {(point: any) => boolean} */ test) => points.filter(test).length;
  return {
    verified: points.length,
    holds: count(({ holds }) => holds === true),
    withinInterval: count(({ promiseWithin }) => promiseWithin === true),
    sumWithinInterval: count(({ sumWithin }) => sumWithin === true),
    above: count(({ promised, measured }) => promised !== null && measured.mean > promised.mean),
    points,
  };
}

const table = (/** @type {any} */ { comparisons }, /** @type {number} */ budget) => {
  const rows = comparisons.filter((/** @type {any} */ row) => row.budget.value === budget);
  const [uniform, ilp] = ['uniform', 'ilp'].map((name) => rows.find((/** @type {any} */ { method }) => method === name));
  return rows.map((/** @type {any} */ row) => ({
    method: row.draws > 1 ? `${row.method}, mean of ${row.draws}` : row.method,
    bits: row.bits,
    perplexity: row.measured.perplexity,
    predictedError: row.predictedError,
    aboveFloat: row.measured.logPerplexityDifference,
    againstUniform: row.againstUniform,
    againstRandom: row.againstRandom,
    againstIlp: againstIlp(row, ilp),
    verdict: verdict(row, uniform),
  }));
};

/** The study of the first model, and those of further seeds of it, in folders as scripts/train-tiny names them. */
const trainings = documents.filter((document, i) => i === 0 || /-seed-\d+$/.test(document.model));

const studies = documents.map((document) => ({
  study: document.name,
  model: basename(document.model),
  options: document.options.map((/** @type {any} */ { name }) => name),
  items: document.items.length,
  errors: { measure: document.errors.measure, windows: document.errors.windows },
  reference: { perplexity: document.reference.perplexity, window: document.reference.window, windows: document.reference.windows },
  promises: promisesOf(document),
  seed: document.seed,
  budgets: [...new Set(document.comparisons.map((/** @type {any} */ { budget }) => budget.value))].map((bits) => ({
    bits,
    methods: table(document, bits).map((/** @type {any} */ row) =>
      document === documents[0] ? { ...row, overTrainings: overTrainings(row.method.replace(/, mean of \d+$/, ''), bits) } : row,
    ),
  })),
}));

/** Mean over the trainings, window by window, of a method against uniform. @returns {Interval} */
function overTrainings(/** @type {string} */ method, /** @type {number} */ bits) {
  const lossesOf = (/** @type {string} */ name) =>
    trainings.flatMap(({ comparisons }) => {
      const row = comparisons.find((/** @type {any} */ one) => one.method === name && one.budget.value === bits);
      return row === undefined ? [] : [/** @type {number[]} */ (row.measured.windowLosses_nats)];
    });
  const [own, uniform] = [lossesOf(method), lossesOf('uniform')];
  if (trainings.length < 2 || own.length < trainings.length || uniform.length < trainings.length) return null;
  const mean = (/** @type {number[][]} */ losses) =>
    (losses[0] ?? []).map((_, w) => losses.reduce((sum, of) => sum + (of[w] ?? NaN), 0) / losses.length);
  const { difference, low, high, resolved } = pairedBootstrap(mean(own), mean(uniform), { seed: 1 });
  return { mean: difference, low, high, resolved };
}

/** A line for every method and budget, a column for every model that chose among the options of the first. */
function overview() {
  const [first] = studies;
  const several = trainings.length > 1;
  const alike = studies.filter(({ options }) => options.join() === first?.options.join());
  return [
    `| budget | method | ${alike.map(({ model }) => model).join(' | ')} |${several ? ` mean of ${trainings.length} trainings |` : ''}`,
    `|--:|---|${alike.map(() => '--:|').join('')}${several ? '--:|' : ''}`,
    ...(first?.budgets ?? []).flatMap(({ bits, methods }) =>
      methods
        .filter((/** @type {any} */ { method }) => method !== 'uniform')
        .map((/** @type {any} */ { method, overTrainings: mean }) => {
          const cells = alike.map(({ budgets }) => {
            const row = budgets.find((budget) => budget.bits === bits)?.methods.find((/** @type {any} */ other) => other.method === method);
            return row === undefined ? '' : row.verdict === 'is uniform' ? 'is uniform' : intervalText(row.againstUniform);
          });
          return `| ${bits} | ${method} | ${cells.join(' | ')} |${several ? ` ${mean?.low === mean?.high ? '' : intervalText(mean)} |` : ''}`;
        }),
    ),
  ];
}

/** Promises of the committed studies of eight-bit layers, whose sums start from another model and are not held to the measured interval. */
function eightBitPromises() {
  const { studies: all } = JSON.parse(readFileSync(`${folder}eight-bit-layers.json`, 'utf8'));
  return all
    .map((/** @type {any} */ { study, points }) => {
      const told = points.filter((/** @type {any} */ { promise }) => promise !== null);
      const count = (/** @type {(point: any) => boolean} */ test) => told.filter(test).length;
      return {
        study,
        verified: told.length,
        holds: count(({ promise }) => promise.holds),
        withinInterval: count(({ promise }) => promise.withinInterval),
        sumWithinInterval: null,
        above: count(({ promise, difference }) => difference.mean > promise.mean),
      };
    })
    .filter((/** @type {any} */ { verified }) => verified > 0);
}

/** A line for every study, and the sum of all. */
function promiseTable() {
  const rows = [...studies.map(({ study, promises }) => ({ study, ...promises })), ...eightBitPromises()];
  const sum = (/** @type {'verified' | 'withinInterval' | 'holds' | 'above'} */ key) => rows.reduce((all, row) => all + row[key], 0);
  const told = rows.filter(({ sumWithinInterval }) => sumWithinInterval !== null);
  const ofSums = `${told.reduce((all, row) => all + row.sumWithinInterval, 0)} of ${told.reduce((all, row) => all + row.verified, 0)}`;
  return [
    '| study | verified | sum in the measured interval | promise in it | promise holds | measured above the promise |',
    '|---|--:|--:|--:|--:|--:|',
    ...rows.map(
      (row) => `| ${row.study} | ${row.verified} | ${row.sumWithinInterval ?? ''} | ${row.withinInterval} | ${row.holds} | ${row.above} |`,
    ),
    `| all | ${sum('verified')} | ${ofSums} | ${sum('withinInterval')} | ${sum('holds')} | ${sum('above')} |`,
  ];
}

const lines = [
  '# Methods that choose formats, at equal bits',
  '',
  'Differences are of the mean log-perplexity, nats per token, method minus baseline, with the 95 % interval of the paired bootstrap over windows; below 0 the method is better.',
  'Uniform is the best single option that the budget holds, whose own bits stand in its row; random is the mean of several random assignments that spend the budget.',
  'Intervals are of the text alone: neither the windows that errors were measured on nor the random assignments were drawn anew.',
];
lines.push('', '## Against uniform, all models', '', ...overview());
lines.push(
  '',
  '## Promised and measured losses',
  '',
  'Verified points of the fronts; what a promise is and when it holds: [what a point promises](../../docs/codesign.md#what-a-point-promises). All points: codesign-methods.json, eight-bit-layers.json.',
  '',
  ...promiseTable(),
);
for (const { study, model, options, items, errors, reference, promises, budgets } of studies) {
  lines.push(
    '',
    `## ${model} (study ${study})`,
    '',
    `${items} matrices, options ${options.join(', ')}; errors: ${errors.measure} on ${errors.windows} calibration windows; ${reference.windows} windows of ${reference.window} tokens, perplexity in float32 ${reference.perplexity.toFixed(4)}.`,
    `Of ${promises.verified} points of the front the promised and the measured loss agree within both intervals at ${promises.holds}, the promised mean lies in the measured interval at ${promises.withinInterval}, the bare sum of errors at ${promises.sumWithinInterval}.`,
  );
  for (const { bits, methods } of budgets) {
    lines.push(
      '',
      `### Budget ${bits} bits per weight`,
      '',
      '| method | bits | perplexity | against uniform | against random | against ilp | verdict |',
      '|---|--:|--:|--:|--:|--:|---|',
    );
    for (const row of methods) {
      const cells = [
        row.method,
        row.bits.toFixed(3),
        row.perplexity.toFixed(4),
        intervalText(row.againstUniform),
        intervalText(row.againstRandom),
        intervalText(row.againstIlp),
        row.verdict,
      ];
      lines.push(`| ${cells.join(' | ')} |`);
    }
  }
}
lines.push(
  '',
  'Made by `lowbit codesign tiny-methods`, `lowbit codesign outlier-methods`, `lowbit codesign tiny-bitmod` and `node scripts/studies/codesign-methods.mjs`; the methods: [allocation](../../docs/codesign/allocation.md).',
);
writeFileSync(`${folder}codesign-methods.json`, `${JSON.stringify(studies, undefined, 2)}\n`);
writeFileSync(`${folder}codesign-methods.md`, `${lines.join('\n')}\n`);
console.log(`${studies.length} studies`);
