import { describe, expect, it } from 'vitest';
import { observe } from '../../../src/accuracy/observe.js';
import { columnLevels, valuesAtLevels } from '../../../src/codesign/allocation/baq-columns.js';
import { groupsOfLayer } from '../../../src/decoder/decoder-model.js';
import { outputError } from '../../../src/quantizers/output-error.js';
import { loadDecoder } from '../../../src/accuracy/load-model.js';
import { readFileSync } from 'node:fs';

describe('BAQ per column on the tiny model', () => {
  const uniformLevels = 8;

  it('errs less on calibration inputs than 8 levels everywhere, at no more bits, in sum over all matrices', async () => {
    const { model } = await loadDecoder('models/tiny');
    const tokens = Int32Array.from(readFileSync('models/tiny/calibration.txt').subarray(0, 2048));
    const { groups } = observe(model, tokens, ['hessian']);
    let [baq, uniform, weightedBits, weights] = [0, 0, 0, 0];
    for (const group of model.layers.flatMap(groupsOfLayer)) {
      const hessian = groups.get(group.name)!.hessian!;
      for (const { weight } of group.products) {
        const diagonal = Float64Array.from({ length: weight.cols }, (_, j) => hessian.data[j * weight.cols + j]!);
        const levels = columnLevels(weight, diagonal, 3);
        baq += outputError(weight, valuesAtLevels(weight, levels), hessian);
        uniform += outputError(weight, valuesAtLevels(weight, new Int32Array(weight.cols).fill(uniformLevels)), hessian);
        const bits = levels.reduce((sum, count) => sum + Math.log2(count), 0) / weight.cols;
        weightedBits += bits * weight.data.length;
        weights += weight.data.length;
      }
    }
    expect(weightedBits / weights).toBeLessThanOrEqual(Math.log2(uniformLevels));
    expect(baq).toBeLessThan(uniform);
  });
});
