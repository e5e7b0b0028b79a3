/**
 * The checked-in table of GPU errors (reports/reference/gpu-errors.json and .md) from the document of `lowbit list gpus --errors` and from how well
 * parameters carry over to another card. Counts and errors only, no measured row.
 */

/** @typedef {{ mean_pct: number, median_pct: number, p90_pct: number, bias_pct: number }} Figures */
/** @typedef {{ regime: string, from_us: number, rows: number, inSample: Figures, outOfSample: Figures | null }} Regime */
/** @typedef {{ device: string, kernel: string, profile: string | null, fitted: string, sources: string[], dtypes: string[], rows: number, pairs: number, refused: number, folds: number, errors: Regime[] }} Fit */
/** @typedef {{ card: string, kernel: string, dtype: string, from: string, profile: string | null, rows: number, errors: Regime[] }} Transfer */

const regimes = ['m 1-16', 'm 17-64', 'm 65-256', 'm 257-1024', 'm > 1024'];

/** Of attention, by keys. */
const keyRegimes = ['keys 1-256', 'keys 257-2048', 'keys 2049-16384', 'keys > 16384'];
const isAttention = (/** @type {Fit} */ { errors }) => errors.some(({ regime }) => regime.startsWith('keys '));

const at = (/** @type {Regime[]} */ errors, /** @type {string} */ regime, from_us = 0) =>
  errors.find((error) => error.regime === regime && error.from_us === from_us);
const percent = (/** @type {number | undefined} */ value) => (value === undefined ? '-' : value.toFixed(1));
const unseen = (/** @type {Regime | undefined} */ regime) => regime?.outOfSample ?? regime?.inSample;

function table(/** @type {string[]} */ titles, /** @type {string[][]} */ rows) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map((_, i) => (i < 2 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

function fitRow(/** @type {Fit} */ fit, bands = regimes) {
  const all = at(fit.errors, 'all');
  const figures = unseen(all);
  return [
    `${fit.device} ${fit.kernel}${fit.profile === null ? '' : ` (${fit.profile})`}`,
    fit.dtypes.join(' '),
    String(fit.rows),
    String(fit.pairs),
    fit.folds === 0 ? 'in-sample' : String(fit.folds),
    percent(all?.inSample.mean_pct),
    percent(figures?.mean_pct),
    percent(figures?.median_pct),
    percent(figures?.p90_pct),
    percent(figures?.bias_pct),
    percent(unseen(at(fit.errors, 'all', 20))?.mean_pct),
    ...bands.map((regime) => percent(unseen(at(fit.errors, regime))?.mean_pct)),
  ];
}

function boundRows(/** @type {Fit} */ fit) {
  const bounds = ['compute', 'dram', 'l2', 'dequant', 'latency', 'launch'];
  const cells = bounds.map((bound) => {
    const found = at(fit.errors, `${bound} bound`);
    return found === undefined ? '-' : `${percent(unseen(found)?.mean_pct)} (${found.rows})`;
  });
  return [`${fit.device} ${fit.kernel}${fit.profile === null ? '' : ` (${fit.profile})`}`, fit.dtypes.join(' '), ...cells];
}

const transferRow = (/** @type {Transfer} */ { card, kernel, dtype, from, rows, errors }) => [
  `${card} ${kernel}`,
  dtype,
  from,
  String(rows),
  percent(at(errors, 'all')?.inSample.mean_pct),
  percent(at(errors, 'all')?.inSample.median_pct),
  percent(at(errors, 'all')?.inSample.p90_pct),
  percent(at(errors, 'all')?.inSample.bias_pct),
  ...regimes.map((regime) => percent(at(errors, regime)?.inSample.mean_pct)),
];

export function gpuErrorTable(/** @type {{ fits: Fit[] }} */ { fits }, /** @type {Transfer[]} */ transfers) {
  const bands = regimes.map((regime) => regime.replace('m ', ''));
  const titles = ['fit', 'type', 'rows', 'pairs', 'folds', 'in-sample', 'unseen', 'median', 'p90', 'bias', '>= 20 us'];
  const gemms = fits.filter((fit) => !isAttention(fit));
  const attentions = fits.filter(isAttention);
  const keys = keyRegimes.map((regime) => regime.replace('keys ', ''));
  const markdown = `# Errors of the GPU models against measured latencies

Written by \`node scripts/gpu/calibrate-shipped.mjs\`. Mean absolute relative error in percent (median, 90th percentile and signed mean beside it) over GEMMs with n, k >= 256.
"unseen" and everything right of it: 5-fold cross validation over (n,k) pairs, never over rows; where the column folds says so, in-sample. A name in brackets is the machine that was
measured; of a further source of a kernel (vidur on A100 and H100) only launch time, clock and board power are fitted. Sources and licences: docs/gpu/calibration.md.

## Fits, by rows of the activation

${table(
  [...titles, ...bands],
  gemms.map((fit) => fitRow(fit)),
)}

## Decode attention, by keys

Folds over numbers of heads (sequences times heads, which is all a kernel sees of them).

${table(
  [...titles, ...keys],
  attentions.map((fit) => fitRow(fit, keyRegimes)),
)}

## By what bounds the time in the model (rows in brackets)

${table(['fit', 'type', 'compute', 'dram', 'l2', 'dequant', 'latency', 'launch'], fits.map(boundRows))}

## Cards without measurements

Measured rows predicted by the fit of another card, which has seen none of them: what to expect of a card that takes the parameters of a similar one.

${table(['predicted', 'type', 'by the fit of', 'rows', 'mean', 'median', 'p90', 'bias', ...bands], transfers.map(transferRow))}
`;
  const kept = fits.map(({ device, kernel, profile, fitted, sources, dtypes, rows, pairs, refused, folds, errors }) => ({
    ...{ device, kernel, profile, fitted, sources, dtypes, rows, pairs, refused, folds },
    errors,
  }));
  return { json: `${JSON.stringify({ fits: kept, transfers }, null, 1)}\n`, markdown };
}
