/**
 * BitMoD, HPCA 2025, figures 7 and 8: cycles and energies of six LLMs on five systems, and the mean ratios of the text.
 * Convention as-published (bitmod-workload.ts): its GEMM list is charged by the same counting as the simulator's layers.
 * discriminative = one prefill of 256 tokens; generative = one decode step at context 256; the generative means are of
 * prefill + 20 decode steps. Every mean is arithmetic, also the bar the paper labels a geometric one.
 */
import { LowbitError, unknownName } from '../lowbit-error.js';
import { bitmodCosts, type BitmodCost, type BitmodCostOf } from './bitmod-cost.js';
import { attentionAsPublished, attentionCorrected, attentionOfRightShape, type BitmodTask } from './bitmod-workload.js';
import type { PublishedTable } from './published-table.js';
import { compareWithPublished, type CellKey, type Reproduction, type ReproductionInputs } from './reproduction.js';

const DECODE_STEPS = 20;
const tasks: readonly BitmodTask[] = ['discriminative', 'generative'];

/** The networks of the figures, by the names of models/. */
export const bitmodModels: readonly string[] = ['opt-1.3b', 'phi-2', 'yi-6b', 'llama-2-7b', 'llama-2-13b', 'llama-3-8b'];

type Quantity = keyof BitmodCost;

interface CellMetric {
  readonly task: BitmodTask | 'combined';
  readonly quantity: Quantity;
}

/** Metrics of a network on a system, `task.quantity`. */
const costMetrics = new Map<string, CellMetric & { task: BitmodTask }>(
  tasks.flatMap((task) =>
    (['cycles', 'onchip_uJ', 'total_uJ'] as const).map((quantity) => [`${task}.${quantity}`, { task, quantity }] as const),
  ),
);

/** Ratios of two systems as means over the networks, `task.ratio`. */
const ratioMetrics = new Map<string, CellMetric>(
  [...tasks, 'combined' as const].flatMap((task) => [
    [`${task}.speedup`, { task, quantity: 'cycles' }] as const,
    [`${task}.energyEfficiency`, { task, quantity: 'total_uJ' }] as const,
  ]),
);

/**
 * Figures 7 and 8. The inputs hold the accelerators fp16, ant, olive and bitmod, and the six models.
 * Throws LowbitError when one is missing or lacks an energy, and for a table without a workload or with a cell that is none of the figures'.
 */
export function reproduceBitmod(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const { workload } = published;
  if (workload === undefined) throw new LowbitError('the published table of BitMoD needs its workload', { value: published.id });
  const asPublished = bitmodCosts(inputs, workload, attentionAsPublished);
  const rightShape = bitmodCosts(inputs, workload, attentionOfRightShape);
  const corrected = bitmodCosts(inputs, workload, attentionCorrected);
  const systems = Object.keys(workload.systems);
  const { cells, summary } = compareWithPublished(published, (key) => cellValue(key, asPublished), roundingReason);
  const notes = [
    'discriminative: one prefill of 256 tokens; generative: one decode step at context 256; generative and combined means: prefill + 20 decode steps',
    worthNote('attention as one product per KV head instead of the published shapes', systems, [rightShape, asPublished]),
    worthNote('the KV precision (8 bits on bitmod, else 16) instead of 16-bit operands at the terms of the linear layers', systems, [
      corrected,
      rightShape,
    ]),
    'the simulator charges the corrected attention and the weight bits of a scheme; both slips live in this reproduction only',
  ];
  return { id: 'bitmod', title: published.title, source: published.source, cells, summary, notes };
}

/** The printed energies are sums of parts in whole uJ: that explains less than 1 uJ, and nothing beyond. */
function roundingReason({ metric }: CellKey, difference: number): string | null {
  return metric.endsWith('_uJ') && Math.abs(difference) < 1 ? 'within the rounding of a sum of whole uJ' : null;
}

/** `model`, `system`, `task.quantity`; or `mean`, `ours/theirs`, `task.ratio`. */
function cellValue({ row, column, metric }: CellKey, cost: BitmodCostOf): number {
  const known = costMetrics.get(metric);
  if (known !== undefined) return cost(known.task, row, column)[known.quantity];
  const ratioOf = ratioMetrics.get(metric);
  if (ratioOf === undefined) throw unknownName('metric of BitMoD', metric, [...costMetrics.keys(), ...ratioMetrics.keys()]);
  if (row !== 'mean') throw unknownName(`row of ${metric}`, row, ['mean']);
  const { task, quantity } = ratioOf;
  const [ours = '', theirs = ''] = column.split('/');
  const ratio = (each: BitmodTask): number =>
    mean(bitmodModels.map((model) => endToEnd(cost, each, model, theirs)[quantity] / endToEnd(cost, each, model, ours)[quantity]));
  return task === 'combined' ? mean(tasks.map(ratio)) : ratio(task);
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
function worthNote(change: string, systems: readonly string[], [withIt, without]: readonly [BitmodCostOf, BitmodCostOf]): string {
  const worth = tasks.map((task) => {
    const ratios = systems.map((system) => {
      const ratio = mean(bitmodModels.map((model) => withIt(task, model, system).cycles / without(task, model, system).cycles));
      return `${system} ${ratio.toFixed(3)}`;
    });
    return `${task} cycles x ${ratios.join(', ')}`;
  });
  return `${change}: ${worth.join('; ')} (mean over the six models)`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
