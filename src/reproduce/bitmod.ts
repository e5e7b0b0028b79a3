/**
 * BitMoD, HPCA 2025, figures 7 and 8: cycles and energies of six LLMs on five systems, and the mean speed-ups of the text.
 * Convention as-published (bitmod-workload.ts): its GEMM list is charged by the same counting as the simulator's layers.
 * discriminative = one prefill of 256 tokens; generative = one decode step at context 256; the generative means are of
 * prefill + 20 decode steps. Every mean is arithmetic, also the bar the paper labels a geometric one.
 */
import type { AcceleratorConfig } from '../accelerator/accelerator-config.js';
import { energyTable, sramCosts, timedHardware } from '../accelerator/array-design.js';
import { rooflineActivity } from '../accelerator/timing/layer-roofline.js';
import { energyOf } from '../energy/breakdown.js';
import type { SramTable } from '../energy/sram.js';
import { LowbitError, unknownName } from '../lowbit-error.js';
import { scaleActivity } from '../trace/scale-activity.js';
import { bitmodNetworks, bitmodSystems, bitmodTokens, publishedGemms, type BitmodTask } from './bitmod-workload.js';
import type { PublishedTable } from './published-table.js';
import { compareWithPublished, type CellKey, type Reproduction } from './reproduction.js';

const DECODE_STEPS = 20;
const PJ_PER_UJ = 1e6;
const models = Object.keys(bitmodNetworks);

interface Cost {
  readonly cycles: number;
  readonly onchip_uJ: number;
  readonly total_uJ: number;
}

type Quantity = keyof Cost;

/** Figures 7 and 8. `hardware` holds the accelerators fp16, ant, olive and bitmod. Throws LowbitError when one is missing or lacks an energy. */
export function reproduceBitmod(
  published: PublishedTable,
  hardware: Readonly<Record<string, AcceleratorConfig>>,
  sramTable: SramTable,
): Reproduction {
  const costs = new Map<string, Cost>();
  const cost = (task: BitmodTask, model: string, system: string): Cost => {
    const key = `${task} ${model} ${system}`;
    let known = costs.get(key);
    if (known === undefined) costs.set(key, (known = publishedCost(task, model, systemNamed(system, hardware), sramTable)));
    return known;
  };
  const { cells, summary } = compareWithPublished(published, (key) => cellValue(key, cost), noteOn);
  return { id: 'bitmod', title: published.title, source: published.source, cells, summary, notes: conventionNotes };
}

function noteOn({ metric }: CellKey, difference: number): string {
  const off = difference.toFixed(2);
  if (metric.endsWith('_uJ')) return `${off} uJ off: the published parts are whole uJ, rounded before they were added`;
  return `${off} off`;
}

interface System {
  readonly hardware: AcceleratorConfig;
  readonly weight_bits: (task: BitmodTask, model: string) => number;
}

function systemNamed(name: string, hardware: Readonly<Record<string, AcceleratorConfig>>): System {
  const system = bitmodSystems[name];
  if (system === undefined) throw unknownName('system of BitMoD', name, Object.keys(bitmodSystems));
  const config = hardware[system.hardware];
  if (config === undefined) throw unknownName('accelerator', system.hardware, Object.keys(hardware));
  return { hardware: config, weight_bits: (task, model) => system.weight_bits[task][models.indexOf(model)] as number };
}

function publishedCost(task: BitmodTask, model: string, system: System, sramTable: SramTable): Cost {
  const { hardware } = system;
  const timed = timedHardware(hardware, task === 'discriminative' ? 'prefill' : 'decode');
  const table = energyTable(hardware, sramCosts(hardware, sramTable), null);
  let cycles = 0;
  let onchip_pJ = 0;
  let dram_pJ = 0;
  for (const { charge, count } of publishedGemms(model, task, system.weight_bits(task, model), timed)) {
    const activity = scaleActivity(rooflineActivity(timed, charge, charge.m * charge.n * charge.k), count);
    const { pe, sram, dram } = energyOf(activity, table);
    if (pe === null || sram === null || dram === null) throw new LowbitError('BitMoD cannot be reproduced without PE, SRAM and DRAM energy', { value: hardware.name });
    cycles += activity.cycles.total;
    onchip_pJ += pe + sram;
    dram_pJ += dram;
  }
  return { cycles, onchip_uJ: onchip_pJ / PJ_PER_UJ, total_uJ: (onchip_pJ + dram_pJ) / PJ_PER_UJ };
}

type CostOf = (task: BitmodTask, model: string, system: string) => Cost;

/** `model`, `system`, `task.quantity`; or `mean`, `faster/slower`, `task.ratio`. */
function cellValue({ row, column, metric }: CellKey, cost: CostOf): number {
  const [task, quantity] = metric.split('.') as [string, string];
  if (row !== 'mean') return cost(task as BitmodTask, row, column)[quantity as Quantity];
  const [ours, theirs] = column.split('/') as [string, string];
  const of: Quantity = quantity === 'speedup' ? 'cycles' : 'total_uJ';
  const tasks: BitmodTask[] = task === 'combined' ? ['discriminative', 'generative'] : [task as BitmodTask];
  return mean(tasks.map((each) => mean(models.map((model) => endToEnd(cost, each, model, theirs)[of] / endToEnd(cost, each, model, ours)[of]))));
}

/** Prefill alone, or prefill and 20 decode steps all at the first one's context. */
function endToEnd(cost: CostOf, task: BitmodTask, model: string, system: string): Cost {
  const prefill = cost('discriminative', model, system);
  if (task === 'discriminative') return prefill;
  const step = cost('generative', model, system);
  const sum = (quantity: Quantity): number => prefill[quantity] + DECODE_STEPS * step[quantity];
  return { cycles: sum('cycles'), onchip_uJ: sum('onchip_uJ'), total_uJ: sum('total_uJ') };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const conventionNotes = [
  'discriminative: one prefill of 256 tokens; generative: one decode step at context 256; generative means: prefill + 20 decode steps',
];
