/**
 * The workload of BitMoD's figures 7 and 8 as its published numbers imply it: explicit GEMMs, not the workload generator.
 * Source: BitMoD, HPCA 2025, section V, and the plot data of figures 7 and 8.
 * Its attention is a slip that the simulator does not share (docs/reproduce-bitmod.md): QK reduces over the whole hidden size, QK and PV
 * have rows and columns exchanged, and the operands are 16 bits wide but take the terms, the bus and the granules of the linear layers.
 * Two corrections of it are listed beside it, to say what the slip is worth.
 */
import type { RooflineCharge } from '../accelerator/timing/layer-roofline/charge.js';
import type { RooflineHardware } from '../accelerator/timing/layer-roofline/hardware.js';
import { LowbitError } from '../lowbit-error.js';
import { decoderTraits } from '../trace/model/decoder-traits.js';
import { isDecoder, type ModelConfig } from '../trace/model/model-config.js';

export type BitmodTask = 'discriminative' | 'generative';

/** Shape of a network of the figures. */
export interface Network {
  readonly blocks: number;
  readonly hidden: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly kvHeads: number;
  /** Linear layers of hidden x feedForward: 2 (up, down) or 3 (gate, up, down). */
  readonly feedForwardLayers: number;
  readonly vocabulary: number;
}

/** Shape of a model of models/. Throws LowbitError for one that is no decoder. */
export function networkOf(model: ModelConfig): Network {
  if (!isDecoder(model)) throw new LowbitError('the figures of BitMoD are of decoders', { value: model.name });
  const { layers: blocks, hidden, feedForward, heads, vocabulary } = model;
  const { kvHeads, gatedFeedForward } = decoderTraits(model);
  return { blocks, hidden, feedForward, heads, kvHeads, vocabulary, feedForwardLayers: gatedFeedForward ? 3 : 2 };
}

const CONTEXT = 256;
const OPERAND_BITS = 16;

/** One network, task and precision on the array that runs it. */
export interface GemmSetting {
  readonly net: Network;
  readonly task: BitmodTask;
  readonly weight_bits: number;
  readonly kv_bits: number;
  readonly timed: RooflineHardware;
}

/** What the attention of one block is charged as. */
export type AttentionConvention = (net: Network, tokens: number, setting: GemmSetting) => readonly RooflineCharge[];

/** QK and PV as the figures charge them. */
export const attentionAsPublished: AttentionConvention = (net, tokens, setting) => {
  const { hidden, heads } = net;
  const operand = { ...operandBits(setting), inputWidth: kvWidthOf(net), weight_bits: OPERAND_BITS };
  return [
    { ...operand, m: heads * tokens, n: tokens, k: hidden },
    { ...operand, m: tokens, n: heads * tokens, k: CONTEXT },
  ];
};

/** One product per KV head with the shapes of attention; precision as published. */
export const attentionOfRightShape: AttentionConvention = (net, tokens, setting) => {
  const headDim = net.hidden / net.heads;
  const operand = { ...operandBits(setting), weight_bits: OPERAND_BITS, gemms: net.kvHeads, weightCopies: net.kvHeads };
  const m = (tokens * net.heads) / net.kvHeads;
  return [
    { ...operand, m, n: CONTEXT, k: headDim, inputWidth: headDim },
    { ...operand, m, n: headDim, k: CONTEXT, inputWidth: CONTEXT },
  ];
};

/** The shapes of attention, and the KV precision in bytes, terms, bus and granules. */
export const attentionCorrected: AttentionConvention = (net, tokens, setting) => {
  const { kv_bits, timed } = setting;
  const precision = { weight_bits: kv_bits, weightGranule_bits: kv_bits, weightBus_bits: kv_bits, terms: timed.pe.terms(kv_bits) };
  return attentionOfRightShape(net, tokens, setting).map((charge) => ({ ...charge, ...precision }));
};

/** The GEMMs of a network, each with the number of identical ones. */
export function bitmodGemms(setting: GemmSetting, attention: AttentionConvention): { charge: RooflineCharge; count: number }[] {
  const { net } = setting;
  const { blocks, hidden, feedForward } = net;
  const tokens = setting.task === 'discriminative' ? CONTEXT : 1;
  const linear = (n: number, k: number): RooflineCharge => ({ ...operandBits(setting), m: tokens, n, k, inputWidth: k });
  return [
    { charge: linear(hidden, hidden), count: 2 * blocks },
    { charge: linear(kvWidthOf(net), hidden), count: 2 * blocks },
    { charge: linear(feedForward, hidden), count: (net.feedForwardLayers - 1) * blocks },
    { charge: linear(hidden, feedForward), count: blocks },
    ...attention(net, tokens, setting).map((charge) => ({ charge, count: blocks })),
    { charge: linear(net.vocabulary, hidden), count: 1 },
  ];
}

function operandBits({ weight_bits, timed }: GemmSetting): Omit<RooflineCharge, 'm' | 'n' | 'k' | 'inputWidth'> {
  return {
    gemms: 1,
    weightCopies: 1,
    terms: timed.pe.terms(weight_bits),
    weight_bits,
    weightGranule_bits: weight_bits,
    weightBus_bits: weight_bits,
    input_bits: OPERAND_BITS,
    output_bits: OPERAND_BITS,
  };
}

function kvWidthOf({ hidden, heads, kvHeads }: Network): number {
  return (hidden / heads) * kvHeads;
}
