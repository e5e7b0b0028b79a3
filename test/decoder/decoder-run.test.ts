/** Does every form of decoder give PyTorch's logits, and the same bits however its tokens are cut into pieces? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../property-seed.js';
import { activationQuantizer } from '../../src/accuracy/activation-quantizer.js';
import type { DecoderModel } from '../../src/decoder/decoder-model.js';
import { sequenceRun, windowLogits, windowRun } from '../../src/decoder/decoder-run.js';
import type { ExecutionPlan } from '../../src/decoder/execution-plan.js';
import { forms, largestDifference, randomTokens, referenceOf, smallDecoder } from './small-decoders.js';

/** Logits of pieces of a sequence, one behind the other. */
function inPieces(model: DecoderModel, tokens: Int32Array, lengths: readonly number[], plan: ExecutionPlan = {}): Float32Array {
  const run = sequenceRun(model, plan);
  const all = new Float32Array(tokens.length * model.vocabulary);
  for (const length of lengths) {
    const start = run.length();
    run.extend(tokens.subarray(start, start + length), ({ data }, from) => all.set(data, (start + from) * model.vocabulary));
  }
  return all;
}

const perToken = activationQuantizer({ quantizer: 'rtn', options: { bits: 8, granularity: 'channel' } });

describe.each(forms)('a decoder in the form of %s', (form) => {
  it('gives the logits of PyTorch in float64, to 5e-6 of logits up to 7', async () => {
    const model = await smallDecoder(form);
    const { tokens, positions, logits } = referenceOf(form);
    const ours = windowLogits(model, tokens);
    for (const [i, position] of positions.entries()) {
      const row = ours.data.subarray(position * model.vocabulary, (position + 1) * model.vocabulary);
      expect(largestDifference(row, logits[i] ?? [])).toBeLessThan(5e-6);
    }
  });

  it('gives the same bits in one window, token by token and in any pieces between', async () => {
    const model = await smallDecoder(form);
    const tokens = randomTokens(model.context, model.vocabulary, 11);
    const whole = windowLogits(model, tokens).data;
    expect(
      inPieces(
        model,
        tokens,
        Array.from(tokens, () => 1),
      ),
    ).toEqual(whole);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 23 }), (first) => {
        expect(inPieces(model, tokens, [first, model.context - first])).toEqual(whole);
      }),
      { numRuns: 8 },
    );
  });

  it('does so with activations quantized token by token', async () => {
    const model = await smallDecoder(form);
    const tokens = randomTokens(model.context, model.vocabulary, 12);
    const plan = { activation: perToken };
    const whole = windowLogits(model, tokens, plan).data;
    expect(
      inPieces(
        model,
        tokens,
        Array.from(tokens, () => 1),
        plan,
      ),
    ).toEqual(whole);
    expect(whole).not.toEqual(windowLogits(model, tokens).data);
  });

  it('sees only what came before: a later token changes no earlier logit', async () => {
    const model = await smallDecoder(form);
    const tokens = randomTokens(model.context, model.vocabulary, 13);
    const changed = tokens.slice();
    changed[20] = ((changed[20] ?? 0) + 1) % model.vocabulary;
    const [before, after] = [windowLogits(model, tokens).data, windowLogits(model, changed).data];
    const cut = 20 * model.vocabulary;
    expect(after.subarray(0, cut)).toEqual(before.subarray(0, cut));
    expect(after.subarray(cut)).not.toEqual(before.subarray(cut));
  });
});

describe('a run', () => {
  it('gives the same for a window after another one as alone', async () => {
    const model = await smallDecoder('mixtral');
    const run = windowRun(model);
    const tokens = randomTokens(2 * model.context, model.vocabulary, 14);
    const seen = [0, 1].map((w) => {
      const logits: number[] = [];
      run.run(tokens.subarray(w * model.context, (w + 1) * model.context), ({ data }) => logits.push(...data));
      return logits;
    });
    expect(seen[1]).toEqual([...windowLogits(model, tokens.subarray(model.context)).data]);
  });

  it('refuses tokens outside the vocabulary and more than the context holds', async () => {
    const model = await smallDecoder('opt');
    expect(() => windowLogits(model, [model.vocabulary])).toThrow(RangeError);
    expect(() => windowLogits(model, [-1])).toThrow(RangeError);
    expect(() => windowRun(model).run(new Int32Array(model.context + 1), () => undefined)).toThrow(RangeError);
    const run = sequenceRun(model);
    run.extend(new Int32Array(model.context), () => undefined);
    expect(() => run.extend([1], () => undefined)).toThrow(RangeError);
  });
});
