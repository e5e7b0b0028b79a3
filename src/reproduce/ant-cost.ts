/**
 * Cycles, traffic and energy of one network on one machine of ANT's comparison, as its released simulator sums them.
 *   static  standing energy of the DRAM * cycles           dram    bits read and written
 *   buffer  bits read from and written into the buffers     core    leakage of the array * cycles + dynamic energy of its PEs
 * The leakage of the buffers is searched with but left out, as published; a correction charges it.
 */
import type { AcceleratorConfig } from '../accelerator/accelerator-config.js';
import { peSteps } from '../accelerator/timing/loop-order-search/layer.js';
import type { LoopOrderLayer, LoopOrderMachine, LoopOrderMapping } from '../accelerator/timing/loop-order-search/machine.js';
import { loopOrderMachine, loopOrderOptionsSchema } from '../accelerator/timing/loop-order-search/options.js';
import { loopOrderSearch } from '../accelerator/timing/loop-order-search/loop-order-search.js';
import { LowbitError, unknownName } from '../lowbit-error.js';
import { antLayers, type AntLayer, type AntWorkload, type WorkloadAdditions } from './ant-workload.js';

/** Bits by buffer and direction, named as ANT's simulator names them. */
export const antBits = ['ibuf_rd', 'ibuf_wr', 'wbuf_rd', 'wbuf_wr', 'obuf_rd', 'obuf_wr', 'dram_rd', 'dram_wr'] as const;
export const antEnergies = ['static', 'dram', 'buffer', 'core'] as const;

export interface AntCost {
  readonly cycles: number;
  readonly mem_stall_cycles: number;
  readonly bits: Readonly<Record<(typeof antBits)[number], number>>;
  readonly energy_nJ: Readonly<Record<(typeof antEnergies)[number] | 'total', number>>;
}

/** Options of loop-order-search, and whether the buffers leak. */
interface ChargeRules {
  readonly timingOptions: Readonly<Record<string, unknown>>;
  readonly bufferLeakage: boolean;
}

/** One set of rules, and what the layer lists get in addition. */
export interface AntConvention extends WorkloadAdditions, ChargeRules {}

export const antAsPublished: AntConvention = { timingOptions: {}, bufferLeakage: false, patches: false, attention: false };

/** Cost of a network on a machine, by the names of the published table. */
export type AntCostOf = (network: string, machine: string) => AntCost;

/** Costs under a convention, each computed once. */
export function antCosts(
  hardware: Readonly<Record<string, AcceleratorConfig>>,
  workload: AntWorkload,
  convention: AntConvention,
): AntCostOf {
  const costOf = layerListCosts(hardware, convention);
  const costs = new Map<string, AntCost>();
  return (network, name) => {
    const key = `${network} ${name}`;
    let cost = costs.get(key);
    if (cost === undefined) costs.set(key, (cost = costOf(name.toLowerCase(), antLayers(workload, network, name, convention))));
    return cost;
  };
}

/** Cost of a list of layers on an accelerator; accelerators with the same array and rules search each layer once between them. */
export function layerListCosts(
  hardware: Readonly<Record<string, AcceleratorConfig>>,
  convention: ChargeRules,
): (accelerator: string, layers: readonly AntLayer[]) => AntCost {
  const searches = new Map<string, Search>();
  return (accelerator, layers) => {
    const config = hardware[accelerator];
    if (config === undefined) throw unknownName('machine of ANT', accelerator, Object.keys(hardware));
    const machine = machineUnder(config, convention);
    const array = JSON.stringify(machine);
    const search = searches.get(array) ?? loopOrderSearch(machine);
    searches.set(array, search);
    return charged(config, machine, summed(layers, machine, search), convention);
  };
}

type Search = (loops: LoopOrderLayer) => LoopOrderMapping;

