/**
 * ANT, MICRO 2022: cycles and energy of eight networks on six machines, as the released simulator gives them, beside its published table.
 * The table is normalised to AdaFloat: cycles over its cycles, each part of the energy over its whole energy. Its column called Geomean is an
 * arithmetic mean; the energy of BiScaled is averaged over the two networks it is printed for, its cycles over all eight.
 * Every figure behind the table is a cell too (published: none), named as the simulator names it.
 */
import { LowbitError, unknownName } from '../lowbit-error.js';
import { antCorrections } from './ant-corrections.js';
import { antAsPublished, antBits, antCosts, antEnergies, type AntCostOf } from './ant-cost.js';
import { antWorkloadSchema } from './ant-workload.js';
import type { PublishedTable } from './published-table.js';
import { compareWithPublished, type Cell, type CellKey, type Reproduction, type ReproductionInputs } from './reproduction.js';

const REFERENCE = 'AdaFloat';

/** Accelerators of hw-configs/accelerators behind the columns of the table, which are their names in other letters. */
export const antMachines: readonly string[] = ['ant-os', 'ant-ws', 'bitfusion', 'olaccel', 'biscaled', 'adafloat'];

/** The table and every figure behind it. Throws LowbitError when an accelerator or the workload is missing, or for a cell that is none of the table's. */
export function reproduceAnt(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const workload = antWorkloadSchema.parse(inputs.workload);
  const cost = antCosts(inputs.hardware, workload, antAsPublished);
  const [table] = published.tables;
  if (table === undefined) throw new LowbitError('the published table of ANT has no cells', { value: published.id });
  const machines = table.columns;
  const printed = (machine: string, metric: string): string[] => {
    const rows = published.tables.find((each) => each.metric === metric)?.rows ?? {};
    const at = machines.indexOf(machine);
    return Object.keys(rows).filter((row) => row !== 'mean' && rows[row]?.[at] !== null);
  };
  const networks = Object.keys(workload.networks);
  const { cells, summary } = compareWithPublished(
    published,
    (key) => cellValue(key, cost, key.metric === 'time_norm' ? networks : printed(key.column, key.metric)),
    () => null,
  );
  const corrected = inputs.corrected === true ? antCorrections({ hardware: inputs.hardware, workload, machines, asPublished: cost }) : null;
  return {
    id: 'ant',
    title: published.title,
    source: published.source,
    cells: [...cells, ...figures(cost, networks, machines), ...(corrected?.cells ?? [])],
    summary,
    notes: [...notes(cost, networks, machines), ...(corrected?.notes ?? [])],
  };
}

/** `network`, `machine`, `time_norm` or `energy_norm.part`; or `mean` over the networks that count. */
function cellValue({ row, column, metric }: CellKey, cost: AntCostOf, networks: readonly string[]): number {
  const [kind, part = ''] = metric.split('.');
  const value = (network: string): number => {
    const [ours, reference] = [cost(network, column), cost(network, REFERENCE)];
    if (kind === 'time_norm') return ours.cycles / reference.cycles;
    const known = antEnergies.find((name) => name === part);
    if (kind !== 'energy_norm' || known === undefined)
      throw unknownName('metric of ANT', metric, ['time_norm', ...antEnergies.map((name) => `energy_norm.${name}`)]);
    return ours.energy_nJ[known] / reference.energy_nJ.total;
  };
  return row === 'mean' ? networks.reduce((sum, network) => sum + value(network), 0) / networks.length : value(row);
}

/** Cycles, bits and nanojoules of every network on every machine. */
function figures(cost: AntCostOf, networks: readonly string[], machines: readonly string[]): Cell[] {
  return networks.flatMap((row) =>
    machines.flatMap((column) => {
      const { cycles, mem_stall_cycles, bits, energy_nJ } = cost(row, column);
      const cell = (metric: string, simulated: number, unit: string): Cell => ({
        row,
        column,
        metric,
        published: null,
        simulated,
        unit,
        relativeError: null,
        note: '',
      });
      return [
        cell('cycles', cycles, 'cycles'),
        cell('mem_stall_cycles', mem_stall_cycles, 'cycles'),
        ...antBits.map((name) => cell(`bits.${name}`, bits[name], 'bits')),
        ...([...antEnergies, 'total'] as const).map((name) => cell(`energy_nJ.${name}`, energy_nJ[name], 'nJ')),
      ];
    }),
  );
}

function notes(cost: AntCostOf, networks: readonly string[], machines: readonly string[]): string[] {
  const ratio = (machine: string, value: (network: string, machine: string) => number): string =>
    `${machine} ${geometricMean(networks.map((network) => value(network, machine) / value(network, REFERENCE))).toFixed(3)}`;
  const others = machines.filter((machine) => machine !== REFERENCE);
  return [
    'mean is the arithmetic mean, which the published table calls Geomean; BiScaled: cycles of all networks, energy of the two it is printed for',
    `true geometric means of the cycles: ${others.map((machine) => ratio(machine, (n, m) => cost(n, m).cycles)).join(', ')}`,
    `true geometric means of the whole energy: ${others.map((machine) => ratio(machine, (n, m) => cost(n, m).energy_nJ.total)).join(', ')}`,
    'cells without a published value are the figures behind the table; --corrected shows what each known defect of the model is worth',
  ];
}

/** Product first, one root last: the values lie near 1. */
function geometricMean(values: readonly number[]): number {
  return values.reduce((product, value) => product * value, 1) ** (1 / values.length);
}
