/**
 * Cycles and energy of a network on a contender of MixPE's comparison: as its released simulator charges dequantization, and by the law of it.
 *   as published   a product of K x N/8 (weights first) or K/8 x N/128 (after a group) on the same array at its high precision
 *   law            first: K N multiplications per load of the weights; after a group of g: M N K / g. Each takes a MAC slot of the array at its high precision
 * The law is charged in cycles; a multiplication by a scale takes no DRAM traffic of its own.
 */
import type { AcceleratorConfig } from '../accelerator/accelerator-config.js';
import { loopOrderMachine } from '../accelerator/timing/loop-order-search/options.js';
import { loopOrderSearch } from '../accelerator/timing/loop-order-search/loop-order-search.js';
import { lanesPerSide } from '../accelerator/timing/loop-order-search/machine.js';
import { antAsPublished, layerListCosts, type AntCost } from './ant-cost.js';
import { mixpeLayers, pseudoProduct, type MixpeContender, type MixpeNetwork, type MixpeWorkload } from './mixpe-workload.js';

export interface MixpeCost {
  readonly asPublished: AntCost;
  /** Cycles with dequantization by the law. */
  readonly lawCycles: number;
  /** Multiplications by a scale, by the law. */
  readonly dequantizations: number;
  /** Their share of the MACs of the layers that are dequantized. */
  readonly lawShare: number;
  /** MACs charged for dequantization as published, over those MACs. */
  readonly publishedShare: number;
}

/** Cost of a network on a contender; `memory` is the accelerator whose buffers and DRAM all contenders share. */
export function mixpeCost(memory: AcceleratorConfig, workload: MixpeWorkload, network: MixpeNetwork, contender: MixpeContender): MixpeCost {
  const config = contenderConfig(memory, contender);
  const machine = loopOrderMachine(config, config.array, { energy_pJ: () => null });
  const search = loopOrderSearch(machine);
  const layers = mixpeLayers(workload, network, contender);
  const pseudo = layers
    .filter(({ dequantized }) => dequantized)
    .map((layer) => ({ loops: pseudoProduct(workload, layer, contender), count: layer.count }));
  const costOf = layerListCosts({ contender: config }, antAsPublished);
  const { rows, columns } = contender.array;
  const slotsPerCycle = rows * columns * lanesPerSide(machine, contender.highest_bits) ** 2;
  let [dequantizations, macs, pseudoMacs] = [0, 0, 0];
  for (const { loops, count, dequantized } of layers) {
    if (!dequantized) continue;
    const { b, ic, oc } = loops;
    macs += count * b * ic * oc;
    const loads = search(loops).weightPasses;
    dequantizations += count * (contender.dequantization === 'first' ? ic * oc * loads : (b * oc * ic) / workload.group);
  }
  for (const { loops, count } of pseudo) pseudoMacs += count * loops.b * loops.ic * loops.oc;
  return {
    asPublished: costOf('contender', [...layers, ...pseudo]),
    lawCycles: costOf('contender', layers).cycles + Math.ceil(dequantizations / slotsPerCycle),
    dequantizations,
    lawShare: dequantizations / macs,
    publishedShare: pseudoMacs / macs,
  };
}

function contenderConfig(memory: AcceleratorConfig, contender: MixpeContender): AcceleratorConfig {
  const { array, highest_bits, lowest_bits, energy_pJ, leakage_pJPerCycle } = contender;
  return {
    ...memory,
    array,
    timingOptions: { ...memory.timingOptions, highest_bits, lowest_bits },
    pe: { ...memory.pe, energy_pJ, leakage_pJPerCycle },
  };
}
