/**
 * The workload of BitMoD's figures 7 and 8 as its published numbers imply it: explicit GEMMs, not the workload generator.
 * Source: BitMoD, HPCA 2025, section V, and the plot data of figures 7 and 8.
 * Two of its shapes are slips that the simulator does not share (docs/reproduce-bitmod.md):
 *   attention with grouped queries reduces over the whole hidden size, and its QK and PV have the roles of rows and columns exchanged;
 * and the attention operands are 16 bits wide everywhere, but take the terms, the bus and the granules of the linear layers.
 */
import type { RooflineCharge } from '../accelerator/timing/layer-roofline-counts.js';
import type { TimedHardware } from '../accelerator/timing/timing-model.js';

export type BitmodTask = 'discriminative' | 'generative';

interface Network {
  readonly blocks: number;
  readonly hidden: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly kvHeads: number;
  /** Linear layers of hidden x feedForward: 2 (up, down) or 3 (gate, up, down). */
  readonly feedForwardLayers: number;
  readonly vocabulary: number;
}

const network = (blocks: number, hidden: number, feedForward: number, rest: Partial<Network> & { vocabulary: number }): Network => ({
  blocks,
  hidden,
  feedForward,
  heads: 32,
  kvHeads: rest.heads ?? 32,
  feedForwardLayers: 3,
  ...rest,
});

export const bitmodNetworks: Readonly<Record<string, Network>> = Object.freeze({
  'opt-1.3b': network(24, 2048, 8192, { feedForwardLayers: 2, vocabulary: 50272 }),
  'phi-2': network(32, 2560, 10240, { feedForwardLayers: 2, vocabulary: 51200 }),
  'yi-6b': network(32, 4096, 11008, { kvHeads: 4, vocabulary: 64000 }),
  'llama-2-7b': network(32, 4096, 11008, { vocabulary: 32000 }),
  'llama-2-13b': network(40, 5120, 13824, { heads: 40, vocabulary: 32000 }),
  'llama-3-8b': network(32, 4096, 14336, { kvHeads: 8, vocabulary: 128256 }),
});

type BitsByTask = Readonly<Record<BitmodTask, readonly number[]>>;

const sixTimes = (bits: number): number[] => [bits, bits, bits, bits, bits, bits];

/** A column of the figures: its accelerator and the weight bits its numbers imply, in the order of the networks. */
export const bitmodSystems: Readonly<Record<string, { readonly hardware: string; readonly weight_bits: BitsByTask }>> = Object.freeze({
  fp16: { hardware: 'fp16', weight_bits: { discriminative: sixTimes(16), generative: sixTimes(16) } },
  ant: { hardware: 'ant', weight_bits: { discriminative: sixTimes(5.5), generative: [5, 5, 5.25, 5, 5, 4.5] } },
  olive: { hardware: 'olive', weight_bits: { discriminative: sixTimes(4.5), generative: [3.875, 4, 4.25, 3.75, 3.75, 3.5] } },
  'bitmod-ll': { hardware: 'bitmod', weight_bits: { discriminative: sixTimes(6.0625), generative: sixTimes(6.0625) } },
  'bitmod-ly': { hardware: 'bitmod', weight_bits: { discriminative: sixTimes(4.0625), generative: sixTimes(3.0625) } },
});

const CONTEXT = 256;
const OPERAND_BITS = 16;

/** Tokens a task processes at once: the prompt, or one. */
export function bitmodTokens(task: BitmodTask): number {
  return task === 'discriminative' ? CONTEXT : 1;
}

/** The GEMMs of a network as published, each with the number of identical ones. */
export function publishedGemms(name: string, task: BitmodTask, weight_bits: number, hardware: TimedHardware): { charge: RooflineCharge; count: number }[] {
  const net = bitmodNetworks[name];
  if (net === undefined) throw new Error(`no network ${name} in BitMoD's figures`);
  const { blocks, hidden, feedForward, heads, kvHeads } = net;
  const tokens = bitmodTokens(task);
  const kvWidth = (hidden / heads) * kvHeads;
  const shared = {
    gemms: 1,
    weightCopies: 1,
    terms: hardware.pe.terms(weight_bits),
    weightGranule_bits: weight_bits,
    weightBus_bits: weight_bits,
    input_bits: OPERAND_BITS,
    output_bits: OPERAND_BITS,
  };
  const linear = (n: number, k: number): RooflineCharge => ({ ...shared, m: tokens, n, k, inputWidth: k, weight_bits });
  const attention = (n: number, k: number, m: number): RooflineCharge => ({ ...shared, m, n, k, inputWidth: kvWidth, weight_bits: OPERAND_BITS });
  return [
    { charge: linear(hidden, hidden), count: 2 * blocks },
    { charge: linear(kvWidth, hidden), count: 2 * blocks },
    { charge: linear(feedForward, hidden), count: (net.feedForwardLayers - 1) * blocks },
    { charge: linear(hidden, feedForward), count: blocks },
    { charge: attention(tokens, hidden, heads * tokens), count: blocks },
    { charge: attention(heads * tokens, CONTEXT, tokens), count: blocks },
    { charge: linear(net.vocabulary, hidden), count: 1 },
  ];
}
