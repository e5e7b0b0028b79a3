/** Is a whole model quantized product by product, on inputs from the layers before as they are after quantization? */
import { describe, expect, it } from 'vitest';
import { quantizeModel } from '../../src/accuracy/quantize-model.js';
import { groupsOfLayer, type DecoderModel } from '../../src/decoder/decoder-model.js';
import { windowLogits } from '../../src/decoder/decoder-run.js';
import type { Rewrite } from '../../src/decoder/rewrites/rewrite.js';
import { errorMetrics } from '../../src/numeric/error-metrics.js';
import { bitsPerWeight } from '../../src/quantizers/quantizer.js';
import { forms, randomTokens, smallDecoder } from '../decoder/small-decoders.js';

const productsOf = ({ layers }: DecoderModel): { readonly name: string; readonly data: Float32Array }[] =>
  layers.flatMap(groupsOfLayer).flatMap(({ products }) => products.map(({ name, weight }) => ({ name, data: weight.data })));

const rtn = { quantizer: 'rtn', options: { bits: 4, group: 16 } };

describe('quantizing a model', () => {
  it.each(forms)('in the form of %s replaces every product, and nothing else', async (form) => {
    const model = await smallDecoder(form);
    const { model: quantized, products } = quantizeModel(model, { weight: rtn });
    expect(products.map(({ name }) => name)).toEqual(productsOf(model).map(({ name }) => name));
    expect([quantized.embedding, quantized.head, quantized.finalNorm]).toEqual([model.embedding, model.head, model.finalNorm]);
    for (const [i, { data }] of productsOf(model).entries()) {
      const report = products[i];
      const { mse, sqnr_dB } = errorMetrics(data, productsOf(quantized)[i]?.data ?? data);
      expect([report?.mse, report?.sqnr_dB]).toEqual([mse, sqnr_dB]);
      expect(report?.bitsPerWeight).toBe(5);
      expect(report?.outputError).toBeNull();
    }
  });

  it('does not change the model it is given', async () => {
    const model = await smallDecoder('opt');
    const before = productsOf(model).map(({ data }) => data.slice());
    quantizeModel(model, { weight: rtn, calibration: randomTokens(240, model.vocabulary, 1) });
    expect(productsOf(model).map(({ data }) => data)).toEqual(before);
  });

  it('measures the output error on inputs of the layers before as they are quantized', async () => {
    const model = await smallDecoder('qwen2');
    const calibration = randomTokens(240, model.vocabulary, 2);
    const { model: quantized, products } = quantizeModel(model, { weight: rtn, calibration });
    // Nine or ten windows are more than eight: those at floor(i 10 / 8).
    const windows = Array.from({ length: 8 }, (_, i) => Math.floor((i * 10) / 8));
    const half: DecoderModel = { ...quantized, layers: [quantized.layers[0]!, model.layers[1]!] };
    let noise = 0;
    let signal = 0;
    for (const w of windows) {
      windowLogits(half, calibration.subarray(24 * w, 24 * w + 24), {
        observer: {
          groupInput: (group, x) => {
            if (group.name !== '1.feed-forward-out') return;
            const exact = group.products[0]!.weight;
            const coded = quantized.layers[1]!.feedForward.experts[0]!.output.products[0]!.weight;
            for (let t = 0; t < x.rows; t++) {
              for (let n = 0; n < exact.rows; n++) {
                let [y, error] = [0, 0];
                for (let k = 0; k < x.cols; k++) {
                  const value = x.data[t * x.cols + k]!;
                  y += value * exact.data[n * x.cols + k]!;
                  error += value * (coded.data[n * x.cols + k]! - exact.data[n * x.cols + k]!);
                }
                signal += y * y;
                noise += error * error;
              }
            }
          },
        },
      });
    }
    expect(products.at(-1)?.name).toBe('model.layers.1.mlp.down_proj');
    expect(products.at(-1)?.outputError).toBeCloseTo(Math.sqrt(noise / signal), 5);
  });

  it('gives a method that asks for it the Hessian, layer by layer: GPTQ leaves a smaller output error than round to nearest', async () => {
    const model = await smallDecoder('opt');
    const calibration = randomTokens(24 * 40, model.vocabulary, 3);
    const options = { bits: 3, group: 16 };
    const [gptq, nearest] = ['gptq', 'rtn'].map(
      (quantizer) => quantizeModel(model, { weight: { quantizer, options }, calibration }).products,
    );
    const mean = (products: typeof gptq): number =>
      (products ?? []).reduce((sum, { outputError }) => sum + (outputError ?? NaN), 0) / (products ?? []).length;
    expect(mean(gptq)).toBeLessThan(0.9 * mean(nearest));
    expect(gptq?.map(({ hessian }) => hessian)).toEqual(gptq?.map(() => ({ tokens: 24 * 40 })));
    expect(nearest?.some((product) => 'hessian' in product)).toBe(false);
    expect(() => quantizeModel(model, { weight: { quantizer: 'gptq', options } })).toThrow(
      'quantizer gptq needs to see activations; give a calibration text',
    );
  });

  it('applies rewrites in order before anything is quantized, and hands them the calibration and the weight quantizer', async () => {
    const model = await smallDecoder('opt');
    const calls: string[] = [];
    const noting = (name: string, asks: boolean): Rewrite =>
      ({
        name,
        apply(current: DecoderModel, context: Parameters<Rewrite['apply']>[1]) {
          const read = context.quantizeWeight({ rows: 1, cols: 3, data: Float32Array.of(7, 0.4, -7) }, productsOf(current)[0]!.name);
          calls.push(`${name} after ${current.name}: ${[...read].join(' ')}`);
          if (asks) calls.push(`saw ${context.observe(current, ['channels']).groups.get('0.attention-in')?.tokens} tokens`);
          return { ...current, name };
        },
      }) as unknown as Rewrite;
    const rewrites = [
      { rewrite: noting('first', false), options: {} },
      { rewrite: noting('second', true), options: {} },
    ];
    const { rewritten } = quantizeModel(model, { rewrites, weight: rtn, calibration: randomTokens(240, model.vocabulary, 4) });
    expect(calls).toEqual([`first after ${model.name}: 7 0 -7`, 'second after first: 7 0 -7', 'saw 240 tokens']);
    expect(rewritten.name).toBe('second');
    expect(() => quantizeModel(model, { rewrites, weight: rtn })).toThrow(
      'rewrite second needs to see activations; give a calibration text',
    );
  });

  describe('hands rewrites the weight quantizer', () => {
    const row = { rows: 1, cols: 3, data: Float32Array.of(6, 2.5, -6) };
    const reading = (product: string, values: (read: Float32Array) => void): { rewrite: Rewrite; options: object } => ({
      rewrite: {
        name: 'search',
        apply(current: DecoderModel, context: Parameters<Rewrite['apply']>[1]) {
          values(context.quantizeWeight(row, product));
          return current;
        },
      } as unknown as Rewrite,
      options: {},
    });
    const bits = (width: number) => ({ quantizer: 'rtn', options: { bits: width, group: 16 } });

    it('that product has by its own entry, and floats where it has none', async () => {
      const model = await smallDecoder('qwen2');
      const seen: string[] = [];
      const at = (part: string) => `model.layers.1.mlp.${part}`;
      quantizeModel(model, {
        rewrites: ['up_proj', 'gate_proj', 'down_proj'].map((part) => reading(at(part), (read) => seen.push([...read].join(' ')))),
        weight: bits(8),
        weightAt: (name) => (name.endsWith('down_proj') ? undefined : bits(name.endsWith('up_proj') ? 2 : 3)),
      });
      expect(seen).toEqual(['6 0 -6', '6 2 -6', '6 2.5 -6']);
    });

    it('and refuses a search where no weight is quantized', async () => {
      const model = await smallDecoder('qwen2');
      const rewrites = [reading(productsOf(model)[0]!.name, () => undefined)];
      expect(() => quantizeModel(model, { rewrites })).toThrow(
        'rewrite search searches by what quantized weights lose, and the scheme leaves all weights in float',
      );
      expect(() => quantizeModel(model, { rewrites, weightAt: () => undefined })).toThrow('leaves all weights in float');
    });
  });

  it('names the product a quantizer refuses', async () => {
    const model = await smallDecoder('mixtral');
    expect(() => quantizeModel(model, { weight: { quantizer: 'mx', options: {} } })).toThrow(/model\.layers\.0\.self_attn\.o_proj/);
  });

  it('sums the bits of a product over all parts', async () => {
    const model = await smallDecoder('gpt2');
    const { products } = quantizeModel(model, { weight: { quantizer: 'rtn', options: { bits: 4, granularity: 'channel' } } });
    for (const { bits, bitsPerWeight: total, cols } of products) {
      expect(total).toBe(bitsPerWeight(bits));
      expect(total).toBeCloseTo(4 + 16 / cols, 12);
    }
  });
});
