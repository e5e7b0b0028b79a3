/** Totals of a run from its layers: what accelerators and GPUs sum up alike. Every column of the layers adds up to its total. */
import { picojoules, picojoulesToJoules } from '../units/quantity.js';
import { sumCycles } from '../trace/scale-activity.js';
import type { LayerResult, Totals } from '../trace/simulation-result.js';
import { totalArea_mm2, type AreaParts } from './area.js';
import { sumEnergies } from './breakdown.js';
import { energyDelay_Js, power_W, tops, topsPerWatt } from './rates.js';

/** What the layers do not say. */
export interface TotalsContext {
  /** Seconds of all layers. */
  readonly latency_s: number;
  readonly utilization: number;
  /** mm2 by part, null: unknown; null for all: the area is unknown. */
  readonly area_mm2: AreaParts | null;
  /** Weights and KV cache that must fit the DRAM; null: not known. */
  readonly model_bytes: number | null;
  /** DRAM that a program can have; null: not known. */
  readonly usable_bytes: number | null;
}

/** Totals of the layers of a run. */
export function totalsOf(layers: readonly LayerResult[], context: TotalsContext): Totals {
  const { latency_s, utilization, model_bytes, usable_bytes } = context;
  const sum = (value: (layer: LayerResult) => number): number => layers.reduce((total, layer) => total + value(layer), 0);
  const cycles = sumCycles(layers.map((layer) => layer.cycles));
  const macs = sum((layer) => layer.activity.macs);
  const energyParts_pJ = sumEnergies(layers.map((layer) => layer.energy_pJ));
  const energy_pJ = energyParts_pJ.total;
  const energy_J = energy_pJ === null ? null : picojoulesToJoules(picojoules(energy_pJ));
  const area_mm2 = context.area_mm2 === null ? null : totalArea_mm2(context.area_mm2);
  const TOPS = tops(macs, latency_s);
  return {
    latency_cycles: cycles.total,
    latency_s,
    cycles,
    macs,
    energy_pJ,
    energyParts_pJ,
    area_mm2,
    areaParts_mm2: context.area_mm2 === null ? {} : { ...context.area_mm2 },
    dram_bytes: sum((layer) => layer.activity.dramRead_bytes + layer.activity.dramWrite_bytes),
    utilization,
    TOPS,
    TOPS_W: energy_J === null ? null : topsPerWatt(macs, energy_J),
    TOPS_mm2: area_mm2 === null ? null : TOPS / area_mm2,
    edp_Js: energy_J === null ? null : energyDelay_Js(energy_J, latency_s),
    power_W: energy_J === null ? null : power_W(energy_J, latency_s),
    model_bytes,
    fitsDram: usable_bytes === null || model_bytes === null ? null : model_bytes <= usable_bytes,
  };
}
