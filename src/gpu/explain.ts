/**
 * Every term of a GPU layer's time and picojoules: formula, the same with numbers, value, unit, source.
 * Each `numbers` is an expression that evaluates to `value`. Seconds by cause come from the GEMM model as they are (docs/gpu/gemm.md has its formulas);
 * beside them stand the least times that tensor cores, DRAM and board power allow, so that the share of each shows.
 */
import { energyOf } from '../energy/breakdown.js';
import { cycleCauses } from '../trace/layer-activity.js';
import { layerMacs, type LayerTrace } from '../trace/layer-trace.js';
import { scaleActivity } from '../trace/scale-activity.js';
import { energyParts } from '../trace/simulation-result.js';
import type { Term } from '../trace/term.js';
import type { GpuDevice } from './device/gpu-device.js';
import type { ChargedLayer, GpuMachine, PreparedKernel } from './gpu-machine.js';
import { setupOf, type GpuRun } from './gpu-run.js';
import { gpuMachine } from './gpu-machine.js';
import { explainGemm } from './gemm/explain-gemm.js';
import { gemmShapeOf } from './layer-shape.js';
import { energyTable } from './power/energy-table.js';
import { activityOf, energiesOf, product_pJ } from './simulate.js';

/** Explains layers of one result. */
export interface GpuExplainer {
  /** Terms of one result row (all `repeat` identical layers). */
  explain(layer: LayerTrace): Term[];
}

export function gpuExplainer(run: GpuRun): GpuExplainer {
  const machine = gpuMachine(setupOf(run));
  return {
    explain: (layer) => {
      const charged = machine.charge(layer);
      return [
        ...planTerms(run, charged, layer),
        ...boundTerms(run, charged, layer),
        ...dramTerms(run, charged),
        ...gemmTerms(run, machine.device, charged, layer),
        ...timeTerms(run, charged, layer),
        ...energyTerms(run, machine, charged, layer),
      ];
    },
  };
}

/** Where the formulas of a layer stand. */
function sourceOf({ kind }: LayerTrace): string {
  return kind === 'gemm' ? 'docs/gpu/gemm.md' : 'docs/gpu/attention.md';
}

function planTerms(run: GpuRun, { prepared, cost }: ChargedLayer, layer: LayerTrace): Term[] {
  if (prepared === undefined || cost.plan === undefined) return [];
  const { tile, splitK, blocks, blocksPerSm, waves } = cost.plan;
  const { m, n, k } = gemmShapeOf(layer, prepared.kernel);
  const source = prepared.kernel.source;
  if (tile.n === 1) {
    const formula = `matrix-vector path of ${prepared.kernel.name} on CUDA cores: products`;
    return [{ name: 'products', formula, numbers: `${m} * ${n} * ${k}`, value: m * n * k, unit: '', source }];
  }
  return [
    {
      name: 'thread blocks',
      formula: `tiles of ${prepared.kernel.name} along m * along n * parts along k`,
      numbers: `ceil(${m} / ${tile.m}) * ceil(${n} / ${tile.n}) * ${splitK}`,
      value: blocks,
      unit: '',
      source,
    },
    {
      name: 'waves',
      formula: 'thread blocks / (SMs * blocks that fit one)',
      numbers: `ceil(${blocks} / (${run.sms} * ${blocksPerSm}))`,
      value: waves,
      unit: '',
      source,
    },
  ];
}

/** Least times of one instance: what each resource alone would take. */
function boundTerms(run: GpuRun, { prepared, cost }: ChargedLayer, layer: LayerTrace): Term[] {
  if (prepared === undefined) return [];
  const macs = layerMacs(layer);
  const { m, n, k, gemms } = layer;
  const rate = run.tensor[prepared.type]?.macPerClockPerSm ?? 0;
  const clock_Hz = run.clock_MHz * 1e6;
  const { passes } = prepared.kernel;
  const { board_W, idle_W } = run.power;
  const dynamic_pJ = macs * passes * product_pJ({ prepared, cost });
  return [
    {
      name: 'least time of tensor cores',
      formula: `products * passes / (SMs * ${prepared.type} products per clock and SM * clock)`,
      numbers: `${m} * ${n} * ${k} * ${gemms} * ${passes} / (${run.sms} * ${rate} * ${clock_Hz})`,
      value: (macs * passes) / (run.sms * rate * clock_Hz),
      unit: 's',
      source: run.tensor[prepared.type]?.source ?? run.source,
    },
    {
      name: 'least time of board power, products alone',
      formula: 'products * passes * energy / (board power - idle power)',
      numbers: `${m} * ${n} * ${k} * ${gemms} * ${passes} * ${product_pJ({ prepared, cost })} * 1e-12 / (${board_W} - ${idle_W})`,
      value: (dynamic_pJ * 1e-12) / (board_W - idle_W),
      unit: 's',
      source: run.power.source,
    },
  ];
}

function dramTerms(run: GpuRun, { cost }: ChargedLayer): Term[] {
  return [
    {
      name: 'least time of DRAM',
      formula: '(bytes read + bytes written) / bandwidth',
      numbers: `(${cost.dramRead_bytes} + ${cost.dramWrite_bytes}) / (${run.dram.bandwidth_GBps} * 1e9)`,
      value: (cost.dramRead_bytes + cost.dramWrite_bytes) / (run.dram.bandwidth_GBps * 1e9),
      unit: 's',
      source: run.dram.source,
    },
  ];
}

