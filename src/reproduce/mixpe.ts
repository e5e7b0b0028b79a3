/**
 * MixPE, arXiv 2411.16158: time and energy of four networks on six contenders relative to FP16, as results stored with its released simulator.
 * The faithful model charges its contenders by its rules; why a cell differs stands beside it. Beside the table stand what the law of
 * dequantization gives instead of the published pseudo-products, and the ratios a headline could mean: it names no baseline.
 */
import type { AcceleratorConfig } from '../accelerator/accelerator-config.js';
import { LowbitError, unknownName } from '../lowbit-error.js';
import { antEnergies } from './ant-cost.js';
import { mixpeCost, type MixpeCost } from './mixpe-cost.js';
import { mixpeWorkloadSchema, type MixpeWorkload } from './mixpe-workload.js';
import type { PublishedTable } from './published-table.js';
import { compareWithPublished, type Cell, type CellKey, type Reproduction, type ReproductionInputs } from './reproduction.js';

const REFERENCE = 'FP16';

/** Accelerator whose buffers and DRAM all contenders share. */
export const mixpeMachines: readonly string[] = ['ant-os'];

type CostOf = (network: string, contender: string) => MixpeCost;

/** The table, the law of dequantization and the ratios. Throws LowbitError when the accelerator is missing, or for a cell that is none of the table's. */
export function reproduceMixpe(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const workload = mixpeWorkloadSchema.parse(inputs.workload);
  const memory = inputs.hardware['ant-os'];
  if (memory === undefined) throw new LowbitError('the comparison of MixPE needs accelerator ant-os', { value: published.id });
  const cost = costs(memory, workload);
  const networks = Object.keys(workload.networks);
  const contenders = Object.keys(workload.contenders);
  const { cells, summary } = compareWithPublished(
    published,
    (key) => cellValue(key, cost, networks),
    (key, difference) => reasonOf(workload, key, difference),
  );
  return {
    id: 'mixpe',
    title: published.title,
    source: published.source,
    cells: [...cells, ...lawCells(cost, networks, contenders), ...ratioCells(cost, networks, contenders)],
    summary,
    notes: notes(workload),
  };
}

/** Costs, each computed once. */
function costs(memory: AcceleratorConfig, workload: MixpeWorkload): CostOf {
  const known = new Map<string, MixpeCost>();
  return (network, contender) => {
    const key = `${network} ${contender}`;
    let cost = known.get(key);
    if (cost === undefined) {
      const [layers, design] = [workload.networks[network], workload.contenders[contender]];
      if (layers === undefined) throw unknownName('network of MixPE', network, Object.keys(workload.networks));
      if (design === undefined) throw unknownName('contender of MixPE', contender, Object.keys(workload.contenders));
      known.set(key, (cost = mixpeCost(memory, workload, layers, design)));
    }
    return cost;
  };
}

/** `network`, `contender`, `time_norm`, `energy_norm` or `energy_norm.part`; `mean` over the networks. */
function cellValue({ row, column, metric }: CellKey, cost: CostOf, networks: readonly string[]): number {
  if (row === 'mean') return mean(networks.map((network) => cellValue({ row: network, column, metric }, cost, networks)));
  const [ours, reference] = [cost(row, column).asPublished, cost(row, REFERENCE).asPublished];
  if (metric === 'time_norm') return ours.cycles / reference.cycles;
  if (metric === 'energy_norm') return ours.energy_nJ.total / reference.energy_nJ.total;
  const part = antEnergies.find((name) => metric === `energy_norm.${name}`);
  if (part === undefined)
    throw unknownName('metric of MixPE', metric, ['time_norm', 'energy_norm', ...antEnergies.map((name) => `energy_norm.${name}`)]);
  return ours.energy_nJ[part] / reference.energy_nJ.total;
}

/** A sum of four parts rounded to 0.01 each is within 0.02 of the whole, and printed to 0.01 within 0.025. */
const SUM_OF_ROUNDED = 0.025;
/** How far a random mix of precisions was found from its expectation; beyond it nothing is explained. */
const RANDOM_MIX = 0.02;

