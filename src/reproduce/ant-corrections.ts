/**
 * The known defects of the model behind ANT's comparison, each as the change that mends it, and what it is worth.
 * Source: docs/timing/loop-order-search.md. Worth = mean over the networks of corrected / as published; the last row mends all of them.
 */
import type { AcceleratorConfig } from '../accelerator/accelerator-config.js';
import { antAsPublished, antCosts, type AntConvention, type AntCostOf } from './ant-cost.js';
import type { AntWorkload } from './ant-workload.js';
import type { Cell } from './reproduction.js';

interface Correction {
  readonly name: string;
  readonly defect: string;
  readonly change: Partial<AntConvention>;
}

const rule = (name: string, value: string, defect: string): Correction => ({
  name: `${name}: ${value}`,
  defect,
  change: { timingOptions: { [name]: value } },
});

const corrections: readonly Correction[] = [
  rule('inputTraffic', 'image', 'a convolution moves its input once per kernel position'),
  rule('kernel', 'both-sides', 'a 1x7 kernel counts as 1x1, a 7x1 as 7x7'),
  rule('drain', 'charged', 'the last output block is free'),
  rule('outputBuffer', 'checked', 'an output tile may exceed its buffer'),
  rule('edgeTiles', 'actual', 'tiles over the edge of a layer count as whole ones'),
  rule('reductionPadding', 'none', 'blocks are padded to the array in memory too'),
  rule('partialSums', 'read-back', 'partial sums leave and never come back'),
  rule('operandReuse', 'array', 'every MAC reads its operands from SRAM'),
  rule('arrayFill', 'per-fold', 'the array fills and empties in no time'),
  rule('dynamicEnergy', 'used-lanes', 'idle PEs burn full dynamic energy'),
  {
    name: 'search: reported',
    defect: 'the search weighs DRAM by other constants than the result',
    change: { timingOptions: { search: undefined } },
  },
  { name: 'bufferLeakage: charged', defect: 'the leakage of the buffers is searched with but left out', change: { bufferLeakage: true } },
  { name: 'patches: listed', defect: 'only the list of BitFusion has the first layer of ViT', change: { patches: true } },
  { name: 'attention: listed', defect: 'the lists lack the products of attention', change: { attention: true } },
];

const everything: Correction = {
  name: 'all of them',
  defect: 'all of these',
  change: corrections.reduce<Partial<AntConvention>>(
    (all, { change }) => ({ ...all, ...change, timingOptions: { ...all.timingOptions, ...change.timingOptions } }),
    {},
  ),
};

/** What is compared, by the names of the published table. */
export interface AntComparison {
  readonly hardware: Readonly<Record<string, AcceleratorConfig>>;
  readonly workload: AntWorkload;
  readonly machines: readonly string[];
  readonly asPublished: AntCostOf;
}

/** Mean ratio of cycles and of energy per correction and machine, and a sentence on each correction. */
export function antCorrections(comparison: AntComparison): { readonly cells: Cell[]; readonly notes: string[] } {
  const { hardware, workload, machines, asPublished } = comparison;
  const networks = Object.keys(workload.networks);
  const cells: Cell[] = [];
  const notes: string[] = [];
  for (const { name, defect, change } of [...corrections, everything]) {
    const corrected = antCosts(hardware, workload, { ...antAsPublished, ...change });
    const worth = (metric: string, value: (cost: AntCostOf, network: string, machine: string) => number): string => {
      const ratios = machines.map((machine) =>
        mean(networks.map((network) => value(corrected, network, machine) / value(asPublished, network, machine))),
      );
      machines.forEach((column, i) =>
        cells.push({ row: name, column, metric, published: null, simulated: ratios[i]!, unit: '', relativeError: null, note: '' }),
      );
      return mean(ratios).toFixed(3);
    };
    const cycles = worth('corrected.cycles', (cost, network, machine) => cost(network, machine).cycles);
    const energy = worth('corrected.energy', (cost, network, machine) => cost(network, machine).energy_nJ.total);
    notes.push(
      `${name} (as published ${defect}): ${cycles} times the cycles and ${energy} times the energy, mean of all networks and machines`,
    );
  }
  return { cells, notes };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
