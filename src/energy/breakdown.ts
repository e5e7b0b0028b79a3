/**
 * Energy of a layer: activity times a table of energies.
 *   pe = PE steps * energy per step           sram = reads * read energy + writes * write energy * write bits / bus bits
 *   dram = bytes * 8 * energy per bit         static = leakage power * latency
 * A part without a number (excluded or unknown) is null, never 0; the total is the sum of the parts that have one.
 */
import type { LayerActivity } from '../trace/layer-activity.js';
import { energyParts, type Energy } from '../trace/simulation-result.js';
import { dramEnergy_pJ } from './dram.js';
import type { SramCost } from './sram.js';

export interface EnergyTable {
  /** One PE for one cycle, layout overhead included; null: unknown. */
  readonly pe_pJPerStep: number | null;
  /** null: unknown. */
  readonly dram_pJPerBit: number | null;
  /** Cost of a buffer at a bus width; null: unknown. */
  sramCost(buffer: string, bus_bits: number): SramCost | null;
  /** Standing power that is charged; null: excluded or unknown. */
  readonly leakage_mW: number | null;
  readonly clock_MHz: number;
}

type EnergyPartValues = Omit<Energy, 'total'>;

/** Energy of an activity. Linear in it: n times the activity costs n times the energy. */
export function energyOf(activity: LayerActivity, table: EnergyTable): Energy {
  const { pe_pJPerStep, dram_pJPerBit, leakage_mW } = table;
  return energyFromParts({
    pe: pe_pJPerStep === null ? null : activity.peSteps * pe_pJPerStep,
    sram: sramEnergy_pJ(activity, table),
    dram: dram_pJPerBit === null ? null : dramEnergy_pJ(activity.dramRead_bytes + activity.dramWrite_bytes, dram_pJPerBit),
    dequant: null,
    static: leakage_mW === null ? null : leakageEnergy_pJ(leakage_mW, activity.cycles.total, table.clock_MHz),
  });
}

/** Energy whose total is the sum of the parts that have a value, in the order they are listed; null when none has. */
function energyFromParts(parts: EnergyPartValues): Energy {
  const known = energyParts.map((part) => parts[part]).filter((value) => value !== null);
  return { total: known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0), ...parts };
}

/** Sum of energies part by part; a part that one of them lacks is null in the sum. */
export function sumEnergies(energies: readonly Energy[]): Energy {
  const sum = (part: keyof EnergyPartValues): number | null =>
    energies.reduce<number | null>((total, energy) => {
      const value = energy[part];
      return total === null || value === null ? null : total + value;
    }, 0);
  return energyFromParts({ pe: sum('pe'), sram: sum('sram'), dram: sum('dram'), dequant: sum('dequant'), static: sum('static') });
}

/** Standing power over a time: mW * cycles / MHz is nJ. */
function leakageEnergy_pJ(leakage_mW: number, cycles: number, clock_MHz: number): number {
  return ((leakage_mW * cycles) / clock_MHz) * 1000;
}

function sramEnergy_pJ(activity: LayerActivity, table: EnergyTable): number | null {
  let total = 0;
  for (const [buffer, access] of Object.entries(activity.sram)) {
    if (access.read_accesses + access.write_accesses === 0) continue;
    const cost = table.sramCost(buffer, access.access_bits);
    if (cost === null) return null;
    total += access.read_accesses * cost.read_pJ + (access.write_accesses * cost.write_pJ * access.write_bits) / access.access_bits;
  }
  return total;
}
