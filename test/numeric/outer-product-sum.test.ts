/** Is the sum of x x' that of a plain loop, for widths and counts at and beside the blocks? */
import { describe, expect, it } from 'vitest';
import { outerProductSum } from '../../src/numeric/outer-product-sum.js';
import { seededRandom } from '../../src/numeric/random.js';

describe('the sum of outer products', () => {
  it.each([
    [1, 1],
    [5, 3],
    [63, 255],
    [64, 256],
    [65, 257],
    [130, 600],
  ])('of %i channels over %i rows is the plain sum, and symmetric', (width, rows) => {
    const random = seededRandom(width);
    const data = Float32Array.from({ length: width * rows }, () => random.normal());
    const sum = outerProductSum(width);
    const half = Math.floor(rows / 2);
    sum.add({ rows: half, cols: width, data: data.subarray(0, half * width) });
    sum.add({ rows: rows - half, cols: width, data: data.subarray(half * width) });
    const result = sum.result(2 / rows).data;
    let worst = 0;
    let isSymmetric = true;
    for (let i = 0; i < width; i++) {
      for (let j = 0; j < width; j++) {
        let plain = 0;
        for (let r = 0; r < rows; r++) plain += (data[r * width + i] ?? NaN) * (data[r * width + j] ?? NaN);
        worst = Math.max(worst, Math.abs((result[i * width + j] ?? NaN) - (2 * plain) / rows));
        isSymmetric &&= result[i * width + j] === result[j * width + i];
      }
    }
    expect(worst).toBeLessThan(2e-6);
    expect(isSymmetric).toBe(true);
  });

  it('refuses rows of another width', () => {
    expect(() => outerProductSum(4).add({ rows: 1, cols: 3, data: new Float32Array(3) })).toThrow(RangeError);
  });
});
