/**
 * One GPU on one workload: seconds by cause of every layer from the closed form, as cycles of the clock of the device file; energy from the same
 * activity. Layers run one after another; a row covers all `repeat` identical layers, so every column adds up to its total.
 * Left out: launches that overlap, what L2 keeps from one layer to the next, area (dies are not described).
 */
import { energyOf } from '../energy/breakdown.js';
import { totalsOf } from '../energy/totals.js';
import { LowbitError } from '../lowbit-error.js';
import { cyclesOf, type LayerActivity } from '../trace/layer-activity.js';
import { layerMacs, operandBits, type LayerTrace } from '../trace/layer-trace.js';
import { layerRow } from '../trace/layer-row.js';
import { scaleActivity } from '../trace/scale-activity.js';
import type { ArrayPhase, Segment } from '../trace/segment.js';
import type { LayerResult, SimulationResult, Totals } from '../trace/simulation-result.js';
import { cycles, cyclesToSeconds, megahertz } from '../units/quantity.js';
import type { GpuDevice } from './device/gpu-device.js';
import { gpuMachine, type ChargedLayer, type GpuMachine, type GpuSetup } from './gpu-machine.js';
import { accessBytes, energyTable } from './power/energy-table.js';
import { vectorEnergies, type ActionEnergies } from './power/power-floor.js';
import type { KernelConfig } from './kernels/kernel-schema.js';
import { cometScheduleNames, schedulesOf } from './timeline/schedules/schedule-name.js';
import { constantsOf, notesOf, omissionsOf } from './result-notes.js';
import { hardwareOf } from './gpu-run.js';

/** What a simulation needs besides the card and layers. */
export interface GpuContext {
  /** Weights and KV cache that must fit the DRAM; absent: not known. */
  readonly modelBytes?: number;
}

/** Everything about a run except the name of its workload. Throws LowbitError for operands without a kernel, and nothing to charge. */
export function simulateGpu(setup: GpuSetup, segments: readonly Segment[], context: GpuContext): Omit<SimulationResult, 'workload'> {
  const machine = gpuMachine(setup);
  const layers = chargedLayers(setup, machine, segments);
  return {
    hardware: hardwareOf(setup, machine),
    totals: gpuTotals(setup, layers, context),
    layers,
    constants: constantsOf(setup, machine),
    omissions: omissionsOf(setup),
    notes: notesOf(setup, machine, layers),
  };
}

/** Totals alone, on a machine that is kept for many workloads. Throws LowbitError as `simulateGpu` does. */
export function simulatedTotals(setup: GpuSetup, machine: GpuMachine, segments: readonly Segment[], context: GpuContext): Totals {
  return gpuTotals(setup, chargedLayers(setup, machine, segments), context);
}

function chargedLayers(setup: GpuSetup, machine: GpuMachine, segments: readonly Segment[]): LayerResult[] {
  const used = new Set<KernelConfig>();
  const layers = segments.flatMap(({ phase, layers }) =>
    layers.map((layer) => {
      const charged = machine.charge(layer);
      if (charged.prepared !== undefined) used.add(charged.prepared.config);
      return layerResult(machine.device, charged, layer, phase);
    }),
  );
  requireNamedUsed(setup, used, layers);
  requireChoicesUsed(setup, used);
  return layers;
}

function gpuTotals(setup: GpuSetup, layers: readonly LayerResult[], context: GpuContext): Totals {
  const latency_s = layers.reduce((sum, layer) => sum + layer.latency_s, 0);
  return totalsOf(layers, {
    latency_s,
    utilization: Math.min(1, layers.reduce((sum, layer) => sum + layer.utilization * layer.latency_s, 0) / (latency_s || 1)),
    area_mm2: null,
    model_bytes: context.modelBytes ?? null,
    usable_bytes: setup.config.dram.usable_bytes,
  });
}

/** Throws LowbitError for a kernel of --kernel that no layer uses. */
function requireNamedUsed(setup: GpuSetup, used: ReadonlySet<KernelConfig>, layers: readonly LayerResult[]): void {
  const idle = setup.named.find((kernel) => !used.has(kernel));
  if (idle === undefined) return;
  const products = [...new Set(layers.map(({ trace }) => `${trace.activation.format} x ${trace.weight.format}`))];
  throw new LowbitError(`kernel ${idle.name} takes no layer of the workload`, {
    value: products.join(', '),
    allowed: [...new Set([...used].map(({ name }) => name))],
    remedy: `${idle.name} takes ${idle.takes.map(({ activation, weight }) => `${activation} x ${weight}`).join(', ')}; the kernels expected are those that take the operands`,
  });
}

