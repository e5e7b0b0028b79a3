/**
 * An accelerator in one phase: the array in force, its PE model, and the table of what its actions cost.
 * SRAM costs come from the CACTI table at the bus width a layer needs; where the table has no answer the cost is unknown and the reason kept.
 */
import { LowbitError } from '../lowbit-error.js';
import type { EnergyTable, Missing } from '../energy/breakdown.js';
import { sramBuffer, type SramCost, type SramTable } from '../energy/sram.js';
import { peNamed } from '../pe/index.js';
import type { ProcessingElement } from '../pe/processing-element.js';
import type { AcceleratorConfig } from './accelerator-config.js';
import type { TimedHardware, TimingModel } from './timing/timing-model.js';

/** Phases that have an array of their own. */
export type ArrayPhase = 'prefill' | 'decode';

/** SRAM costs of an accelerator by buffer and bus width, looked up once each. */
export interface SramCosts {
  /** Cost of a buffer, named as in `buffers`, at a bus width; null outside the CACTI table, with the reason added to `unknown`. */
  at(buffer: string, bus_bits: number): SramCost | null;
  /** Every known cost asked for so far. */
  readonly used: readonly { readonly buffer: string; readonly bus_bits: number; readonly cost: SramCost }[];
  /** Why a cost is unknown, in the order it was asked for. */
  readonly unknown: readonly string[];
}

/** Looks costs up in the CACTI table as they are needed. */
export function sramCosts(hardware: AcceleratorConfig, table: SramTable): SramCosts {
  const byWidth = new Map<string, SramCost | null>();
  const buffers: Readonly<Record<string, AcceleratorConfig['buffers']['weight']>> = hardware.buffers;
  const used: { buffer: string; bus_bits: number; cost: SramCost }[] = [];
  const unknown: string[] = [];
  const lookUp = (buffer: string, bus_bits: number): SramCost | null => {
    const built = buffers[buffer];
    if (built === undefined) throw new Error(`${hardware.name} has no ${buffer} buffer`);
    const { size_KiB, banks, ports } = built;
    try {
      const cost = sramBuffer(table, { technology_nm: hardware.technology_nm, ports, size_bytes: size_KiB * 1024, banks, bus_bits });
      used.push({ buffer, bus_bits, cost });
      return cost;
    } catch (error) {
      if (!(error instanceof LowbitError)) throw error;
      unknown.push(`${buffer} buffer at a bus of ${bus_bits} bits: ${error.message}`);
      return null;
    }
  };
  const at = (buffer: string, bus_bits: number): SramCost | null => {
    const key = `${buffer} ${bus_bits}`;
    let cost = byWidth.get(key);
    if (cost === undefined) byWidth.set(key, (cost = lookUp(buffer, bus_bits)));
    return cost;
  };
  return { at, used, unknown };
}

/** The array of a phase: `arrayByPhase` where it names the phase, else `array`. */
export function arrayOf(hardware: AcceleratorConfig, phase?: ArrayPhase): AcceleratorConfig['array'] {
  return (phase === undefined ? undefined : hardware.arrayByPhase?.[phase]) ?? hardware.array;
}

/** What the timing model is given. Throws LowbitError for an unknown PE model. */
export function timedHardware(hardware: AcceleratorConfig, phase?: ArrayPhase): TimedHardware & { pe: ProcessingElement } {
  return {
    ...arrayOf(hardware, phase),
    dotSize: hardware.pe.dotSize,
    pe: peNamed(hardware.pe.model, `${hardware.name}: pe.model`),
    weightBuffer_bytes: hardware.buffers.weight.size_KiB * 1024,
    activationBuffer_bytes: hardware.buffers.activation.size_KiB * 1024,
    dram_bitsPerCycle: hardware.dram.bandwidth_bitsPerCycle,
  };
}

/** What `energyTable` needs besides the accelerator. */
interface EnergySources {
  readonly sram: SramCosts;
  /** Parts the timing model leaves out. */
  readonly timing: Pick<TimingModel, 'excludedEnergy'>;
  /** Leakage of the buffers, charged only when the accelerator asks for it; null: unknown. */
  readonly leakage_mW: number | null;
}

/** What the actions cost. */
export function energyTable(hardware: AcceleratorConfig, { sram, timing, leakage_mW }: EnergySources): EnergyTable {
  const { pe, dram, clock_MHz } = hardware;
  const dequant: Missing = timing.excludedEnergy.length === 0 ? 'unknown' : 'excluded';
  return {
    pe_pJPerStep: pe.energy_pJ === null ? 'unknown' : pe.energy_pJ * pe.layoutFactor,
    dram_pJPerBit: dram.energy_pJPerBit ?? 'unknown',
    sramCost: (buffer, bus_bits) => sram.at(buffer, bus_bits),
    dequant,
    leakage_mW: hardware.staticEnergy === 'excluded' ? 'excluded' : (leakage_mW ?? 'unknown'),
    clock_MHz,
  };
}
