/**
 * Energy of a layer: activity times a table of energies.
 *   pe = PE steps * energy per step           sram = reads * read energy + writes * write energy * write bits / bus bits charged
 *   dram = bytes * 8 * energy per bit         static = sum of standing energies per cycle * latency
 *   dequant = operations * energy per operation         vector = operations * energy per operation; 0 where a layer has none
 * A part without a number is null, never 0. The total is the sum of the other parts where every missing one is excluded, left out on purpose;
 * it is null as soon as one is unknown, for a sum that lacks a part is no energy to compare.
 */
import type { LayerActivity } from '../trace/layer-activity.js';
import { energyParts, type Energy, type EnergyPart } from '../trace/simulation-result.js';
import { dramEnergy_pJ } from './dram.js';
import type { AccessCost } from './sram.js';

/** Why the table has no number: left out on purpose, or given by no source. */
export type Missing = 'excluded' | 'unknown';

export interface EnergyTable {
  /** One PE for one cycle, layout overhead included. */
  readonly pe_pJPerStep: number | Missing;
  readonly dramRead_pJPerBit: number | Missing;
  readonly dramWrite_pJPerBit: number | Missing;
  /** Cost of a buffer at a bus width; null: unknown. */
  sramCost(buffer: string, bus_bits: number): AccessCost | null;
  /** One multiplication by a scale. */
  readonly dequant_pJPerOperation: number | Missing;
  /** One operation of the vector unit; excluded: the design describes none. */
  readonly vector_pJPerOperation: number | Missing;
  /** What costs energy in every cycle, used or not; none: static energy is excluded. */
  readonly standing: readonly StandingEnergy[];
}

/** Energy something takes per cycle by standing there. */
export interface StandingEnergy {
  readonly name: string;
  readonly pJPerCycle: number | 'unknown';
  readonly source: string;
}

type EnergyPartValues = Omit<Energy, 'total'>;

/** Energy of an activity. Linear in it: n times the activity costs n times the energy. */
export function energyOf(activity: LayerActivity, table: EnergyTable): Energy {
  const parts: Readonly<Record<EnergyPart, number | Missing>> = {
    pe: charged(table.pe_pJPerStep, (energy_pJ) => activity.peSteps * energy_pJ),
    sram: sramEnergy_pJ(activity, table),
    dram: both(
      charged(table.dramRead_pJPerBit, (energy_pJ) => dramEnergy_pJ(activity.dramRead_bytes, energy_pJ)),
      charged(table.dramWrite_pJPerBit, (energy_pJ) => dramEnergy_pJ(activity.dramWrite_bytes, energy_pJ)),
    ),
    dequant: charged(table.dequant_pJPerOperation, (energy_pJ) => activity.dequant_operations * energy_pJ),
    vector: vectorEnergy(activity.vector_operations ?? 0, table.vector_pJPerOperation),
    static: standingEnergy(activity.cycles.total, table.standing),
  };
  const value = (part: EnergyPart): number | null => (typeof parts[part] === 'number' ? parts[part] : null);
  const values = byPart(value);
  return { total: energyParts.some((part) => parts[part] === 'unknown') ? null : sumOfKnown(values), ...values };
}

/** A layer without vector work costs none, whatever an operation of it may cost. */
function vectorEnergy(operations: number, energy: number | Missing): number | Missing {
  return operations === 0 && energy !== 'excluded' ? 0 : charged(energy, (energy_pJ) => operations * energy_pJ);
}

function byPart(value: (part: EnergyPart) => number | null): EnergyPartValues {
  return {
    pe: value('pe'),
    sram: value('sram'),
    dram: value('dram'),
    dequant: value('dequant'),
    vector: value('vector'),
    static: value('static'),
  };
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
  const parts = byPart(sum);
  return { total: energies.some(({ total }) => total === null) ? null : sumOfKnown(parts), ...parts };
}

/** Standing power as energy per cycle: mW / MHz is nJ. */
export function standingPower_pJPerCycle(power_mW: number, clock_MHz: number): number {
  return (power_mW / clock_MHz) * 1000;
}

function standingEnergy(cycles: number, standing: EnergyTable['standing']): number | Missing {
  if (standing.length === 0) return 'excluded';
  return standing.reduce<number | Missing>(
    (sum, { pJPerCycle }) =>
      both(
        sum,
        charged(pJPerCycle, (energy_pJ) => energy_pJ * cycles),
      ),
    0,
  );
}

function both(a: number | Missing, b: number | Missing): number | Missing {
  if (typeof a !== 'number') return a;
  return typeof b === 'number' ? a + b : b;
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
