/** Figures of the study of output features that its page quotes, from documents of `lowbit codesign`, and the tables of them. */
import { basename } from 'node:path';
import { pairedBootstrap } from '../../dist/numeric/paired-bootstrap.js';

/**
 * @typedef {import('../../dist/report/documents.js').CodesignDocument} CodesignDocument
 * @typedef {CodesignDocument['comparisons'][number]} Comparison
 * @typedef {{ mean: number, low: number | null, high: number | null, resolved: boolean }} Interval
 * @typedef {ReturnType<typeof outputFeatureFigures>} Figures
 */

/** Errors beside the default that the program chooses by, in the order of the page. */
const otherErrors = ['salience', 'output', 'weight'];

/** A method is named with its options behind it. @returns {Comparison} */
function comparisonOf(/** @type {CodesignDocument} */ { name, comparisons }, /** @type {string} */ method) {
  const found = comparisons.find((one) => one.method.split(' ')[0] === method);
  if (found === undefined) throw new Error(`${name} has no comparison of ${method}`);
  return found;
}

/** The first minus the second, as the studies take it. @returns {Interval} */
function difference(/** @type {Comparison} */ first, /** @type {Comparison} */ second) {
  const losses = (/** @type {Comparison} */ { measured }) => {
    if (measured.windowLosses_nats === undefined) throw new Error('the documents hold no losses of windows: run the studies anew');
    return measured.windowLosses_nats.map((loss) => loss ?? NaN);
  };
  const { difference: mean, low, high, resolved } = pairedBootstrap(losses(first), losses(second), { seed: 1 });
  return { mean, low, high, resolved };
}

/** Share of the rows that take the last option, of all and by kind of matrix. */
function lastOptionRows(/** @type {CodesignDocument} */ { items, options }, /** @type {Comparison} */ { features = [] }) {
  const shares = /** @type {Record<string, { rows: number, of: number }>} */ ({});
  for (const [i, { matrix, features: of = 0 }] of items.entries()) {
    const own = (shares[matrix] ??= { rows: 0, of: 0 });
    own.rows += features[i]?.[options.length - 1] ?? 0;
    own.of += of;
  }
  const sum = (/** @type {'rows' | 'of'} */ key) => Object.values(shares).reduce((all, one) => all + one[key], 0);
  return { rows: sum('rows'), of: sum('of'), matrices: shares };
}

/** Verified points: the latency simulated whole, and the guide, a sum of shares of the tables of whole matrices. */
function latenciesOf(/** @type {CodesignDocument} */ { front, hardware, items, options }) {
  return front.flatMap(({ id, method, budget, features = [], costs, tableDeviation, hardware: name }) => {
    const design = hardware.find((one) => one.name === name);
    if (tableDeviation === null || design === undefined) return [];
    const share = (/** @type {number} */ i, /** @type {number} */ o) => (features[i]?.[o] ?? 0) / (items[i]?.features ?? NaN);
    const shares_s = design.tables.latency_s.flatMap((row, i) => row.map((latency, o) => share(i, o) * (latency ?? NaN)));
    const guide_s = shares_s.reduce((sum, one) => sum + one, design.fixed.latency_s);
    const taken = options.filter((_, o) => features.some((counts) => (counts[o] ?? 0) > 0)).map((option) => option.name);
    return [
      { id, method, budget: budget?.value ?? null, options: taken, bits: costs.bits, latency_s: costs.latency_s, guide_s, tableDeviation },
    ];
  });
}

function modelFigures(/** @type {CodesignDocument} */ document, /** @type {CodesignDocument} */ matrices) {
  const { comparisons, model, reference } = document;
  if (reference === null) throw new Error(`${document.name} evaluated nothing`);
  const [ilp, ranking] = [comparisonOf(document, 'ilp'), comparisonOf(document, 'mixllm')];
  const whole = comparisonOf(matrices, 'ilp');
  return {
    model: basename(model),
    reference: { perplexity: reference.perplexity, window: reference.window, windows: reference.windows },
    budget_bits: ilp.budget.value,
    choices: comparisons.map((one) => ({
      method: one.method,
      draws: one.draws,
      bits: one.bits,
      sum: one.predictedError,
      perplexity: one.measured.perplexity,
      aboveFloat: one.measured.logPerplexityDifference,
      againstUniform: one.againstUniform,
      againstRandom: one.againstRandom,
    })),
    ilpAgainstRanking: difference(ilp, ranking),
    matrices: { bits: whole.bits, perplexity: whole.measured.perplexity, featuresAgainst: difference(ilp, whole) },
    rowsAtLastOption: lastOptionRows(document, ilp),
    points: latenciesOf(document),
  };
}

