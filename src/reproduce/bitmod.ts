/**
 * BitMoD, HPCA 2025, figures 7 and 8: cycles and energies of six LLMs on five systems, and the mean ratios of the text.
 * Convention as-published (bitmod-workload.ts): its GEMM list is charged by the same counting as the simulator's layers.
 * discriminative = one prefill of 256 tokens; generative = one decode step at context 256; the generative means are of
 * prefill + 20 decode steps. Every mean is arithmetic, also the bar the paper labels a geometric one.
 */
import type { AcceleratorConfig } from '../accelerator/accelerator-config.js';
import type { SramTable } from '../energy/sram.js';
import { bitmodCosts, type BitmodCost, type BitmodCostOf } from './bitmod-cost.js';
import {
  attentionAsPublished,
  attentionCorrected,
  attentionOfRightShape,
  bitmodNetworks,
  bitmodSystems,
  type BitmodTask,
} from './bitmod-workload.js';
import type { PublishedTable } from './published-table.js';
import { compareWithPublished, type CellKey, type Reproduction } from './reproduction.js';

const DECODE_STEPS = 20;
const models = Object.keys(bitmodNetworks);
const tasks: readonly BitmodTask[] = ['discriminative', 'generative'];

type Quantity = keyof BitmodCost;

/** Figures 7 and 8. `hardware` holds the accelerators fp16, ant, olive and bitmod. Throws LowbitError when one is missing or lacks an energy. */
export function reproduceBitmod(
  published: PublishedTable,
  hardware: Readonly<Record<string, AcceleratorConfig>>,
  sramTable: SramTable,
): Reproduction {
  const asPublished = bitmodCosts(hardware, sramTable, attentionAsPublished);
  const rightShape = bitmodCosts(hardware, sramTable, attentionOfRightShape);
  const corrected = bitmodCosts(hardware, sramTable, attentionCorrected);
  const { cells, summary } = compareWithPublished(published, (key) => cellValue(key, asPublished), noteOn);
  const notes = [
    'discriminative: one prefill of 256 tokens; generative: one decode step at context 256; generative and combined means: prefill + 20 decode steps',
    worthNote('attention as one product per KV head instead of the published shapes', rightShape, asPublished),
    worthNote(
      'the KV precision (8 bits on bitmod, else 16) instead of 16-bit operands at the terms of the linear layers',
      corrected,
      rightShape,
    ),
    'the simulator charges the corrected attention and the weight bits of a scheme; both slips live in this reproduction only',
  ];
  return { id: 'bitmod', title: published.title, source: published.source, cells, summary, notes };
}

function noteOn({ metric }: CellKey, difference: number): string {
  const off = difference.toFixed(2);
  if (metric.endsWith('_uJ')) return `${off} uJ: within the rounding of a sum of whole uJ`;
  if (metric.endsWith('energyEfficiency')) return `${off}: the published mean does not follow from the published energies, which are met`;
  if (metric.startsWith('combined.')) return `${off}: the paper takes the mean of the two means after rounding them`;
  return off;
}

/** `model`, `system`, `task.quantity`; or `mean`, `ours/theirs`, `task.ratio`. */
function cellValue({ row, column, metric }: CellKey, cost: BitmodCostOf): number {
  const [task, quantity] = metric.split('.') as [string, string];
  if (row !== 'mean') return cost(task as BitmodTask, row, column)[quantity as Quantity];
  const [ours, theirs] = column.split('/') as [string, string];
  const of: Quantity = quantity === 'speedup' ? 'cycles' : 'total_uJ';
  const ratio = (each: BitmodTask): number =>
    mean(models.map((model) => endToEnd(cost, each, model, theirs)[of] / endToEnd(cost, each, model, ours)[of]));
  return task === 'combined' ? mean(tasks.map(ratio)) : ratio(task as BitmodTask);
}

/** Prefill alone, or prefill and 20 decode steps all at the first one's context. */
function endToEnd(cost: BitmodCostOf, task: BitmodTask, model: string, system: string): BitmodCost {
  const prefill = cost('discriminative', model, system);
  if (task === 'discriminative') return prefill;
  const step = cost('generative', model, system);
  const sum = (quantity: Quantity): number => prefill[quantity] + DECODE_STEPS * step[quantity];
  return { cycles: sum('cycles'), onchip_uJ: sum('onchip_uJ'), total_uJ: sum('total_uJ') };
}

/** What a change of convention is worth: mean over the models of the cycles with it over those without. */
function worthNote(change: string, withIt: BitmodCostOf, without: BitmodCostOf): string {
  const worth = tasks.map((task) => {
    const systems = Object.keys(bitmodSystems).map((system) => {
      const ratio = mean(models.map((model) => withIt(task, model, system).cycles / without(task, model, system).cycles));
      return `${system} ${ratio.toFixed(3)}`;
    });
    return `${task} cycles x ${systems.join(', ')}`;
  });
  return `${change}: ${worth.join('; ')} (mean over the six models)`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