/** Throws LowbitError for a schedule that no kernel of the run has, and a share of 4-bit blocks without a kernel of two precisions. */
function requireChoicesUsed({ config: { schedule, w4a4Share } }: GpuSetup, used: ReadonlySet<KernelConfig>): void {
  const products = [...used].filter(({ attention }) => attention === undefined);
  const names = products.map(({ name }) => name).join(', ');
  const possible = [...new Set(products.flatMap(schedulesOf))];
  if (schedule !== undefined && !possible.includes(schedule))
    throw new LowbitError(`no kernel of the workload can run the schedule ${schedule}`, {
      value: names,
      allowed: possible,
      remedy: (cometScheduleNames as readonly string[]).includes(schedule)
        ? 'it orders tiles of two precisions: --kernel comet-w4ax on layers of int4 x int4'
        : 'comet-w4ax has schedules of its own; name another kernel, e.g. --kernel w4a4-g128',
    });
  if (w4a4Share !== undefined && products.every(({ mixed }) => mixed === undefined))
    throw new LowbitError('no kernel of the workload has two precisions', {
      value: names,
      remedy:
        'a share of W4A4 blocks goes with comet-w4ax: a scheme with blocks of two precisions (fmpq), or --kernel comet-w4ax on layers of int4 x int4',
    });
}

/** One instance of a layer as activity: cycles are seconds times the clock of the device file. */
export function activityOf(device: GpuDevice, { prepared, cost }: ChargedLayer, layer: LayerTrace): LayerActivity {
  const clock_Hz = device.clock_MHz * 1e6;
  const { seconds } = cost;
  const macs = layerMacs(layer);
  const passes = prepared?.kernel.passes ?? 1;
  const rate = prepared === undefined ? 0 : (device.tensor_macPerClockPerSm[prepared.type] ?? 0);
  const peakMacs_perSecond = (rate * device.sms * clock_Hz) / passes;
  return {
    cycles: cyclesOf({
      compute: seconds.compute * clock_Hz,
      laneStall: seconds.laneStall * clock_Hz,
      dequant: seconds.dequant * clock_Hz,
      dramStall: seconds.dramStall * clock_Hz,
      fill: seconds.fill * clock_Hz,
      drain: seconds.drain * clock_Hz,
      sync: seconds.sync * clock_Hz,
      launch: seconds.launch * clock_Hz,
    }),
    macs,
    peSteps: macs * passes,
    dequant_operations: cost.conversion_ops,
    ...(cost.vector_ops === undefined ? {} : { vector_operations: cost.vector_ops }),
    sram: {
      l2: accesses(cost.l2Read_bytes, l2Write_bytes(layer, cost), accessBytes.l2),
      sharedMemory: accesses(cost.sharedMemory_bytes, cost.l2Read_bytes, accessBytes.sharedMemory),
    },
    dramRead_bytes: cost.dramRead_bytes,
    dramWrite_bytes: cost.dramWrite_bytes,
    utilization: macs === 0 ? 0 : Math.min(1, macs / (peakMacs_perSecond * cost.time_s)),
  };
}

/** Outputs pass through L2 whether they stay there or go on to DRAM. Left out: partial outputs of products that are split along k. */
function l2Write_bytes(layer: LayerTrace, cost: ChargedLayer['cost']): number {
  // Attention writes its outputs once, with its second product; what another kernel does in passing writes nothing.
  if (layer.kind === 'attention-qk' || layer.kind === 'attention-pv' || cost.time_s === 0) return cost.dramWrite_bytes;
  return (layer.m * layer.n * layer.gemms * operandBits(layer.output)) / 8;
}

function accesses(read_bytes: number, write_bytes: number, width_bytes: number): LayerActivity['sram'][string] {
  return {
    read_accesses: read_bytes / width_bytes,
    write_accesses: write_bytes / width_bytes,
    access_bits: width_bytes * 8,
    write_bits: width_bytes * 8,
  };
}

/** Energies of what a layer does: those of its kernel, or of CUDA cores and memories where it has no products. */
export function energiesOf(device: GpuDevice, { prepared }: ChargedLayer): ActionEnergies {
  return prepared?.energies ?? vectorEnergies(device);
}

/**
 * Energy of a product on the path that was taken: tensor cores (the mean over the tiles of two precisions), or a lane of CUDA cores for a matrix-vector
 * product; 0 without products.
 */
export function product_pJ({ prepared, cost }: ChargedLayer): number {
  if (prepared === undefined) return 0;
  const { mixedMac_pJ } = prepared;
  if (mixedMac_pJ !== undefined && cost.highShare !== undefined)
    return (1 - cost.highShare) * mixedMac_pJ.low + cost.highShare * mixedMac_pJ.high;
  return cost.onCudaCores === true || cost.plan?.tile.n === 1 ? prepared.energies.cudaOp_pJ : prepared.energies.mac_pJ;
}

function layerResult(device: GpuDevice, charged: ChargedLayer, layer: LayerTrace, phase: ArrayPhase | undefined): LayerResult {
  const activity = scaleActivity(activityOf(device, charged, layer), layer.repeat);
  return layerRow(layer, phase, {
    activity,
    latency_s: cyclesToSeconds(cycles(activity.cycles.total), megahertz(device.clock_MHz)),
    energy_pJ: energyOf(activity, energyTable(device, energiesOf(device, charged), product_pJ(charged))),
    bottleneck: charged.cost.bound,
  });
}
