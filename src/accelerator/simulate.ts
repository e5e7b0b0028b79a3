/**
 * One accelerator on one workload: activity from the timing model, energy from the tables, area of the design.
 * Layers run one after another; a row covers all `repeat` identical layers, so every column adds up to its total.
 */
import { energyOf, type EnergyTable } from '../energy/breakdown.js';
import type { SramTable } from '../energy/sram.js';
import { totalsOf } from '../energy/totals.js';
import { LowbitError } from '../lowbit-error.js';
import { cycles, cyclesToSeconds, megahertz } from '../units/quantity.js';
import type { Cycles } from '../trace/layer-activity.js';
import type { LayerTrace } from '../trace/layer-trace.js';
import { layerRow } from '../trace/layer-row.js';
import { scaleActivity, sumCycles } from '../trace/scale-activity.js';
import type { ArrayPhase, Segment } from '../trace/segment.js';
import type { LayerResult, SimulationResult, Totals } from '../trace/simulation-result.js';
import type { AcceleratorConfig } from './accelerator-config.js';
import { arrayOf, energyTable, machineOf, sramCosts } from './array-design.js';
import { physicalDesign, type PhysicalDesign } from './physical-design.js';
import { outlierNotes } from './outlier-notes.js';
import { assumptionNotes, constantsOf, omissionsOf, wideWeightNotes } from './result-notes.js';
import { peNamed } from '../pe/index.js';
import { timingNamed } from './timing/index.js';
import { vectorCharges, vectorMachine } from './vector-unit.js';
import type { TimedMachine, TimingModel } from './timing/timing-model.js';

/** What a simulation needs besides hardware and layers. */
export interface SimulationContext {
  readonly sramTable: SramTable;
  /** Weights and KV cache that must fit the DRAM; absent: not known. */
  readonly modelBytes?: number;
}

/** Everything about a run except the name of its workload. Throws LowbitError for an unknown timing or PE model, or nothing to charge. */
export function simulateAccelerator(
  hardware: AcceleratorConfig,
  segments: readonly Segment[],
  context: SimulationContext,
): Omit<SimulationResult, 'workload'> {
  const timing = timingNamed(hardware.timing, `${hardware.name}: timing`);
  const sram = sramCosts(hardware, context.sramTable);
  const physical = physicalDesign(hardware, context.sramTable);
  const table = energyTable(hardware, { sram, timing, leakage_mW: physical.leakage_mW });
  const onVectorUnit = vectorCharges(hardware);
  const charged = (layer: LayerTrace): boolean => timing.charges.includes(layer.kind) || onVectorUnit.includes(layer.kind);
  const assumed: (readonly [note: string, layer: string])[] = [];
  const layers = segments.flatMap(({ phase, layers }) => {
    const machine = machineOf(hardware, phase, { energy_pJ: (activity) => energyOf(activity, table).total });
    const vector = onVectorUnit.length === 0 ? machine : vectorMachine(hardware, machine.ports);
    return layers.filter(charged).map((layer) => {
      const timed = onVectorUnit.includes(layer.kind) ? vector : machine;
      assumed.push(...(timed.notes?.(layer) ?? []).map((note) => [note, layer.name] as const));
      return layerResult(hardware, timed, table, { layer, phase });
    });
  });
  if (layers.length === 0) throw nothingCharged(timing);
  const uncharged = segments.flatMap(({ layers }) => layers.filter((layer) => !charged(layer)));
  return {
    hardware: { ...hardware },
    totals: acceleratorTotals(hardware, layers, physical, context.modelBytes ?? null),
    layers,
    constants: constantsOf(hardware, physical, sram),
    omissions: omissionsOf(hardware, timing, { physical, sram, uncharged }),
    notes: [
      ...arrayNotes(hardware, segments),
      ...new Set([...sram.scaled, ...physical.scaled]),
      ...wideWeightNotes(peNamed(hardware.pe.model), layers),
      ...outlierNotes(hardware, layers),
      ...assumptionNotes(assumed),
    ],
  };
}

function layerResult(
  hardware: AcceleratorConfig,
  machine: TimedMachine,
  table: EnergyTable,
  { layer, phase }: { layer: LayerTrace; phase: ArrayPhase | undefined },
): LayerResult {
  const activity = scaleActivity(machine.activity(layer), layer.repeat);
  return layerRow(layer, phase, {
    activity,
    latency_s: seconds(activity.cycles.total, hardware.clock_MHz),
    energy_pJ: energyOf(activity, table),
    bottleneck: bottleneckOf(activity.cycles),
  });
}

/** What the array waits for longest: DRAM, dequantization, or its own loading, filling and draining; the last only when it outlasts the products. */
function bottleneckOf({ compute, laneStall, dramStall, dequant, fill, drain, sync }: Cycles): LayerResult['bottleneck'] {
  const array = fill + drain + sync;
  const longest = Math.max(dramStall, dequant, array);
  if (longest === 0 || (longest === array && array <= compute + laneStall)) return 'compute';
  if (longest === array) return 'array';
  return longest === dramStall ? 'dram' : 'dequant';
}

/** Totals of layers whose cycles are counted; seconds from their sum. Throws LowbitError where that sum is no longer exact. */
function acceleratorTotals(
  hardware: AcceleratorConfig,
  layers: readonly LayerResult[],
  physical: PhysicalDesign,
  model_bytes: number | null,
): Totals {
  const cycles = sumCycles(layers.map((layer) => layer.cycles));
  requireCountable(cycles.total);
  const { capacity_GiB } = hardware.dram;
  return totalsOf(layers, {
    latency_s: seconds(cycles.total, hardware.clock_MHz),
    utilization: weightedUtilization(hardware, layers),
    area_mm2: physical.area_mm2,
    model_bytes,
    usable_bytes: capacity_GiB === undefined ? null : capacity_GiB * 2 ** 30,
  });
}

/** Throws LowbitError where a sum of cycles is no longer exact. */
export function requireCountable(cycles: number): void {
  if (Number.isSafeInteger(cycles)) return;
  throw new LowbitError('the workload takes more cycles than are counted exactly', {
    value: cycles,
    remedy: `up to ${Number.MAX_SAFE_INTEGER} are; make batch, context or layers smaller`,
  });
}

/** The error of a workload none of whose layers is charged. */
export function nothingCharged({ name, charges }: Pick<TimingModel, 'name' | 'charges'>): LowbitError {
  return new LowbitError('no layer that this timing model charges', { value: name, allowed: charges });
}

/** Utilization of the layers, each weighted by what its array could have done in its cycles. */
function weightedUtilization(hardware: AcceleratorConfig, layers: readonly LayerResult[]): number {
  let used = 0;
  let offered = 0;
  for (const layer of layers) {
    const { rows, columns } = arrayOf(hardware, layer.phase);
    const steps = rows * columns * layer.latency_cycles;
    used += layer.utilization * steps;
    offered += steps;
  }
  return Math.min(1, used / offered);
}

/** Which array each phase runs on. */
export function arrayNotes(hardware: AcceleratorConfig, segments: readonly Segment[]): string[] {
  const phases = new Set(segments.map(({ phase }) => phase));
  return [...phases].map((phase) => {
    const { rows, columns } = arrayOf(hardware, phase);
    return `${phase ?? 'workload without a phase'}: array of ${rows} rows and ${columns} columns`;
  });
}

function seconds(count: number, clock_MHz: number): number {
  return cyclesToSeconds(cycles(count), megahertz(clock_MHz));
}
