/**
 * SRAM at a technology the CACTI table has no points for.
 *   below its smallest node n0   energy * sqrt(node / n0), area * node / n0, leakage * sqrt(node / n0) * 0.79, time as at n0
 *   between two of its nodes     every quantity linear in the node
 *   above its largest node n1    every quantity * (node / n1)^2
 * Source: the CACTI component of AccelForge (hwcomponents-cacti), which takes the square root from IEDM 2022 reports on SRAM and the 0.79 (less leakage
 * of finFETs) from Parvais et al., VLSI-TSA 2009. CACTI itself models 22 nm and above. Left out: the end of bit-cell scaling below 5 nm.
 */
import { sramBuffer, type SramBuffer, type SramCost, type SramTable } from './sram.js';

/** A cost with how it was reached; no note at a node of the table. */
export interface ScaledSramCost {
  readonly cost: SramCost;
  readonly note?: string;
}

const RULE = 'rule of the CACTI component of AccelForge';

/** Cost of a buffer at any node. Throws LowbitError outside the sizes and widths of the table, and for ports it lacks. */
export function sramAtTechnology(table: SramTable, buffer: SramBuffer): ScaledSramCost {
  const { technology_nm, ports } = buffer;
  const at = (node_nm: number): SramCost => sramBuffer(table, { ...buffer, technology_nm: node_nm });
  const nodes_nm = nodesOf(table, ports);
  const low = nodes_nm.findLast((node) => node <= technology_nm);
  const high = nodes_nm.find((node) => node >= technology_nm);
  if (low === high || nodes_nm.length === 0) return { cost: at(technology_nm) };
  if (low === undefined)
    return { cost: below(at(high as number), technology_nm / (high as number)), note: scaledNote(technology_nm, high as number) };
  if (high === undefined) return { cost: above(at(low), (technology_nm / low) ** 2), note: scaledNote(technology_nm, low) };
  const share = (technology_nm - low) / (high - low);
  return {
    cost: mapped(at(low), (key, value) => value + share * (at(high)[key] - value)),
    note: `SRAM at ${technology_nm} nm is linear between ${low} and ${high} nm of the CACTI table`,
  };
}

/** Nodes of the table for these ports, ascending. */
function nodesOf(table: SramTable, ports: string): number[] {
  return table.kinds
    .filter((kind) => kind.endsWith(`nm ${ports}`))
    .map((kind) => Number.parseFloat(kind))
    .sort((a, b) => a - b);
}

function scaledNote(technology_nm: number, node_nm: number): string {
  return `SRAM at ${technology_nm} nm is scaled from ${node_nm} nm of the CACTI table (${RULE})`;
}

const FINFET_LEAKAGE = 0.79;

function below(cost: SramCost, ratio: number): SramCost {
  const root = Math.sqrt(ratio);
  return {
    ...cost,
    read_pJ: cost.read_pJ * root,
    write_pJ: cost.write_pJ * root,
    leakage_mW: cost.leakage_mW * root * FINFET_LEAKAGE,
    area_mm2: cost.area_mm2 * ratio,
  };
}

function above(cost: SramCost, factor: number): SramCost {
  return mapped(cost, (_key, value) => value * factor);
}

/** Every quantity changed; the width of the bus is none. */
function mapped(cost: SramCost, change: (key: keyof SramCost, value: number) => number): SramCost {
  const entries = (Object.entries(cost) as [keyof SramCost, number][]).map(([key, value]) => [
    key,
    key === 'bus_bits' ? value : change(key, value),
  ]);
  return Object.fromEntries(entries) as SramCost;
}
