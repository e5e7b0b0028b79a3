/**
 * The quantizers as one writes them on the first day: for every group and candidate, scan the whole grid for every weight.
 * The baseline of `npm run bench`; they follow the same definitions, so that the mean squared errors can be compared.
 * Each takes (data, row length) and returns the sum of squared errors. Scales are float32, not rounded to FP16.
 */

/** Value of the grid nearest to x. */
function nearest(/** @type {readonly number[]} */ grid, /** @type {number} */ x) {
  let best = Infinity;
  let value = 0;
  for (const candidate of grid) {
    const distance = Math.abs(candidate - x);
    if (distance <= best) {
      best = distance;
      value = candidate;
    }
  }
  return value;
}

const mirrored = (/** @type {readonly number[]} */ positive) => [...positive.map((v) => -v), 0, ...positive].sort((a, b) => a - b);
const largest = (/** @type {readonly number[]} */ values) => values.reduce((max, v) => Math.max(max, Math.abs(v)), 0);

/** Every `length` values of `data` as a plain array. */
function* pieces(/** @type {Float32Array} */ data, /** @type {number} */ length) {
  for (let start = 0; start < data.length; start += length) yield Array.from(data.subarray(start, start + length));
}

function gridError(/** @type {readonly number[]} */ values, /** @type {readonly number[]} */ grid, /** @type {number} */ scale) {
  return values.reduce((sum, w) => sum + (nearest(grid, w / scale) * scale - w) ** 2, 0);
}

/** Symmetric INT4 per group of 128: s = max|w| / 7. */
export function naiveRoundToNearest(/** @type {Float32Array} */ data) {
  let sum = 0;
  for (const group of pieces(data, 128)) {
    const scale = largest(group) / 7 || 1;
    const codes = group.map((w) => Math.max(-7, Math.min(7, Math.round(w / scale))));
    sum += group.reduce((error, w, i) => error + ((codes[i] ?? 0) * scale - w) ** 2, 0);
  }
  return sum;
}

/** BitMoD FP4 per group of 128: the best of the special values 5, -5, 8, -8. */
export function naiveBitMoD(/** @type {Float32Array} */ data) {
  const basic = mirrored([0.5, 1, 1.5, 2, 3, 4, 6]);
  const grids = [5, -5, 8, -8].map((special) => [...basic, special].sort((a, b) => a - b));
  let sum = 0;
  for (const group of pieces(data, 128)) {
    const top = largest(group) || 1;
    sum += Math.min(...grids.map((grid) => gridError(group, grid, top / largest(grid))));
  }
  return sum;
}

/** ANT 4 bit: the best of int, flint, pot and float for the tensor, with a clip of 75 to 149 % searched per row. */
export function naiveANT(/** @type {Float32Array} */ data, /** @type {number} */ rowLength) {
  const powers = mirrored([1, 2, 4, 8, 16, 32, 64]);
  const grids = [[-8, ...mirrored([1, 2, 3, 4, 5, 6, 7])], mirrored([1, 2, 3, 4, 6, 8, 16]), powers, powers];
  const errors = grids.map((grid) => {
    const top = grid.at(-1) ?? 1;
    let total = 0;
    for (const row of pieces(data, rowLength)) {
      const clip = largest(row) || 1;
      let best = Infinity;
      for (let percent = 75; percent < 150; percent++) best = Math.min(best, gridError(row, grid, (clip * percent) / 100 / top));
      total += best;
    }
    return total;
  });
  return Math.min(...errors);
}

/** Sum of squared errors of one row under outlier-victim pairs: the larger of two outliers survives, the other becomes 0. */
function pairError(/** @type {readonly number[]} */ row, /** @type {readonly number[]} */ grid, /** @type {number} */ scale) {
  const values = row.map((w) => nearest(grid, w / scale));
  for (let i = 0; i + 1 < values.length; i += 2) {
    const [left, right] = [Math.abs(values[i] ?? 0), Math.abs(values[i + 1] ?? 0)];
    if (left > 32 && left >= right) values[i + 1] = 0;
    else if (right > 32) values[i] = 0;
  }
  return row.reduce((sum, w, i) => sum + ((values[i] ?? 0) * scale - w) ** 2, 0);
}

/** OliVe 4 bit: int or flint normals with abfloat outliers for the tensor, clip 75 to 249 % of |mean| + 3 sigma in steps of 2 per row. */
export function naiveOliVe(/** @type {Float32Array} */ data, /** @type {number} */ rowLength) {
  const outliers = mirrored([48, 64, 96, 128, 192, 256, 384]).filter((v) => v !== 0);
  const normals = [mirrored([4, 8, 12, 16, 20, 24, 28]), mirrored([2, 4, 6, 8, 12, 16, 32])];
  const errors = normals.map((normal) => {
    const [grid, top] = [[...normal, ...outliers], normal.at(-1) ?? 1];
    let total = 0;
    for (const row of pieces(data, rowLength)) {
      const mean = row.reduce((sum, w) => sum + w, 0) / row.length;
      const deviation = Math.sqrt(row.reduce((sum, w) => sum + (w - mean) ** 2, 0) / (row.length - 1));
      const clip = Math.abs(mean) + 3 * deviation || 1;
      let best = Infinity;
      for (let percent = 75; percent < 250; percent += 2) best = Math.min(best, pairError(row, grid, (clip * percent) / 100 / top));
      total += best;
    }
    return total;
  });
  return Math.min(...errors);
}