/** Documents by the name of their variant (scripts/studies/output-features.mjs). */
export function outputFeatureFigures(/** @type {(name: string) => CodesignDocument} */ read) {
  const tiny = read('tiny');
  const ilp = comparisonOf(tiny, 'ilp');
  return {
    errorWindows: tiny.errors.windows,
    options: tiny.options.map(({ name }) => name),
    models: ['tiny', 'tiny-outlier'].map((name) => modelFigures(read(name), read(`${name}-matrices`))),
    errors: [
      { error: tiny.errors.measure, perplexity: ilp.measured.perplexity, defaultAgainst: null },
      ...otherErrors.map((error) => {
        const other = comparisonOf(read(`tiny-${error}`), 'ilp');
        return { error, perplexity: other.measured.perplexity, defaultAgainst: difference(ilp, other) };
      }),
    ],
  };
}

const signed = (/** @type {number | null} */ value) => (value === null ? '' : `${value < 0 ? '' : '+'}${value.toFixed(4)}`);
const intervalText = (/** @type {Interval | null} */ told) =>
  told === null ? '' : `${signed(told.mean)} [${signed(told.low)}, ${signed(told.high)}]${told.resolved ? '' : ', not resolved'}`;
const microseconds = (/** @type {number} */ seconds) => (seconds * 1e6).toFixed(1);
const percent = (/** @type {number} */ share) => `${(100 * share).toPrecision(2)} %`;

function table(/** @type {string[]} */ head, /** @type {string[][]} */ rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function modelParts(/** @type {Figures['models'][number]} */ { model, reference, choices, matrices, points, ...rest }) {
  const { rows, of, matrices: byMatrix } = rest.rowsAtLastOption;
  return [
    `## ${model}, ${reference.windows} windows of ${reference.window} tokens, float ${reference.perplexity.toFixed(4)}`,
    table(
      ['choice', 'bits', 'perplexity', 'sum of errors', 'against float', 'against uniform', 'against random features'],
      choices.map(({ method, draws, bits, perplexity, sum, ...told }) => [
        draws > 1 ? `${method}, mean of ${draws}` : method,
        ...[bits.toFixed(3), perplexity?.toFixed(4) ?? '', sum.toFixed(4)],
        ...[told.aboveFloat, told.againstUniform, told.againstRandom].map(intervalText),
      ]),
    ),
    `\`ilp\` against the ranking of MixLLM: ${intervalText(rest.ilpAgainstRanking)}. Against \`ilp\` over whole matrices with measured divergences (${matrices.bits.toFixed(3)} bits, perplexity ${matrices.perplexity?.toFixed(4) ?? ''}): ${intervalText(matrices.featuresAgainst)}.`,
    `Rows of \`ilp\` at the most bits: ${rows} of ${of}; ${Object.entries(byMatrix)
      .map(([matrix, own]) => `${matrix} ${percent(own.rows / own.of)}`)
      .join(', ')}.`,
    table(
      ['verified point', 'first found by', 'options', 'bits', 'latency (us)', 'guide (us)', 'largest deviation of a guide'],
      points.map(({ id, method, options, bits, latency_s, guide_s, tableDeviation }) => [
        ...[id, method, options.join(', '), bits.toFixed(3), microseconds(latency_s), microseconds(guide_s)],
        tableDeviation < 1e-9 ? 'rounding' : percent(tableDeviation),
      ]),
    ),
  ];
}

export function outputFeaturePage(/** @type {Figures} */ { errorWindows, options, models, errors }) {
  return `${[
    '# Output features as items',
    `Made by \`node scripts/studies/output-features.mjs\`; what it says: [the page](../../docs/codesign/output-features.md). Options ${options.join(' and ')}, errors on ${errorWindows} calibration windows; differences of the mean log-perplexity, nats per token, with the 95 % interval of the paired bootstrap over windows, below 0 the first is better.`,
    ...models.flatMap(modelParts),
    `## Which error, on ${models[0]?.model ?? ''}`,
    table(
      ['error', 'perplexity of `ilp`', 'default against it'],
      errors.map(({ error, perplexity, defaultAgainst }) => [error, perplexity?.toFixed(4) ?? '', intervalText(defaultAgainst)]),
    ),
  ].join('\n\n')}\n`;
}