function reasonOf({ contenders }: MixpeWorkload, { row, column, metric }: CellKey, difference: number): string | null {
  const reasons = [
    ...(contenders[column]?.narrow !== undefined && Math.abs(difference) <= RANDOM_MIX
      ? ['the published mix of layer precisions is random with an unknown seed; ours is its expectation']
      : []),
    ...(metric === 'energy_norm' && row !== 'mean' && Math.abs(difference) <= SUM_OF_ROUNDED
      ? ['the published energies agree with sums of four parts rounded to 0.01 each']
      : []),
    ...(metric === 'energy_norm' && row === 'mean' && Math.abs(difference) <= SUM_OF_ROUNDED ? ['the mean of such sums'] : []),
  ];
  return reasons.length === 0 ? null : reasons.join('; ');
}

/** Time with dequantization by the law, and how much of it there is beside what is charged as published. */
function lawCells(cost: CostOf, networks: readonly string[], contenders: readonly string[]): Cell[] {
  return networks.flatMap((row) =>
    contenders.flatMap((column) => {
      const { lawCycles, dequantizations, lawShare, publishedShare } = cost(row, column);
      const cell = (metric: string, simulated: number, unit: string): Cell => figure({ row, column, metric }, simulated, unit);
      return [
        cell('law.time_norm', lawCycles / cost(row, REFERENCE).lawCycles, ''),
        cell('law.dequantizations', dequantizations, 'multiplications'),
        cell('law.dequantizationShare', lawShare, 'of the MACs'),
        cell('asPublished.dequantizationShare', publishedShare, 'of the MACs'),
      ];
    }),
  );
}

/** Mean over the networks of the other contender over MixPE: the ratios a headline could mean. */
function ratioCells(cost: CostOf, networks: readonly string[], contenders: readonly string[]): Cell[] {
  const ours = contenders.filter((name) => name.startsWith('MixPE'));
  return ours.flatMap((row) =>
    contenders
      .filter((column) => !ours.includes(column))
      .flatMap((column) => {
        const ratio = (value: (each: MixpeCost) => number): number =>
          mean(networks.map((network) => value(cost(network, column)) / value(cost(network, row))));
        return [
          figure(
            { row, column, metric: 'mean speedup over' },
            ratio((each) => each.asPublished.cycles),
            'x',
          ),
          figure(
            { row, column, metric: 'mean energy saving over' },
            ratio((each) => each.asPublished.energy_nJ.total),
            'x',
          ),
          figure(
            { row, column, metric: 'law.mean speedup over' },
            ratio((each) => each.lawCycles),
            'x',
          ),
        ];
      }),
  );
}

function figure(key: CellKey, simulated: number, unit: string): Cell {
  return { ...key, published: null, simulated, unit, relativeError: null, note: '' };
}

function notes({ pseudoProduct_divisor, group, batch }: MixpeWorkload): string[] {
  return [
    'the headline of 2.6x speed and 1.4x energy has no confirmed baseline: no pair of stored results gives it, the nearest, MixPE-W4A16 over BitFusion, is no citation',
    `dequantization as published is a product on the same array: K x N/${pseudoProduct_divisor} for weights first (1/${pseudoProduct_divisor} of the MACs), K/${pseudoProduct_divisor} x N/${group} after a group`,
    `by its law it is K N per load of the weights first, 1/${batch} of the MACs per load at ${batch} rows, and M N K / ${group} after a group: law.* charges that`,
    'both operands of a layer share one precision: W4A8 is timed as 4 x 4 bits and W4A16 as 8 x 8; MixPE-W4A8 has four times the PEs of ANT and INT8 at the same PE energy, without area data',
    'the CSV files of layers stored beside the results were made with one 32 x 32 array for all contenders and match neither the configurations nor this table; they are not compared',
    'rows, patches, fused QKV and the feed-forward of Llama-2-13B are what the printed cells imply (docs/reproduce-mixpe.md)',
    'mean is the arithmetic mean of the networks; the stored averages of energy mix contenders by a wrong stride and are not compared',
  ];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
