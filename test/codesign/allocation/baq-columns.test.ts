import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadDecoder } from '../../../src/accuracy/load-model.js';
import { observe } from '../../../src/accuracy/observe.js';
import { columnLevels, measuredLosses, modelledLosses, valuesAtLevels } from '../../../src/codesign/allocation/baq-columns.js';
import { groupsOfLayer } from '../../../src/decoder/decoder-model.js';
import { seededRandom } from '../../../src/numeric/random.js';
import { outputError } from '../../../src/quantizers/output-error.js';

describe('BAQ per column', () => {
  const uniformLevels = 8;

  it('errs less on calibration inputs of the tiny model than 8 levels everywhere, at no more bits, in sum over all matrices', async () => {
    const { model } = await loadDecoder('models/tiny');
    const tokens = Int32Array.from(readFileSync('models/tiny/calibration.txt').subarray(0, 1024));
    const { groups } = observe(model, tokens, ['hessian']);
    const sums = { uniform: 0, modelled: 0, measured: 0 };
    const bits = { modelled: 0, measured: 0 };
    let weights = 0;
    for (const group of model.layers.flatMap(groupsOfLayer)) {
      const hessian = groups.get(group.name)!.hessian!;
      for (const { weight } of group.products) {
        const diagonal = Float64Array.from({ length: weight.cols }, (_, j) => hessian.data[j * weight.cols + j]!);
        sums.uniform += outputError(weight, valuesAtLevels(weight, new Int32Array(weight.cols).fill(uniformLevels)), hessian);
        const losses = { modelled: modelledLosses(weight, diagonal), measured: measuredLosses(weight, diagonal, uniformLevels) };
        for (const way of ['modelled', 'measured'] as const) {
          const levels = columnLevels(losses[way], Math.log2(uniformLevels));
          sums[way] += outputError(weight, valuesAtLevels(weight, levels), hessian);
          bits[way] += levels.reduce((sum, count) => sum + Math.log2(count), 0) * weight.rows;
        }
        weights += weight.data.length;
      }
    }
    for (const way of ['modelled', 'measured'] as const) {
      expect(bits[way] / weights).toBeLessThanOrEqual(Math.log2(uniformLevels));
      expect(sums[way]).toBeLessThan(sums.uniform);
    }
  });

  it('takes a loss as measured where the weights of a column are small beside their rows, and as modelled where they are spread over them', () => {
    const { integer } = seededRandom(3);
    const data = Float32Array.from({ length: 512 * 4 }, (_, i) => (i % 4 === 3 ? 1e-3 : 1) * (integer(2 ** 20) / 2 ** 19 - 1));
    const weight = { rows: 512, cols: 4, data };
    const modelled = modelledLosses(weight, [1, 1, 1, 1]);
    const ratios = measuredLosses(weight, [1, 1, 1, 1], uniformLevels).map((loss, j) => loss / modelled[j]!);
    for (const ratio of ratios.subarray(0, 3)) expect(Math.abs(Math.log2(ratio))).toBeLessThan(1);
    expect(ratios[3]).toBeLessThan(1e-3);
  });

  it('has losses that fall with the square of one less than the count of levels, which the law takes for the count: few levels cost more than it says', () => {
    const { integer } = seededRandom(4);
    const data = Float32Array.from({ length: 2048 * 2 }, () => integer(2 ** 20) / 2 ** 19 - 1);
    const weight = { rows: 1024, cols: 4, data };
    const loss = (levels: number): number =>
      measuredLosses(weight, [1, 1, 1, 1], levels).reduce((sum, value) => sum + value, 0) / levels ** 2;
    for (const [few, more] of [
      [3, 5],
      [5, 9],
      [9, 33],
    ] as const) {
      const fall = loss(few) / loss(more);
      expect(Math.abs(Math.log2(fall / ((more - 1) / (few - 1)) ** 2))).toBeLessThan(0.2);
      expect(fall).toBeGreaterThan((more / few) ** 2);
    }
  });
});
