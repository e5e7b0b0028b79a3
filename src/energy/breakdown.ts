/**
 * Energy of a layer: activity times a table of energies.
 *   pe = PE steps * energy per step           sram = reads * read energy + writes * write energy * write bits / bus bits charged
 *   dram = bytes * 8 * energy per bit         static = leakage power * latency
 * A part without a number is null, never 0. The total is the sum of the other parts where every missing one is excluded, left out on purpose;
 * it is null as soon as one is unknown, for a sum that lacks a part is no energy to compare.
 */
import type { LayerActivity } from '../trace/layer-activity.js';
import { energyParts, type Energy, type EnergyPart } from '../trace/simulation-result.js';
import { dramEnergy_pJ } from './dram.js';
import type { SramCost } from './sram.js';

/** Why the table has no number: left out on purpose, or given by no source. */
export type Missing = 'excluded' | 'unknown';

export interface EnergyTable {
  /** One PE for one cycle, layout overhead included. */
  readonly pe_pJPerStep: number | Missing;
  readonly dram_pJPerBit: number | Missing;
  /** Cost of a buffer at a bus width; null: unknown. */
  sramCost(buffer: string, bus_bits: number): SramCost | null;
  /** Dequantization: no source gives it a number yet. */
  readonly dequant: Missing;
  /** Standing power. */
  readonly leakage_mW: number | Missing;
  readonly clock_MHz: number;
}

type EnergyPartValues = Omit<Energy, 'total'>;

/** Energy of an activity. Linear in it: n times the activity costs n times the energy. */
export function energyOf(activity: LayerActivity, table: EnergyTable): Energy {
  const dram_bytes = activity.dramRead_bytes + activity.dramWrite_bytes;
  const parts: Readonly<Record<EnergyPart, number | Missing>> = {
    pe: charged(table.pe_pJPerStep, (energy_pJ) => activity.peSteps * energy_pJ),
    sram: sramEnergy_pJ(activity, table),
    dram: charged(table.dram_pJPerBit, (energy_pJ) => dramEnergy_pJ(dram_bytes, energy_pJ)),
    dequant: table.dequant,
    static: charged(table.leakage_mW, (leakage_mW) => leakageEnergy_pJ(leakage_mW, activity.cycles.total, table.clock_MHz)),
  };
  const value = (part: EnergyPart): number | null => (typeof parts[part] === 'number' ? parts[part] : null);
  const values = { pe: value('pe'), sram: value('sram'), dram: value('dram'), dequant: value('dequant'), static: value('static') };
  return { total: energyParts.some((part) => parts[part] === 'unknown') ? null : sumOfKnown(values), ...values };
}

function charged(number: number | Missing, energy: (number: number) => number): number | Missing {
  return typeof number === 'number' ? energy(number) : number;
}

/** Sum of the parts that have a value, in the order they are listed; null when none has. */
function sumOfKnown(parts: EnergyPartValues): number | null {
  const known = energyParts.map((part) => parts[part]).filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

/** Sum of energies part by part; a part, or the total, that one of them lacks is null in the sum. */
export function sumEnergies(energies: readonly Energy[]): Energy {
  const sum = (part: EnergyPart): number | null =>
    energies.reduce<number | null>((total, energy) => {
      const value = energy[part];
      return total === null || value === null ? null : total + value;
    }, 0);
  const parts = { pe: sum('pe'), sram: sum('sram'), dram: sum('dram'), dequant: sum('dequant'), static: sum('static') };
  return { total: energies.some(({ total }) => total === null) ? null : sumOfKnown(parts), ...parts };
}

/** Standing power over a time: mW * cycles / MHz is nJ. */
function leakageEnergy_pJ(leakage_mW: number, cycles: number, clock_MHz: number): number {
  return ((leakage_mW * cycles) / clock_MHz) * 1000;
}

function sramEnergy_pJ(activity: LayerActivity, table: EnergyTable): number | 'unknown' {
  let total = 0;
  for (const [buffer, access] of Object.entries(activity.sram)) {
    if (access.read_accesses + access.write_accesses === 0) continue;
    const cost = table.sramCost(buffer, access.access_bits);
    if (cost === null) return 'unknown';
    total += access.read_accesses * cost.read_pJ + (access.write_accesses * cost.write_pJ * access.write_bits) / cost.bus_bits;
  }
  return total;
}
