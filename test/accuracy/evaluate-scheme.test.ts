import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluateScheme, type Evaluation } from '../../src/accuracy/evaluate-scheme.js';
import { formatChoice } from '../../src/accuracy/format-choice.js';
import { loadDecoder, type LoadedDecoder } from '../../src/accuracy/load-model.js';
import { schemeNumbers } from '../../src/accuracy/scheme-numbers.js';
import { readTextBytes, textTokens } from '../../src/accuracy/text-tokens.js';
import { loadScheme } from '../../src/config/catalogue.js';
import { catalogueNames } from '../../src/config/files.js';
import { quantizerNamed } from '../../src/quantizers/index.js';
import { parseOptions } from '../../src/quantizers/quantize-options.js';
import { bitsPerWeight } from '../../src/quantizers/quantizer.js';
import { resolveScheme, schemeSchema, type SchemeConfig } from '../../src/trace/scheme-config.js';
import { smallModel } from '../decoder/rewrites/small-models.js';
import { randomTokens } from '../decoder/small-decoders.js';

const folder = fileURLToPath(new URL('../../models/tiny', import.meta.url));
const activationMetadata = (scheme: SchemeConfig): number => resolveScheme(scheme, '').productAt('').activation.metadata_bitsPerElement;
const schemeOf = (fields: object) => schemeSchema.parse({ name: 's', weight: { format: 'fp16' }, ...fields });

describe('the shipped AWQ schemes', () => {
  it.each(['awq-w3', 'awq-w4'])('%s clips all projections but those of queries and keys, which take the same bits', (name) => {
    const { weight, weightAt } = schemeNumbers(loadScheme(name).config);
    const chosen = ['q', 'k', 'v', 'o', 'gate', 'up', 'down'].map((part) => weightAt?.(`model.layers.0.x.${part}_proj`)?.quantizer);
    expect(chosen).toEqual(['rtn', 'rtn', ...Array<string>(5).fill('awq-clip')]);
    const formatOf = (choice = weight!) => {
      const quantizer = quantizerNamed(choice.quantizer);
      return quantizer.formatName(parseOptions(quantizer, choice.options));
    };
    expect(formatOf(weightAt?.('model.layers.0.x.q_proj'))).toBe(formatOf());
  });
});

describe('a trained model under a scheme', () => {
  let loaded: LoadedDecoder;
  let evaluation: Int32Array;
  let calibration: Int32Array;
  beforeAll(async () => {
    loaded = await loadDecoder(folder);
    const tokens = async (file: string) => (await textTokens(folder, 256, await readTextBytes(`${folder}/${file}`))).tokens;
    [evaluation, calibration] = await Promise.all([tokens('evaluation.txt'), tokens('calibration.txt')]);
  }, 30_000);
  const evaluate = (fields: object): Evaluation =>
    evaluateScheme({ model: loaded.model, scheme: schemeOf(fields), evaluation, calibration: calibration.subarray(0, 2048), windows: 2 });

  it('is the model itself in 16 bits', () => {
    const { difference, nextTokenAgreement, bits, kvBits, activationBits, products } = evaluate({});
    expect(difference.mean).toBe(0);
    expect(nextTokenAgreement).toBe(1);
    expect([bits.payload, kvBits, activationBits, products.length]).toEqual([16, 16, 16, 0]);
  }, 30_000);

  it('says what every matrix stores and how far it is off, and its bits are those of all matrices together', () => {
    const { products, bits, bitsPerWeight: total, mse, sqnr_dB } = evaluate({ weight: { quantizer: 'bitmod', bits: 4, group: 128 } });
    expect(products.length).toBe(28);
    const weights = products.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
    expect(total).toBeCloseTo(
      products.reduce((sum, product) => sum + product.bitsPerWeight * product.rows * product.cols, 0) / weights,
      12,
    );
    expect(bitsPerWeight(bits)).toBe(total);
    expect(bits.group).toBeCloseTo(10 / 128, 12);
    expect(mse).toBeGreaterThan(0);
    expect(sqnr_dB).toBeGreaterThan(15);
    for (const { outputError } of products) expect(outputError).toBeLessThan(0.2);
  }, 30_000);

  it('loses more with fewer bits of activations and cache', () => {
    const losses = [8, 4, 2].map(
      (bits) =>
        evaluate({ activation: { quantizer: 'rtn', bits, granularity: 'channel' }, kv: { quantizer: 'per-token', bits } }).difference.mean,
    );
    expect(losses[0]).toBeLessThan(losses[1]!);
    expect(losses[1]).toBeLessThan(losses[2]!);
  }, 30_000);

  it('gives the same numbers twice', () => {
    const fields = { weight: { quantizer: 'rtn', bits: 3 }, kv: { format: 'int8' } };
    expect(evaluate(fields)).toEqual(evaluate(fields));
  }, 30_000);
});

