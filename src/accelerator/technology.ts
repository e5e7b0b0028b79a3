/**
 * An accelerator whose numbers were published at another node than it is built in: brought to its technology.
 * PE energy, leakage and area, the area of decoders, and energy and area of dequantization and vector unit are scaled, each from its own node;
 * buffers come from a table at their own node, DRAM and clock stay as described.
 */
import { SCALING_SOURCE, technologyScaling } from '../energy/technology-scaling.js';
import type { AcceleratorConfig, Dequantization, VectorUnit } from './accelerator-config.js';

interface AtTechnology {
  readonly hardware: AcceleratorConfig;
  /** The factors and their source, and warnings about them; none when the nodes are the same. */
  readonly notes: readonly string[];
}

/** Parts whose numbers may be of a node of their own, as notes call them. Decoders are of the node of the PEs. */
const parts = { pe: 'PEs', dequantization: 'dequantization operations', vectorUnit: 'vector lanes' } as const;
type Part = keyof typeof parts;
const partNames = Object.keys(parts) as Part[];

/** Numbers of two nodes are never added up: `atTechnology` comes first. */
export function requireOneTechnology(hardware: AcceleratorConfig): void {
  const { name, technology_nm } = hardware;
  for (const part of partNames) {
    const from_nm = nodeOf(hardware, part);
    if (from_nm !== technology_nm)
      throw new Error(`${name} has ${parts[part]} of ${from_nm} nm at ${technology_nm} nm that were not scaled`);
  }
}

/** The accelerator with everything at `technology_nm`; itself when no part names another node. */
export function atTechnology(hardware: AcceleratorConfig): AtTechnology {
  const others = partNames.filter((part) => nodeOf(hardware, part) !== hardware.technology_nm);
  if (others.length === 0) return { hardware, notes: [] };
  const { pe, decoders, dequantization, vectorUnit } = hardware;
  const scaled: AcceleratorConfig = {
    ...hardware,
    ...(others.includes('pe') ? scaledPes({ pe, decoders, source: hardware.source }, scaleOf(hardware, 'pe')) : {}),
    ...(others.includes('dequantization') && dequantization !== undefined
      ? { dequantization: scaledDequantization(dequantization, scaleOf(hardware, 'dequantization')) }
      : {}),
    ...(others.includes('vectorUnit') && vectorUnit !== undefined
      ? { vectorUnit: scaledVectorUnit(vectorUnit, scaleOf(hardware, 'vectorUnit')) }
      : {}),
  };
  return { hardware: scaled, notes: [...scalingNotes(hardware, others), ...statedNotes(hardware)] };
}

function nodeOf(hardware: AcceleratorConfig, part: Part): number {
  return hardware[part]?.technology_nm ?? hardware.technology_nm;
}

interface Scale {
  readonly to_nm: number;
  readonly energy: number;
  readonly area: number;
  /** The factors and their source. */
  readonly how: string;
  readonly warnings: readonly string[];
}

function scaleOf(hardware: AcceleratorConfig, part: Part): Scale {
  const [from_nm, to_nm] = [nodeOf(hardware, part), hardware.technology_nm];
  const { energy, area, warnings } = technologyScaling(from_nm, to_nm);
  const how = `scaled from ${from_nm} to ${to_nm} nm, energy x ${energy.toPrecision(3)}, area x ${area.toPrecision(3)} (${SCALING_SOURCE})`;
  return { to_nm, energy, area, how, warnings };
}

function times(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}

type Pes = Pick<AcceleratorConfig, 'pe' | 'decoders' | 'source'>;

/** PEs, and the decoders on the borders of their array. */
function scaledPes({ pe, decoders, source }: Pes, { to_nm, energy, area, how }: Scale): Pick<AcceleratorConfig, 'pe' | 'decoders'> {
  return {
    pe: {
      ...pe,
      technology_nm: to_nm,
      energy_pJ: times(pe.energy_pJ, energy),
      area_um2: times(pe.area_um2, area),
      ...(pe.leakage_pJPerCycle === undefined ? {} : { leakage_pJPerCycle: pe.leakage_pJPerCycle * energy }),
      source: `${pe.source ?? source}; ${how}`,
    },
    ...(decoders === undefined
      ? {}
      : { decoders: decoders.map((each) => ({ ...each, area_um2: times(each.area_um2, area), source: `${each.source}; ${how}` })) }),
  };
}

function scaledUnit<Unit extends { readonly energy_pJPerOperation: number | null; readonly source: string }>(
  unit: Unit,
  { to_nm, energy, how }: Scale,
): Unit & { technology_nm: number } {
  const energy_pJPerOperation = times(unit.energy_pJPerOperation, energy);
  return { ...unit, technology_nm: to_nm, energy_pJPerOperation, source: `${unit.source}; ${how}` };
}

function scaledDequantization(unit: Dequantization, scale: Scale): Dequantization {
  const { area_um2 } = unit;
  return { ...scaledUnit(unit, scale), ...(area_um2 === undefined ? {} : { area_um2: times(area_um2, scale.area) }) };
}

function scaledVectorUnit(unit: VectorUnit, scale: Scale): VectorUnit {
  return { ...scaledUnit(unit, scale), area_um2: times(unit.area_um2, scale.area) };
}

/** One note per pair of nodes, with the parts it holds for, and the warnings about its factors. */
function scalingNotes(hardware: AcceleratorConfig, others: readonly Part[]): string[] {
  const nodes = [...new Set(others.map((part) => nodeOf(hardware, part)))];
  const notes = nodes.flatMap((node) => {
    const same = others.filter((part) => nodeOf(hardware, part) === node);
    const [first] = same;
    if (first === undefined) return [];
    const { how, warnings } = scaleOf(hardware, first);
    return [`${same.map((part) => parts[part]).join(', ')} are ${how}`, ...warnings];
  });
  return [...new Set(notes)];
}

/** Energies of buffers that stand in the description have no node of their own. */
function statedNotes({ buffers }: AcceleratorConfig): string[] {
  const stated = Object.entries(buffers).filter(([, buffer]) => buffer?.read_pJPerBit !== undefined || buffer?.area_mm2 !== undefined);
  return stated.length === 0 ? [] : [`stated numbers of buffers are not scaled: ${stated.map(([name]) => name).join(', ')}`];
}
