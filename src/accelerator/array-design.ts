/**
 * An accelerator in one phase: the array in force, its machine, and the table of what its actions cost.
 * SRAM costs stand in the description, or come from the CACTI table at the bus width a layer needs; where neither has an answer the cost is
 * unknown and the reason kept.
 */
import { LowbitError } from '../lowbit-error.js';
import { standingPower_pJPerCycle, type EnergyTable, type StandingEnergy } from '../energy/breakdown.js';
import { sramAtTechnology } from '../energy/sram-technology.js';
import type { AccessCost, SramCost, SramTable } from '../energy/sram.js';
import type { ArrayPhase } from '../trace/segment.js';
import type { AcceleratorConfig, ArrayShape, BufferName } from './accelerator-config.js';
import { requireOneTechnology } from './technology.js';
import { timingNamed } from './timing/index.js';
import type { MachineContext, TimedMachine, TimingModel } from './timing/timing-model.js';

/** Where SRAM energy, leakage and area come from. */
export const SRAM_SOURCE = 'CACTI 7 table hw-configs/energy/sram_cacti7.csv, log-log between its points';

/** SRAM costs of an accelerator by buffer and bus width, looked up once each. */
export interface SramCosts {
  /** Energy of an access of a buffer, named as in `buffers`, at a bus width; null where neither description nor CACTI table has it, with the reason added to `unknown`. */
  access(buffer: string, bus_bits: number): AccessCost | null;
  /** Leakage and area of a buffer built for a bus of this width; a part is null where neither has it, with the reason added to `unknown`. */
  built(buffer: string, bus_bits: number): { readonly leakage_mW: number | null; readonly area_mm2: number | null };
  /** Every known access energy asked for so far. */
  readonly used: readonly SramUse[];
  /** Why a cost is unknown, in the order it was asked for. */
  readonly unknown: readonly string[];
  /** How costs at a node without CACTI points were reached, once each. */
  readonly scaled: ReadonlySet<string>;
}

interface SramUse {
  readonly buffer: string;
  readonly cost: AccessCost;
  /** Bits of the bus as it was asked for; `cost.bus_bits` are those charged. */
  readonly bus_bits: number;
  readonly source: string;
}

/** Looks costs up as they are needed. */
export function sramCosts(hardware: BufferDesign, table: SramTable): SramCosts {
  const known = new Map<string, AccessCost | null>();
  const used: SramUse[] = [];
  const unknown: string[] = [];
  const scaled = new Set<string>();
  const described = (buffer: string): Buffer => {
    const found = hardware.buffers[buffer as BufferName];
    if (found === undefined) throw new Error(`${hardware.name} has no ${buffer} buffer`);
    return found;
  };
  const cacti = (buffer: string, bus_bits: number): SramCost | null => {
    const { size_KiB, banks, ports } = described(buffer);
    try {
      const { technology_nm } = hardware;
      const { cost, note } = sramAtTechnology(table, { technology_nm, ports, size_bytes: size_KiB * 1024, banks, bus_bits });
      if (note !== undefined) scaled.add(note);
      return cost;
    } catch (error) {
      if (!(error instanceof LowbitError)) throw error;
      unknown.push(`${buffer} buffer at a bus of ${bus_bits} bits: ${error.message}`);
      return null;
    }
  };
  const lookUp = (buffer: string, bus_bits: number): AccessCost | null => {
    const { read_pJPerBit, write_pJPerBit, source = hardware.source } = described(buffer);
    const stated = read_pJPerBit !== undefined && write_pJPerBit !== undefined;
    const cost = stated ? { bus_bits, read_pJ: read_pJPerBit * bus_bits, write_pJ: write_pJPerBit * bus_bits } : cacti(buffer, bus_bits);
    if (cost !== null) used.push({ buffer, bus_bits, cost, source: stated ? source : SRAM_SOURCE });
    return cost;
  };
  const access = (buffer: string, bus_bits: number): AccessCost | null => {
    const key = `${buffer} ${bus_bits}`;
    let cost = known.get(key);
    if (cost === undefined) known.set(key, (cost = lookUp(buffer, bus_bits)));
    return cost;
  };
  const built: SramCosts['built'] = (buffer, bus_bits) => {
    const { leakage_mW, area_mm2 } = described(buffer);
    if (leakage_mW !== undefined && area_mm2 !== undefined) return { leakage_mW, area_mm2 };
    const cost = cacti(buffer, bus_bits);
    return { leakage_mW: leakage_mW ?? cost?.leakage_mW ?? null, area_mm2: area_mm2 ?? cost?.area_mm2 ?? null };
  };
  return { access, built, used, unknown, scaled };
}

