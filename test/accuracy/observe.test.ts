/** Does calibration gather the sums its contract defines, from the inputs products really get? */
import { describe, expect, it } from 'vitest';
import { observe } from '../../src/accuracy/observe.js';
import { groupsOfLayer } from '../../src/decoder/decoder-model.js';
import { windowLogits } from '../../src/decoder/decoder-run.js';
import { largestDifference, randomTokens, smallDecoder } from '../decoder/small-decoders.js';

const TOKENS = 24 * 30;

describe('observing a model', () => {
  it('gives means, maxima, squares and the Hessian of the inputs of every group', async () => {
    const model = await smallDecoder('gpt2');
    const tokens = randomTokens(TOKENS + 5, model.vocabulary, 1);
    const inputs: number[][] = [];
    const name = '1.feed-forward-out';
    for (let w = 0; w < 30; w++) {
      windowLogits(model, tokens.subarray(24 * w, 24 * w + 24), {
        observer: {
          groupInput: (group, { rows, cols, data }) => {
            if (group.name === name) for (let r = 0; r < rows; r++) inputs.push([...data.subarray(r * cols, (r + 1) * cols)]);
          },
        },
      });
    }
    const { groups } = observe(model, tokens, ['channels', 'hessian', 'samples']);
    const seen = groups.get(name);
    expect([...groups.keys()]).toEqual(model.layers.flatMap(groupsOfLayer).map((group) => group.name));
    expect(seen?.tokens).toBe(TOKENS);
    const columns = inputs[0]?.map((_, c) => inputs.map((row) => row[c] ?? NaN)) ?? [];
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(
      largestDifference(
        seen?.channels.meanAbs ?? [],
        columns.map((column) => mean(column.map(Math.abs))),
      ),
    ).toBeLessThan(1e-6);
    expect([...(seen?.channels.maxAbs ?? [])]).toEqual(columns.map((column) => Math.max(...column.map(Math.abs))));
    const hessian = columns.flatMap((a) => columns.map((b) => 2 * mean(a.map((value, i) => value * (b[i] ?? NaN)))));
    expect(largestDifference(seen?.hessian?.data ?? [], hessian)).toBeLessThan(1e-5);
    expect(seen?.channels.squareSum[3]).toBeCloseTo(
      (columns[3] ?? []).reduce((sum, value) => sum + value * value, 0),
      6,
    );
  });

  it('keeps at most 512 samples, evenly: every second token of 720', async () => {
    const model = await smallDecoder('opt');
    const { groups } = observe(model, randomTokens(TOKENS, model.vocabulary, 2), ['samples']);
    const samples = groups.get('0.attention-in')?.samples;
    expect([samples?.rows, samples?.cols]).toEqual([360, 32]);
    const all = observe(model, randomTokens(24 * 21, model.vocabulary, 2), ['samples']);
    expect(all.groups.get('0.attention-in')?.samples?.rows).toBe(504);
  });

  it('gives largest keys and layer inputs where asked', async () => {
    const model = await smallDecoder('qwen2');
    const tokens = randomTokens(TOKENS, model.vocabulary, 3);
    const { keyMaxAbs, layerInputs, windowLength } = observe(model, tokens, ['layerInputs']);
    expect(windowLength).toBe(24);
    expect(keyMaxAbs.map(({ length }) => length)).toEqual([16, 16]);
    expect(keyMaxAbs.every((maxima) => maxima.every((value) => value > 0))).toBe(true);
    expect(layerInputs?.map(({ rows, cols }) => [rows, cols])).toEqual([
      [TOKENS, 32],
      [TOKENS, 32],
    ]);
    expect([...(layerInputs?.[0]?.data.subarray(0, 32) ?? [])]).toEqual([
      ...model.embedding.data.subarray((tokens[0] ?? 0) * 32, (tokens[0] ?? 0) * 32 + 32),
    ]);
    expect(observe(model, tokens, ['channels']).layerInputs).toBeUndefined();
  });

  it('counts for an expert only the tokens sent to it', async () => {
    const model = await smallDecoder('mixtral');
    const { groups } = observe(model, randomTokens(TOKENS, model.vocabulary, 4), ['channels']);
    const counts = [0, 1, 2].map((expert) => groups.get(`0.feed-forward-in.${expert}`)?.tokens ?? 0);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2 * TOKENS);
    expect(counts.every((count) => count < TOKENS)).toBe(true);
  });

  it('refuses a text of 127 tokens and takes one of 128; an expert must be reached by as many', async () => {
    const model = await smallDecoder('opt');
    expect(() => observe(model, randomTokens(127, model.vocabulary, 5), ['channels'])).toThrow(
      'the calibration text has too few tokens: 127',
    );
    // Windows of 24: 128 tokens are five of them, 120 tokens.
    expect(() => observe(model, randomTokens(128, model.vocabulary, 5), ['channels'])).toThrow('120 at 0.attention-in');
    expect(observe(model, randomTokens(144, model.vocabulary, 5), ['channels']).groups.get('0.attention-in')?.tokens).toBe(144);
    const moe = await smallDecoder('mixtral');
    expect(() => observe(moe, randomTokens(144, moe.vocabulary, 5), ['channels'])).toThrow(
      /too few tokens of the calibration text reach a product: \d+ at/,
    );
  });
});