function machineUnder(config: AcceleratorConfig, { timingOptions }: ChargeRules): LoopOrderMachine {
  const hardware = { ...config, timingOptions: { ...config.timingOptions, ...timingOptions } };
  return loopOrderMachine(hardware, config.array, { energy_pJ: () => null });
}

interface Sums {
  readonly cycles: number;
  readonly stall: number;
  readonly peSteps: number;
  readonly bits: AntCost['bits'];
}

function summed(layers: readonly AntLayer[], machine: LoopOrderMachine, search: Search): Sums {
  const bits = { ibuf_rd: 0, ibuf_wr: 0, wbuf_rd: 0, wbuf_wr: 0, obuf_rd: 0, obuf_wr: 0, dram_rd: 0, dram_wr: 0 };
  let [cycles, stall, steps] = [0, 0, 0];
  for (const { loops, count } of layers) {
    const mapping = search(loops);
    const waited = mapping.overflow_cycles + mapping.fill_cycles + mapping.drain_cycles;
    cycles += count * (mapping.compute_cycles + waited);
    stall += count * waited;
    steps += count * peSteps(machine, loops, mapping);
    bits.ibuf_rd += count * mapping.activationRead_bits;
    bits.ibuf_wr += count * mapping.activationWrite_bits;
    bits.wbuf_rd += count * mapping.weightRead_bits;
    bits.wbuf_wr += count * mapping.weightWrite_bits;
    bits.obuf_rd += count * mapping.outputRead_bits;
    bits.obuf_wr += count * mapping.outputWrite_bits;
    bits.dram_rd += count * mapping.dramRead_bits;
    bits.dram_wr += count * mapping.dramWrite_bits;
  }
  return { cycles, stall, peSteps: steps, bits };
}

/** A constant in nJ: its decimals shifted, not divided, so that one stated in nJ comes back as the same number. */
function nJ(pJ: number): number {
  return Number(`${pJ}e-3`);
}

function charged(config: AcceleratorConfig, machine: LoopOrderMachine, sums: Sums, { bufferLeakage }: ChargeRules): AntCost {
  const { cycles, stall, bits } = sums;
  const { pe, dram } = config;
  const { energies } = machine;
  const pes = machine.rows * machine.columns;
  const leakage_pJ = bufferLeakage ? (loopOrderOptionsSchema.parse(config.timingOptions).search?.bufferLeakage_pJPerCycle ?? 0) : 0;
  const stated = (value: number | null | undefined, key: string): number => {
    if (value === null || value === undefined) throw new LowbitError(`a machine of ANT needs ${key}`, { value: config.name });
    return value;
  };
  const parts = {
    static: nJ(stated(dram.static_pJPerCycle, 'dram.static_pJPerCycle') + leakage_pJ) * cycles,
    dram:
      bits.dram_rd * nJ(stated(dram.energy_pJPerBit, 'dram.energy_pJPerBit')) +
      bits.dram_wr * nJ(stated(dram.writeEnergy_pJPerBit, 'dram.writeEnergy_pJPerBit')),
    buffer:
      bits.wbuf_rd * nJ(energies.weightRead_pJPerBit) +
      bits.wbuf_wr * nJ(energies.weightWrite_pJPerBit) +
      bits.ibuf_rd * nJ(energies.activationRead_pJPerBit) +
      bits.ibuf_wr * nJ(energies.activationWrite_pJPerBit) +
      bits.obuf_rd * nJ(energies.outputRead_pJPerBit) +
      bits.obuf_wr * nJ(energies.outputWrite_pJPerBit),
    core:
      nJ(pes * stated(pe.leakage_pJPerCycle, 'pe.leakage_pJPerCycle')) * cycles +
      nJ(pes * stated(pe.energy_pJ, 'pe.energy_pJ')) * (sums.peSteps / pes),
  };
  const total = parts.static + parts.dram + parts.buffer + parts.core;
  return { cycles, mem_stall_cycles: stall, bits, energy_nJ: { ...parts, total } };
}