type Buffer = AcceleratorConfig['buffers']['weight'];

/** What the costs of buffers follow from. */
export type BufferDesign = Pick<AcceleratorConfig, 'name' | 'source' | 'technology_nm' | 'buffers'>;

/** The array of a phase: `arrayByPhase` where it names the phase, else `array`. */
export function arrayOf(hardware: AcceleratorConfig, phase?: ArrayPhase): ArrayShape {
  return (phase === undefined ? undefined : hardware.arrayByPhase?.[phase]) ?? hardware.array;
}

/** The machine of a phase. Throws LowbitError for an unknown timing or PE model. */
export function machineOf(hardware: AcceleratorConfig, phase: ArrayPhase | undefined, context: MachineContext): TimedMachine {
  return timingNamed(hardware.timing, `${hardware.name}: timing`).machine(hardware, arrayOf(hardware, phase), context);
}

/** The shapes the array takes over all phases. */
export function arraysOf({ array, arrayByPhase }: AcceleratorConfig): ArrayShape[] {
  return [array, arrayByPhase?.prefill, arrayByPhase?.decode].filter((shape) => shape !== undefined);
}

/** PEs of the design over all cores: those of the largest shape, for the shapes are the same PEs wired differently. */
export function peCount(hardware: AcceleratorConfig): number {
  return hardware.cores * Math.max(...arraysOf(hardware).map(({ rows, columns }) => rows * columns));
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
  requireOneTechnology(hardware);
  const { pe, dram, dequantization, vectorUnit } = hardware;
  const excluded = dequantization === undefined || timing.excludedEnergy.some(({ part }) => part === 'dequant');
  return {
    pe_pJPerStep: pe.energy_pJ === null ? 'unknown' : pe.energy_pJ * pe.layoutFactor,
    dramRead_pJPerBit: dram.energy_pJPerBit ?? 'unknown',
    dramWrite_pJPerBit: dram.writeEnergy_pJPerBit ?? dram.energy_pJPerBit ?? 'unknown',
    sramCost: (buffer, bus_bits) => sram.access(buffer, bus_bits),
    dequant_pJPerOperation: excluded ? 'excluded' : (dequantization.energy_pJPerOperation ?? 'unknown'),
    vector_pJPerOperation: vectorUnit === undefined ? 'excluded' : (vectorUnit.energy_pJPerOperation ?? 'unknown'),
    standing: standingOf(hardware, leakage_mW),
  };
}

/** Everything that costs energy per cycle by standing there, as far as the description states it or asks for it. */
function standingOf(hardware: AcceleratorConfig, leakage_mW: number | null): StandingEnergy[] {
  const { pe, dram, clock_MHz, staticEnergy } = hardware;
  const peLeakage_pJ = pe.leakage_pJPerCycle;
  return [
    ...(staticEnergy === 'sram-leakage'
      ? [
          {
            name: 'leakage of the buffers',
            pJPerCycle: leakage_mW === null ? ('unknown' as const) : standingPower_pJPerCycle(leakage_mW, clock_MHz),
            source: SRAM_SOURCE,
          },
        ]
      : []),
    ...(peLeakage_pJ === undefined
      ? []
      : [{ name: 'leakage of the PEs', pJPerCycle: peCount(hardware) * peLeakage_pJ, source: pe.source ?? hardware.source }]),
    ...(dram.static_pJPerCycle === undefined
      ? []
      : [{ name: 'standing energy of the DRAM', pJPerCycle: dram.static_pJPerCycle, source: dram.source }]),
  ];
}