describe('bits of activations of mixed blocks', () => {
  it('count a short last block by its channels', () => {
    const shape = { family: 'llama', seed: 1, hidden: 192, feedForward: 320, heads: 24, kvHeads: 24, headDim: 8, layers: 1 } as const;
    const model = smallModel(shape);
    const { activationBits } = evaluateScheme({
      model,
      scheme: schemeOf({
        prepare: [{ method: 'outlier-permutation', rule: 'atom' }],
        activation: { quantizer: 'fmpq' },
      }),
      evaluation: randomTokens(24, model.vocabulary, 2),
      calibration: randomTokens(144, model.vocabulary, 3),
    });
    // The last block of every input is INT8, and 64 channels wide: three of 192, one of 320.
    const channels = 3 * 192 + 320;
    const metadata = activationMetadata(schemeOf({ activation: { quantizer: 'fmpq' } }));
    expect(activationBits - metadata).toBeCloseTo((4 * channels + 4 * 4 * 64) / channels, 9);
  });
});

describe('what a scheme computes with', () => {
  it('is known for every shipped scheme that has a quantizer', () => {
    for (const name of catalogueNames('schemes')) {
      const { config } = loadScheme(name);
      if (config.weight.quantizer === undefined && config.kv.quantizer === undefined) continue;
      const { weight, activation } = schemeNumbers(config);
      for (const choice of [weight, activation]) {
        if (choice !== undefined) parseOptions(quantizerNamed(choice.quantizer), choice.options);
      }
    }
  });

  it.each([
    ['int8', 'rtn', { bits: 8, granularity: 'channel', symmetric: true }],
    ['int4-asym-g64', 'rtn', { bits: 4, granularity: 'group', group: 64, symmetric: false }],
    ['fp8-e5m2', 'float', { element: 'e5m2', granularity: 'channel' }],
    ['mxfp6-e3m2', 'mx', { element: 'e3m2' }],
    ['mxint8-g16', 'mxint', { bits: 8, group: 16 }],
    ['olive4', 'olive', { bits: 4, granularity: 'channel' }],
  ])('is the quantizer of the format %s', (format, quantizer, options) => {
    expect(formatChoice(format, 'activation')).toEqual({ quantizer, options });
    expect(parseOptions(quantizerNamed(quantizer), options)).toBeTruthy();
  });

  it('is refused for formats and parts that only state bits', () => {
    expect(formatChoice('fp16', 'kv')).toBeUndefined();
    expect(() => formatChoice('twohot8', 'weight')).toThrow(/no quantizer computes this format.*twohot8.*weight/s);
    expect(() => schemeNumbers(schemeOf({ weight: { format: 'int4', outliers: { share: 0.01, bits: 32 } } }))).toThrow(/weight\.outliers/);
    const stated = { outliers: { share: 0.1, bits: 4 } };
    expect(() => schemeNumbers(schemeOf({ activation: { quantizer: 'rtn', ...stated } }))).toThrow(
      /of its activations.*activation\.outliers/,
    );
    for (const quantizer of ['fmpq', 'atom'])
      expect(schemeNumbers(schemeOf({ activation: { quantizer, ...stated } })).activation).toEqual({ quantizer, options: {} });
  });
});
