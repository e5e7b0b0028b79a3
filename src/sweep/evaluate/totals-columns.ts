/** The result columns of a sweep from the totals of a simulation. */
import type { AcceleratorConfig } from '../../accelerator/accelerator-config.js';
import { peCount } from '../../accelerator/array-design.js';
import type { Totals } from '../../trace/simulation-result.js';

/** What a column reads. */
export interface Evaluated {
  readonly totals: Totals;
  readonly hardware: AcceleratorConfig;
  readonly weight_bits: number;
}

const sumOf = (parts: Totals['areaParts_mm2'], chosen: (name: string) => boolean): number | null =>
  Object.entries(parts).reduce<number | null>(
    (sum, [name, value]) => (!chosen(name) ? sum : sum === null || value === null ? null : sum + value),
    0,
  );

export const columnOfTotals: Readonly<Record<string, (of: Evaluated) => number | null | undefined>> = Object.freeze({
  latency_cycles: ({ totals }) => totals.latency_cycles,
  latency_s: ({ totals }) => totals.latency_s,
  energy_pJ: ({ totals }) => totals.energy_pJ,
  energy_J: ({ totals }) => (totals.energy_pJ === null ? null : totals.energy_pJ * 1e-12),
  area_mm2: ({ totals }) => totals.area_mm2,
  power_W: ({ totals }) => totals.power_W,
  edp_Js: ({ totals }) => totals.edp_Js,
  TOPS: ({ totals }) => totals.TOPS,
  TOPS_W: ({ totals }) => totals.TOPS_W,
  TOPS_mm2: ({ totals }) => totals.TOPS_mm2,
  utilization: ({ totals }) => totals.utilization,
  macs: ({ totals }) => totals.macs,
  dram_bytes: ({ totals }) => totals.dram_bytes,
  model_bytes: ({ totals }) => totals.model_bytes,
  compute_cycles: ({ totals }) => totals.cycles.compute,
  laneStall_cycles: ({ totals }) => totals.cycles.laneStall,
  dequant_cycles: ({ totals }) => totals.cycles.dequant,
  dramStall_cycles: ({ totals }) => totals.cycles.dramStall,
  fill_cycles: ({ totals }) => totals.cycles.fill,
  drain_cycles: ({ totals }) => totals.cycles.drain,
  sync_cycles: ({ totals }) => totals.cycles.sync,
  launch_cycles: ({ totals }) => totals.cycles.launch,
  pe_pJ: ({ totals }) => totals.energyParts_pJ.pe,
  sram_pJ: ({ totals }) => totals.energyParts_pJ.sram,
  memory_pJ: ({ totals }) => totals.energyParts_pJ.dram,
  dequantization_pJ: ({ totals }) => totals.energyParts_pJ.dequant,
  vector_pJ: ({ totals }) => totals.energyParts_pJ.vector,
  static_pJ: ({ totals }) => totals.energyParts_pJ.static,
  pe_mm2: ({ totals }) => totals.areaParts_mm2['pe'],
  decoders_mm2: ({ totals }) => totals.areaParts_mm2['decoders'],
  vectorUnit_mm2: ({ totals }) => totals.areaParts_mm2['vectorUnit'],
  buffers_mm2: ({ totals }) => sumOf(totals.areaParts_mm2, (name) => name.endsWith('Buffer')),
  pes: ({ hardware }) => peCount(hardware),
  array_rows: ({ hardware }) => hardware.array.rows,
  array_columns: ({ hardware }) => hardware.array.columns,
  weight_bits: ({ weight_bits }) => weight_bits,
});
