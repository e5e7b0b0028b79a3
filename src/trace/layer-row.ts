/** The row of a result for a layer and those that are identical to it: its shape, and what a simulation says of all of them together. */
import type { LayerActivity } from './layer-activity.js';
import type { LayerTrace } from './layer-trace.js';
import type { ArrayPhase } from './segment.js';
import type { LayerResult } from './simulation-result.js';

/** What a simulation says of all instances of a layer. */
export interface LayerOutcome extends Pick<LayerResult, 'latency_s' | 'energy_pJ' | 'bottleneck'> {
  readonly activity: LayerActivity;
}

export function layerRow(layer: LayerTrace, phase: ArrayPhase | undefined, outcome: LayerOutcome): LayerResult {
  const { activity, latency_s, energy_pJ, bottleneck } = outcome;
  const dram_bytes = activity.dramRead_bytes + activity.dramWrite_bytes;
  return {
    name: layer.name,
    kind: layer.kind,
    m: layer.m,
    n: layer.n,
    k: layer.k,
    gemms: layer.gemms,
    count: layer.repeat,
    ...(phase === undefined ? {} : { phase }),
    latency_cycles: activity.cycles.total,
    latency_s,
    cycles: activity.cycles,
    utilization: activity.utilization,
    activity,
    energy_pJ,
    bottleneck,
    arithmeticIntensity_opsPerByte: dram_bytes === 0 ? 0 : (2 * activity.macs) / dram_bytes,
    trace: layer,
  };
}
