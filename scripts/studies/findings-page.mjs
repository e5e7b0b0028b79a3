/** The verdicts of scripts/studies/findings.mjs as one document and as a page; differences are mean losses of windows, in nats per byte, the first condition minus the second. */
import { pairedBootstrap } from '../../dist/numeric/paired-bootstrap.js';
import { conditions, findings } from './finding-list.mjs';

/**
 * @typedef {{ losses: number[], bits: number, activationBits: number, kvBits: number }} Measured
 * @typedef {{ command: string, validationBitsPerByte: number, sha256: string }} Weights
 * @typedef {{ seed: string, windows: number, weights: Weights, float: number[], measured: Record<string, Measured> }} SeedResult
 * @typedef {import('./finding-list.mjs').Pair} Pair
 * @typedef {{ difference_nats: number, low_nats: number, high_nats: number, verdict: string }} Judgement
 */

const verdicts = {
  less: { below: 'found', above: 'the opposite', neither: 'not resolved' },
  'no more': { below: 'found (less)', above: 'the opposite', neither: 'no difference resolved' },
};

function average(/** @type {number[]} */ list) {
  return list.reduce((sum, value) => sum + value, 0) / list.length;
}

function measuredOf(/** @type {SeedResult} */ { seed, measured }, /** @type {string} */ name) {
  const found = measured[name];
  if (found === undefined) throw new Error(`${name} was not measured for seed ${seed}`);
  return found;
}

/** Interval of the difference, and what it says of the claim. @returns {Judgement} */
function judged(/** @type {number[]} */ first, /** @type {number[]} */ second, /** @type {Pair['claim']} */ claim) {
  const { difference, low, high, resolved } = pairedBootstrap(first, second, { seed: 1 });
  const said = verdicts[claim];
  const sided = high < 0 ? said.below : said.above;
  return { difference_nats: difference, low_nats: low, high_nats: high, verdict: resolved ? sided : said.neither };
}

/** Mean over seeds, window by window. */
function overSeeds(/** @type {SeedResult[]} */ results, /** @type {string} */ name) {
  const lists = results.map((result) => measuredOf(result, name).losses);
  return (lists[0] ?? []).map((_, window) => average(lists.map((list) => list[window] ?? NaN)));
}

function judgedPair(/** @type {SeedResult[]} */ results, /** @type {Pair} */ { first, second, claim }) {
  const of = (/** @type {SeedResult} */ result, /** @type {string} */ name) => measuredOf(result, name).losses;
  const bySeed = results.map((result) => ({ seed: result.seed, ...judged(of(result, first), of(result, second), claim) }));
  return { first, second, claim, bySeed, overSeeds: judged(overSeeds(results, first), overSeeds(results, second), claim) };
}

function conditionRow(/** @type {SeedResult[]} */ results, /** @type {string} */ name) {
  const measured = results.map((result) => measuredOf(result, name));
  const { bits: bitsPerWeight = NaN, activationBits = NaN, kvBits = NaN } = measured[0] ?? {};
  const aboveFloat_nats = results.map(({ float }, i) => average(measured[i]?.losses ?? []) - average(float));
  return { name, outlier: conditions[name]?.outlier === true, bitsPerWeight, activationBits, kvBits, aboveFloat_nats };
}

/** Everything the page says, for programs. Throws where seeds were measured on different windows. */
export function findingsDocument(/** @type {SeedResult[]} */ results) {
  const windows = results[0]?.windows ?? NaN;
  if (results.some((result) => result.windows !== windows)) throw new Error('the seeds were measured on different windows');
  const has = (/** @type {string} */ name) => results.every(({ measured }) => measured[name] !== undefined);
  const names = Object.keys(conditions).filter(has);
  const whole = findings.map((finding) => ({ ...finding, pairs: finding.pairs.filter(({ first, second }) => has(first) && has(second)) }));
  return {
    made: 'node scripts/studies/findings.mjs measure SEED MODEL OUTLIER-MODEL for every seed, then node scripts/studies/findings.mjs table',
    windows,
    seeds: results.map(({ seed, weights, float }) => ({ seed, ...weights, floatPerplexity: Math.exp(average(float)) })),
    notMeasured: Object.keys(conditions).filter((name) => !has(name)),
    findings: whole.map(({ title, source, pairs }) => ({ title, source, pairs: pairs.map((pair) => judgedPair(results, pair)) })),
    conditions: names.map((name) => conditionRow(results, name)),
  };
}

function signed(/** @type {number} */ value) {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(4)}`;
}

function interval(/** @type {Judgement} */ { difference_nats, low_nats, high_nats }) {
  return `${signed(difference_nats)} [${signed(low_nats)}, ${signed(high_nats)}]`;
}

function table(/** @type {string[]} */ head, /** @type {string[][]} */ rows) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The page, markdown. */
export function findingsPage(/** @type {ReturnType<typeof findingsDocument>} */ document) {
  const { made, windows, seeds, notMeasured, findings: judgedFindings, conditions: rows } = document;
  const names = seeds.map(({ seed }) => `seed ${seed}`);
  const sections = judgedFindings.map(({ title, source, pairs }) => {
    const lines = pairs.map((pair) => [
      `${pair.first} loses ${pair.claim} than ${pair.second}`,
      ...pair.bySeed.map(interval),
      interval(pair.overSeeds),
      `${pair.bySeed.map(({ verdict }) => verdict).join(', ')}; over seeds: **${pair.overSeeds.verdict}**`,
    ]);
    return `## ${title}\n\nSource: ${source}.\n\n${table(['claim', ...names, 'over seeds', 'verdict'], lines)}`;
  });
  const models = seeds.map(({ seed, command, validationBitsPerByte, floatPerplexity }) => [
    seed,
    `\`${command}\``,
    validationBitsPerByte.toFixed(4),
    floatPerplexity.toFixed(4),
  ]);
  const losses = rows.map((row) => [
    row.name,
    ...[row.bitsPerWeight, row.activationBits, row.kvBits].map((bits) => bits.toFixed(3)),
    ...row.aboveFloat_nats.map(signed),
  ]);
  const missing = notMeasured.length === 0 ? '' : `\n\nNot measured: ${notMeasured.join('; ')}.`;
  return `# Findings of papers on three tiny models

Differences of the mean loss, nats per byte, the first minus the second, with the 95 % interval of a paired bootstrap over ${windows} windows of 256 bytes. What the verdicts mean and what the models
are too small for: [findings](../../docs/findings.md). Made by \`${made}\`.${missing}

${sections.join('\n\n')}

## Models

${table(['seed', 'training', 'bits per byte, text kept out', 'float perplexity, these windows'], models)}

## Losses above float

${table(['condition', 'bits per weight', 'activation bits', 'KV bits', ...names], losses)}
`;
}
