/** Is perplexity counted by the rules: whole windows, first token not scored, natural logarithm? */
import { describe, expect, it } from 'vitest';
import { bitsPerByte, nextTokenAgreement, perplexity } from '../../src/accuracy/perplexity.js';
import { windowLogits } from '../../src/decoder/decoder-run.js';
import { randomTokens, smallDecoder } from '../decoder/small-decoders.js';

/** Mean of -ln softmax(logits)[next] over a window, by the definition. */
function lossByDefinition(logits: Float32Array, tokens: Int32Array, vocabulary: number): number {
  let sum = 0;
  for (let t = 0; t + 1 < tokens.length; t++) {
    const row = [...logits.subarray(t * vocabulary, (t + 1) * vocabulary)];
    const total = row.reduce((all, logit) => all + Math.exp(logit), 0);
    sum -= Math.log(Math.exp(row[tokens[t + 1] ?? 0] ?? NaN) / total);
  }
  return sum / (tokens.length - 1);
}

describe('perplexity', () => {
  it('is e to the mean loss of whole windows, by the definition to 1e-12', async () => {
    const model = await smallDecoder('qwen2');
    const tokens = randomTokens(3 * 24 + 23, model.vocabulary, 1);
    const result = perplexity(model, tokens);
    expect(result.windowLosses_nats).toHaveLength(3);
    expect(result.scoredTokens).toBe(3 * 23);
    for (const [w, loss] of result.windowLosses_nats.entries()) {
      const window = tokens.subarray(24 * w, 24 * w + 24);
      expect(loss).toBeCloseTo(lossByDefinition(windowLogits(model, window).data, window, model.vocabulary), 12);
    }
    expect(result.perplexity).toBeCloseTo(Math.exp(result.loss_nats), 10);
    expect(result.loss_nats).toBeCloseTo(result.windowLosses_nats.reduce((sum, loss) => sum + loss, 0) / 3, 14);
  });

  it('takes windows of another length and only the first of them when asked', async () => {
    const model = await smallDecoder('gpt2');
    const tokens = randomTokens(100, model.vocabulary, 2);
    const short = perplexity(model, tokens, { window: 10, maxWindows: 4 });
    expect([short.window, short.windowLosses_nats.length, short.scoredTokens]).toEqual([10, 4, 36]);
  });

  it('is the same for a part of the text as for the windows of that part', async () => {
    const model = await smallDecoder('opt');
    const tokens = randomTokens(96, model.vocabulary, 3);
    expect([...perplexity(model, tokens.subarray(0, 48)).windowLosses_nats]).toEqual(
      [...perplexity(model, tokens).windowLosses_nats].slice(0, 2),
    );
  });

  it('refuses texts shorter than a window and windows beyond the context', async () => {
    const model = await smallDecoder('opt');
    const tokens = randomTokens(24, model.vocabulary, 4);
    expect(() => perplexity(model, tokens.subarray(0, 23))).toThrow('the text is shorter than one window: 23 tokens');
    expect(perplexity(model, tokens).windowLosses_nats).toHaveLength(1);
    expect(() => perplexity(model, tokens, { window: 25 })).toThrow('a window must have between 2 tokens and the context of the model: 25');
    expect(() => perplexity(model, tokens, { window: 1 })).toThrow('between 2 tokens');
  });

  it('agrees with itself everywhere, and with another model at the share of equal predictions', async () => {
    const model = await smallDecoder('opt');
    const tokens = randomTokens(48, model.vocabulary, 5);
    const a = perplexity(model, tokens);
    expect(nextTokenAgreement(a, a)).toBe(1);
    const b = { ...a, predictions: a.predictions.map((token, i) => (i < 23 ? token : token + 1)) };
    expect(nextTokenAgreement(a, b)).toBe(0.5);
    expect(() => nextTokenAgreement(a, perplexity(model, tokens, { maxWindows: 1 }))).toThrow(RangeError);
  });

  it('in bits per byte is the loss over ln 2 when a token is a byte', async () => {
    const model = await smallDecoder('opt');
    const result = perplexity(model, randomTokens(24, model.vocabulary, 6));
    expect(bitsPerByte(result, result.scoredTokens)).toBeCloseTo(result.loss_nats / Math.LN2, 14);
    expect(bitsPerByte(result, 2 * result.scoredTokens)).toBeCloseTo(result.loss_nats / Math.LN2 / 2, 14);
  });
});
