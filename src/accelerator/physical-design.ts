/**
 * Area and leakage of an accelerator's PEs, decoders, multipliers by scales, vector unit and buffers.
 * A buffer is built once for the widest access any of its arrays makes (`ports` of the machine). The array counts as the largest of the
 * phases' shapes: they are the same PEs, wired differently. Cores have PEs, decoders and buffers of their own.
 */
import { unitArea_mm2, type AreaParts } from '../energy/area.js';
import type { SramTable } from '../energy/sram.js';
import { arraysOf, peCount, sramCosts } from './array-design.js';
import type { AcceleratorConfig, BufferName, VectorUnit } from './accelerator-config.js';
import { requireOneTechnology } from './technology.js';
import { timingNamed } from './timing/index.js';
import type { BufferPorts } from './timing/timing-model.js';

export interface PhysicalDesign {
  readonly area_mm2: AreaParts;
  /** Leakage of the buffers; null: unknown. */
  readonly leakage_mW: number | null;
  /** Why the area or leakage of a buffer is unknown. */
  readonly unknown: readonly string[];
  /** How numbers at a node without CACTI points were reached. */
  readonly scaled: ReadonlySet<string>;
}

/** Area by part and leakage of the design, over the arrays of all its phases. */
export function physicalDesign(hardware: AcceleratorConfig, table: SramTable): PhysicalDesign {
  requireOneTechnology(hardware);
  const sram = sramCosts(hardware, table);
  const buffers = Object.entries(widestPorts(hardware)).map(([name, bits]) => ({ name, ...sram.built(name, bits) }));
  const times = (value: number | null): number | null => (value === null ? null : value * hardware.cores);
  return {
    area_mm2: {
      pe: hardware.pe.area_um2 === null ? null : unitArea_mm2(peCount(hardware), hardware.pe.area_um2),
      ...(hardware.decoders === undefined ? {} : { decoders: decoderArea_mm2(hardware) }),
      ...multiplierArea(hardware),
      ...(hardware.vectorUnit === undefined ? {} : { vectorUnit: vectorArea_mm2(hardware.vectorUnit) }),
      ...Object.fromEntries(buffers.map(({ name, area_mm2 }) => [`${name}Buffer`, times(area_mm2)])),
    },
    leakage_mW: times(
      buffers.reduce<number | null>((sum, { leakage_mW }) => (sum === null || leakage_mW === null ? null : sum + leakage_mW), 0),
    ),
    unknown: sram.unknown,
    scaled: sram.scaled,
  };
}

/** Multipliers by a scale, where the description counts their area. */
function multiplierArea({ dequantization, cores }: AcceleratorConfig): AreaParts {
  const { area_um2, operationsPerCycle = 0 } = dequantization ?? {};
  if (area_um2 === undefined) return {};
  return { dequantization: area_um2 === null ? null : unitArea_mm2(cores * operationsPerCycle, area_um2) };
}

function vectorArea_mm2({ lanes, area_um2 }: VectorUnit): number | null {
  return area_um2 === null ? null : unitArea_mm2(lanes, area_um2);
}

/** Widest access of each buffer over the arrays of all phases. */
function widestPorts(hardware: AcceleratorConfig): Record<string, number> {
  const timing = timingNamed(hardware.timing, `${hardware.name}: timing`);
  const widest: Partial<Record<BufferName, number>> = {};
  for (const array of arraysOf(hardware)) {
    const ports: BufferPorts = timing.machine(hardware, array, { energy_pJ: () => null }).ports;
    for (const [name, bits] of Object.entries(ports) as [BufferName, number][]) widest[name] = Math.max(widest[name] ?? 0, bits);
  }
  return widest;
}

/** Decoders stand on the borders: one lane per row and per column of the widest array. */
function decoderArea_mm2(hardware: AcceleratorConfig): number | null {
  const lanes = hardware.cores * Math.max(...arraysOf(hardware).map(({ rows, columns }) => rows + columns));
  return (hardware.decoders ?? []).reduce<number | null>(
    (sum, { perBorderLane, area_um2 }) => (sum === null || area_um2 === null ? null : sum + unitArea_mm2(lanes * perBorderLane, area_um2)),
    0,
  );
}
