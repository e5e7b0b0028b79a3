/** The tables of BAQ's level counts per column (reports/reference/baq-columns.md) from what scripts/studies/baq-columns.mjs measured. */

const WAY_NAMES = /** @type {Record<string, string>} */ ({
  uniform: 'uniform',
  modelled: 'BAQ, modelled c',
  measured: 'BAQ, measured c',
  'own losses': 'own losses [ours]',
});

export function baqColumnsPage(/** @type {any} */ { windows, calibrationTokens, strongAbove, models }) {
  return [
    '# BAQ per column of a matrix',
    '',
    `Made by \`node scripts/studies/baq-columns.mjs\`: output errors on ${calibrationTokens} calibration tokens, ${windows} windows of 256 bytes of the evaluation text. Intervals: difference of the mean`,
    'loss from uniform levels, nats per token, 95 %, paired bootstrap over windows. "Own losses": counts of least loss from the loss of every column at 47 counts. Read in docs/codesign/baq.md.',
    '',
    ...models.flatMap((/** @type {any} */ model) => modelSection(model, strongAbove)),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

function modelSection(/** @type {any} */ { model, float, curves, budgets }, /** @type {number} */ strongAbove) {
  return [
    `## ${model}, float ${float.toFixed(4)}`,
    '',
    '| levels | counts | bits | output error | squares over uniform: sum | mean of matrices (geometric) | bound of it | matrices better | perplexity | against uniform |',
    '|--:|---|--:|--:|--:|--:|--:|--:|--:|---|',
    ...budgets.flatMap((/** @type {any} */ budget) => budget.ways.map((/** @type {any} */ way) => wayRow(budget, way))),
    '',
    `Columns whose input has a mean square above ${strongAbove} times the median of its group (strong), and the others: loss under the diagonal of the Hessian over the loss of all columns with uniform`,
    'levels, that of the same columns with uniform levels in brackets; by level count.',
    '',
    '| levels | counts | columns | number | loss | by level count: number, loss (uniform) |',
    '|--:|---|---|--:|--:|---|',
    ...budgets.flatMap((/** @type {any} */ budget) =>
      budget.ways.slice(1).flatMap((/** @type {any} */ way) => way.columns.map((/** @type {any} */ part) => columnRow(budget, way, part))),
    ),
    '',
    'Loss over signal with as many levels in every column, and what the law c 2^(-2R) makes of that at 4 levels:',
    '',
    '| levels | strong | others | others, law from 4 levels |',
    '|--:|--:|--:|--:|',
    ...curves.map((/** @type {any} */ { levels, strong, others }) => {
      const four = curves.find((/** @type {any} */ row) => row.levels === 4).others;
      return `| ${levels} | ${strong.toPrecision(3)} | ${others.toPrecision(3)} | ${((four * 16) / levels ** 2).toPrecision(3)} |`;
    }),
    '',
  ];
}

function wayRow(/** @type {any} */ { levels, bound, matrices }, /** @type {any} */ way) {
  const first = way.way === 'uniform';
  const cells = [
    levels,
    WAY_NAMES[way.way],
    way.bits.toFixed(3),
    way.outputError.toFixed(4),
    ...(first
      ? ['', '', '', '']
      : [
          way.squaresOverUniform.toFixed(3),
          way.meanOverMatrices.toFixed(3),
          way.way === 'own losses' ? '' : bound.toFixed(3),
          `${way.better} of ${matrices.length}`,
        ]),
    way.perplexity.toFixed(4),
    first
      ? ''
      : `${way.againstUniform.difference.toFixed(4)} [${way.againstUniform.low.toFixed(4)}, ${way.againstUniform.high.toFixed(4)}]`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function columnRow(/** @type {any} */ { levels }, /** @type {any} */ { way }, /** @type {any} */ part) {
  const bands = part.byLevels.map((/** @type {any} */ { least, most, columns, loss, uniform }) => {
    const name = least === most ? `${least}` : most === null ? `${least} and more` : `${least} to ${most}`;
    return `${name}: ${columns}, ${loss.toFixed(3)} (${uniform.toFixed(3)})`;
  });
  return `| ${[levels, WAY_NAMES[way], part.strong ? 'strong' : 'others', part.columns, `${part.loss.toFixed(3)} (${part.uniform.toFixed(3)})`, bands.join('; ')].join(' | ')} |`;
}
