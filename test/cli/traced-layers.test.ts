/** Do factors of low-rank methods become products of their own, stored once and counted once? */
import { describe, expect, it } from 'vitest';
import { quantizeRequest, quantizeWeight } from '../../src/cli/run/quantize-weights.js';
import { tracedLayers } from '../../src/cli/run/traced-layers.js';
import { openWeights } from '../../src/tensors/weight-source.js';
import { operandBits } from '../../src/trace/layer-trace.js';

const NAME = 'model.layers.0.self_attn.k_proj.weight';

async function layersUnder(quantizer: string, options: readonly string[]) {
  const source = await openWeights('models/tiny');
  const info = source.tensors.find(({ name }) => name === NAME);
  if (info === undefined) throw new Error('no such tensor');
  const { operand, lowRank, row } = await quantizeWeight(source, quantizeRequest({ quantizer, option: options, quiet: true }), info);
  await source.close();
  const weight = { info, operand, ...(lowRank === undefined ? {} : { lowRank }) };
  return { layers: tracedLayers({ tokens: 8 }, source, [weight]).layers, row };
}

describe('the layers of a quantized tensor', () => {
  it('hold both products of a low-rank method, whose weights take the bits that the tensor states for them', async () => {
    const { layers, row } = await layersUnder('lqer', ['rank=16']);
    expect(layers.map(({ name, m, n, k }) => [name, m, n, k])).toEqual([
      [NAME, 8, 128, 256],
      [`${NAME}-low-rank-a`, 8, 16, 256],
      [`${NAME}-low-rank-b`, 8, 128, 16],
    ]);
    const [, ...factors] = layers;
    const factor_bits = factors.reduce((sum, { n, k, weight }) => sum + n * k * operandBits(weight), 0);
    expect(factor_bits / (row.rows * row.cols)).toBeCloseTo(row.bits.lowRank, 12);
    expect(operandBits(layers[0]?.weight as (typeof layers)[number]['weight'])).toBe(row.bits.payload + row.bits.group);
  });

  it('hold factors of no more rank than the matrix has', async () => {
    const { layers } = await layersUnder('lqer', ['rank=200']);
    expect(layers.map(({ n, k }) => [n, k])).toEqual([
      [128, 256],
      [128, 256],
      [128, 128],
    ]);
  });

  it('are one where nothing is stored beside it', async () => {
    expect((await layersUnder('rtn', ['bits=4'])).layers.map(({ name }) => name)).toEqual([NAME]);
  });
});
