/**
 * ZigZag's results on its tpu_like machine, beside the native model on the same description (hw-configs/accelerators/zigzag-tpu-like.yaml).
 * A row is m x n x k and the bits of a weight. One DRAM port carries every bit in and out, so that no schedule of this machine is shorter than
 *   bound = (m k 8 + n k weight bits + m n 8) / 64 cycles
 * ZigZag's totals can be: it does not serialise first loads of different operands and last stores on the port. Such cells say so.
 */
import { simulateAccelerator } from '../accelerator/simulate.js';
import type { AcceleratorConfig } from '../accelerator/accelerator-config.js';
import { operandFormat } from '../formats/index.js';
import { LowbitError } from '../lowbit-error.js';
import type { LayerTrace, Operand } from '../trace/layer-trace.js';
import type { PublishedTable } from './published-table.js';
import { compareWithPublished, type CellKey, type Reproduction, type ReproductionInputs } from './reproduction.js';

/** Accelerators of hw-configs/accelerators it runs on. */
export const zigzagMachines: readonly string[] = ['zigzag-tpu-like'];

interface ZigzagRow {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly weight_bits: number;
}

/** The published cells with ours. Throws LowbitError for a row or metric that is none of its kind, or an accelerator without a number it needs. */
export function reproduceZigzag(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const hardware = inputs.hardware[zigzagMachines[0] ?? ''];
  if (hardware === undefined) throw new LowbitError('the machine of ZigZag is missing', { value: zigzagMachines[0] ?? '' });
  const results = new Map<string, { latency: number; energy: number }>();
  const resultOf = (row: string): { latency: number; energy: number } => {
    let result = results.get(row);
    if (result === undefined) results.set(row, (result = simulated(hardware, rowOf(row), inputs)));
    return result;
  };
  const { cells, summary } = compareWithPublished(
    published,
    ({ row, metric }) => resultOf(row)[metric === 'energy' ? 'energy' : 'latency'],
    (key, difference) => reason(hardware, key, { difference, simulated: resultOf(key.row).latency }),
  );
  const notes = [
    'a weight needs no buffer of its own on this machine: it goes from DRAM into registers of the MACs, and partial sums gather in registers',
    'rows at which ZigZag is below the bound of the DRAM port are disagreements: no schedule can move their bits in its time',
  ];
  return { id: 'zigzag', title: published.title, source: published.source, cells, summary, notes };
}

function simulated(
  hardware: AcceleratorConfig,
  { m, n, k, weight_bits }: ZigzagRow,
  { sramTable }: ReproductionInputs,
): { latency: number; energy: number } {
  const layer: LayerTrace = {
    name: `${m}x${n}x${k}`,
    kind: 'gemm',
    ...{ m, n, k, gemms: 1, repeat: 1, sharedOperand: 'weight' },
    activation: integer(8),
    weight: integer(weight_bits),
    output: integer(8),
  };
  const { totals } = simulateAccelerator(hardware, [{ layers: [layer] }], { sramTable });
  if (totals.energy_pJ === null) throw new LowbitError('the machine of ZigZag needs all its energies', { value: hardware.name });
  return { latency: totals.latency_cycles, energy: totals.energy_pJ };
}

function integer(bits: number): Operand {
  return operandFormat(`int${bits}`);
}

function rowOf(row: string): ZigzagRow {
  const [m, n, k, weight_bits] = (/^(\d+)x(\d+)x(\d+) w(\d+)$/.exec(row) ?? []).slice(1).map(Number);
  if (m === undefined || n === undefined || k === undefined || weight_bits === undefined)
    throw new LowbitError('a row of ZigZag is m x n x k and the bits of a weight', { value: row, remedy: 'e.g. 64x64x64 w8' });
  return { m, n, k, weight_bits };
}

/** Whether ZigZag's latency is one the port allows; of its energy, what the shape has to do with it. */
function reason(
  hardware: AcceleratorConfig,
  { row, metric }: CellKey,
  { difference, simulated }: { readonly difference: number; readonly simulated: number },
): string | null {
  const { m, n, k, weight_bits } = rowOf(row);
  if (metric === 'energy') {
    const { rows, columns } = hardware.array;
    if (n % columns === 0 && k % rows === 0)
      return difference > 0
        ? 'our mapping of the least latency has tiles narrower than the array, which take activations from the buffer more often; objective: edp does not'
        : "ZigZag's mapping of the least latency passes unfinished sums through output registers and SRAM more often";
    return `${n} and ${k} are no multiples of the array, whose padding ZigZag charges`;
  }
  const bound = (m * k * 8 + n * k * weight_bits + m * n * 8) / hardware.dram.bandwidth_bitsPerCycle;
  const theirs = simulated - difference;
  return theirs < bound
    ? `ZigZag is ${Number(((100 * (bound - theirs)) / bound).toPrecision(2))} % below the ${bound.toFixed(0)} cycles the DRAM port needs`
    : 'first load, last tile and skew of the array, which ZigZag counts otherwise';
}
