/**
 * An accelerator whose PEs were published at another node than it is built in: their numbers brought to its technology.
 * PE energy, leakage and area and the area of decoders are scaled; buffers come from a table at their own node, DRAM and clock stay as described.
 */
import { SCALING_SOURCE, technologyScaling } from '../energy/technology-scaling.js';
import type { AcceleratorConfig } from './accelerator-config.js';

interface AtTechnology {
  readonly hardware: AcceleratorConfig;
  /** The factors and their source, and warnings about them; none when the nodes are the same. */
  readonly notes: readonly string[];
}

/** Numbers of two nodes are never added up: `atTechnology` comes first. */
export function requireOneTechnology({ name, pe, technology_nm }: AcceleratorConfig): void {
  if (pe.technology_nm === undefined || pe.technology_nm === technology_nm) return;
  throw new Error(`${name} has PEs of ${pe.technology_nm} nm at ${technology_nm} nm that were not scaled`);
}

/** The accelerator with everything at `technology_nm`; itself when `pe.technology_nm` is absent or the same. */
export function atTechnology(hardware: AcceleratorConfig): AtTechnology {
  const { pe, decoders, technology_nm } = hardware;
  const from_nm = pe.technology_nm ?? technology_nm;
  if (from_nm === technology_nm) return { hardware, notes: [] };
  const { energy, area, warnings } = technologyScaling(from_nm, technology_nm);
  const times = (value: number | null, factor: number): number | null => (value === null ? null : value * factor);
  const how = `scaled from ${from_nm} to ${technology_nm} nm, energy x ${energy.toPrecision(3)}, area x ${area.toPrecision(3)} (${SCALING_SOURCE})`;
  const scaled: AcceleratorConfig = {
    ...hardware,
    pe: {
      ...pe,
      technology_nm,
      energy_pJ: times(pe.energy_pJ, energy),
      area_um2: times(pe.area_um2, area),
      ...(pe.leakage_pJPerCycle === undefined ? {} : { leakage_pJPerCycle: pe.leakage_pJPerCycle * energy }),
      source: `${pe.source ?? hardware.source}; ${how}`,
    },
    ...(decoders === undefined
      ? {}
      : { decoders: decoders.map((each) => ({ ...each, area_um2: times(each.area_um2, area), source: `${each.source}; ${how}` })) }),
  };
  return { hardware: scaled, notes: [`PEs are ${how}`, ...warnings, ...statedNotes(hardware)] };
}

/** Energies of buffers that stand in the description have no node of their own. */
function statedNotes({ buffers }: AcceleratorConfig): string[] {
  const stated = Object.entries(buffers).filter(([, buffer]) => buffer?.read_pJPerBit !== undefined || buffer?.area_mm2 !== undefined);
  return stated.length === 0 ? [] : [`stated numbers of buffers are not scaled: ${stated.map(([name]) => name).join(', ')}`];
}