/** Whether causes have a closed form that is explained term by term; those of a timeline are spans of a run of events. */
function hasFormulas({ model }: PreparedKernel, { kind }: LayerTrace): boolean {
  return kind === 'gemm' && model?.onTimeline !== true;
}

/** What the causes of a GEMM are made of. */
function gemmTerms({ machine }: GpuRun, device: GpuDevice, { prepared }: ChargedLayer, layer: LayerTrace): Term[] {
  if (prepared === undefined || !hasFormulas(prepared, layer)) return [];
  const { kernel, parameters } = prepared;
  return explainGemm({ device, kernel, parameters, profile: machine }, gemmShapeOf(layer, kernel));
}

function timeTerms(run: GpuRun, { prepared, cost }: ChargedLayer, layer: LayerTrace): Term[] {
  const causes = cycleCauses.filter((cause) => cost.seconds[cause] > 0);
  const total = causes.reduce((sum, cause) => sum + cost.seconds[cause], 0);
  return [
    ...(prepared !== undefined && hasFormulas(prepared, layer) ? [] : causes).map((cause): Term => ({
      name: `${cause} time`,
      formula: causeFormulas[cause],
      numbers: String(cost.seconds[cause]),
      value: cost.seconds[cause],
      unit: 's',
      source: layer.kind === 'gemm' && prepared !== undefined ? 'run on the timeline of SMs, docs/gpu/timeline.md' : sourceOf(layer),
    })),
    {
      name: 'layer time',
      formula: causes.join(' + ') || 'done inside another kernel',
      numbers: causes.map((cause) => cost.seconds[cause]).join(' + ') || '0',
      value: total,
      unit: 's',
      source: causes.length === 0 ? sourceOf(layer) : 'sum of the causes',
    },
    {
      name: 'latency',
      formula: 'layer time * clock * identical layers',
      numbers: `${total} * ${run.clock_MHz} * 1e6 * ${layer.repeat}`,
      value: total * run.clock_MHz * 1e6 * layer.repeat,
      unit: 'cycles',
      source: run.source,
    },
  ];
}

const causeFormulas: Readonly<Record<(typeof cycleCauses)[number], string>> = {
  compute: 'tensor cores of an SM with the average number of blocks',
  laneStall: 'SMs without a block while others finish',
  dequant: 'conversion on CUDA cores that tensor cores wait for',
  dramStall: 'DRAM, L2 or board power beyond what compute hides',
  fill: 'first loads of a block, and latency of loads along k that nothing hides',
  drain: 'epilogue and reduction of parts along k',
  sync: 'barriers',
  launch: 'start and end of the kernel',
};

function energyTerms(run: GpuRun, machine: GpuMachine, charged: ChargedLayer, layer: LayerTrace): Term[] {
  const { device } = machine;
  const one = activityOf(device, charged, layer);
  const activity = scaleActivity(one, layer.repeat);
  const pJ = product_pJ(charged);
  const energies = energiesOf(device, charged);
  const energy = energyOf(activity, energyTable(device, energies, pJ));
  const l2 = one.sram['l2'] ?? { read_accesses: 0, write_accesses: 0, access_bits: 0 };
  const l2_bytes = l2.access_bits / 8;
  const bytes = [one.dramRead_bytes, one.dramWrite_bytes];
  const term = (name: string, formula: string, numbers: string, value: number | null): Term[] =>
    value === null ? [] : [{ name, formula, numbers, value, unit: 'pJ', source: run.energy.source }];
  const known = energyParts.filter((part) => energy[part] !== null);
  return [
    ...term(
      'product energy',
      'products * energy of one (tensorPower of the kernel applied) * identical layers',
      `${one.peSteps} * ${pJ} * ${layer.repeat}`,
      energy.pe,
    ),
    ...term(
      'L2 energy',
      '(reads + writes) * bytes of a sector * energy per byte * identical layers',
      `(${l2.read_accesses} + ${l2.write_accesses}) * ${l2_bytes} * ${energies.l2Byte_pJ} * ${layer.repeat}`,
      energy.sram,
    ),
    ...term(
      'dram energy',
      '(bytes read + bytes written) * 8 * energy per bit * identical layers',
      `(${bytes.join(' + ')}) * 8 * ${run.dram.energy_pJPerBit} * ${layer.repeat}`,
      energy.dram,
    ),
    ...term(
      'conversion energy',
      'lane operations * energy of one * identical layers',
      `${one.dequant_operations} * ${energies.cudaOp_pJ} * ${layer.repeat}`,
      energy.dequant,
    ),
    ...term(
      'vector energy',
      'lane operations beside products and conversions * energy of one * identical layers',
      `${one.vector_operations ?? 0} * ${energies.cudaOp_pJ} * ${layer.repeat}`,
      energy.vector,
    ),
    ...term(
      'idle energy',
      'idle power * time',
      `${run.power.idle_W} * 1e12 * ${activity.cycles.total} / (${run.clock_MHz} * 1e6)`,
      energy.static,
    ),
    ...term('energy', known.join(' + '), known.map((part) => energy[part]).join(' + '), energy.total),
  ];
}
