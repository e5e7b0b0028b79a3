/** Figures of the study of eight-bit layers that its page quotes: ranks, shares of groups of inputs, how two accelerators, models or texts agree, what promises came to. */

/**
 * @typedef {import('./eight-bit-layers.mjs').StudyRow} StudyRow
 * @typedef {import('./eight-bit-second-text.mjs').SecondText} SecondText
 */

const MOST = 4;
const kinds = /** @type {Record<string, RegExp>} */ ({ 'q, k, v': /q,k,v/, o: /\.o$/, 'gate, up': /gate,up/, down: /down$/ });
const sumOf = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0);

/** Ranks of values, the largest first; equal ones share the mean of theirs. */
function ranksOf(/** @type {number[]} */ values) {
  return values.map((value) => {
    const [above, equal] = [values.filter((other) => other > value).length, values.filter((other) => other === value).length];
    return above + (equal + 1) / 2;
  });
}

/** Spearman's rank correlation. */
function rankCorrelation(/** @type {number[]} */ a, /** @type {number[]} */ b) {
  const [x, y] = [ranksOf(a), ranksOf(b)];
  const middle = (a.length + 1) / 2;
  const product = (/** @type {number[]} */ p, /** @type {number[]} */ q) =>
    sumOf(p.map((value, i) => (value - middle) * ((q[i] ?? NaN) - middle)));
  return product(x, y) / Math.sqrt(product(x, x) * product(y, y));
}

const errorsOf = (/** @type {StudyRow} */ { items }) => items.map(({ low }) => low);

export function worstOf(/** @type {StudyRow} */ { items }) {
  return items
    .toSorted((a, b) => b.low - a.low)
    .slice(0, MOST)
    .map(({ item }) => item);
}

export function figuresOf(/** @type {StudyRow[]} */ rows, /** @type {SecondText} */ second) {
  const pairs = rows.flatMap((a, i) => rows.slice(i + 1).map((b) => /** @type {const} */ ([a, b])));
  return {
    shares: rows.map((row) => {
      const all = sumOf(errorsOf(row));
      const share = (/** @type {RegExp} */ kind) => sumOf(row.items.filter(({ item }) => kind.test(item)).map(({ low }) => low)) / all;
      const of = Object.fromEntries(Object.entries(kinds).map(([kind, pattern]) => [kind, share(pattern)]));
      return { study: row.study, least: Math.min(...errorsOf(row)), most: Math.max(...errorsOf(row)), sum: all, worst: worstOf(row), of };
    }),
    overlap: pairs.map(([a, b]) => ({
      pair: [a.study, b.study],
      rankCorrelation: rankCorrelation(errorsOf(a), errorsOf(b)),
      worst: worstOf(a).filter((item) => worstOf(b).includes(item)),
      // Of one accelerator with and without outliers: how much less each input loses.
      ...(a.accelerator === b.accelerator ? { ratios: spanOf(errorsOf(a), errorsOf(b)) } : {}),
    })),
    secondText: rows.flatMap((row) => {
      const other = second[row.study];
      if (other?.errors === undefined) return [];
      return [
        {
          study: row.study,
          windows: other.windows,
          errors: other.errors,
          rankCorrelation: rankCorrelation(errorsOf(row), other.errors),
          ratios: spanOf(errorsOf(row), other.errors),
        },
      ];
    }),
    promises: rows.map(({ study, points }) => {
      const told = points.flatMap(({ promise }) => (promise == null ? [] : [promise]));
      return {
        study,
        points: told.length,
        hold: told.filter(({ holds }) => holds).length,
        within: told.filter(({ withinInterval }) => withinInterval).length,
      };
    }),
  };
}

/** Least and largest ratio of the first to the second; null where one is not above zero and a ratio says nothing. */
function spanOf(/** @type {number[]} */ a, /** @type {number[]} */ b) {
  if ([...a, ...b].some((value) => value <= 0)) return null;
  const ratios = a.map((value, i) => value / (b[i] ?? NaN));
  return { least: Math.min(...ratios), most: Math.max(...ratios) };
}
