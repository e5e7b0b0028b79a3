/**
 * Totals of a workload from activities in columns (activity-columns.ts): what simulate.ts adds up over layers, in the same order, so that both
 * agree to the last bit. Formulas: energy/breakdown.ts (energy of a layer, sums of energies), simulate.ts (utilization).
 */
import { dramEnergy_pJ } from '../energy/dram.js';
import type { EnergyTable } from '../energy/breakdown.js';
import type { AccessCost } from '../energy/sram.js';
import { cycleCauses, type Cycles } from '../trace/layer-activity.js';
import type { ActivityColumns, BufferColumns } from './activity-columns.js';

/** The layers of a workload in order: identical ones share a row of the columns. */
export interface WorkloadRows {
  readonly length: number;
  /** Row of the columns. */
  readonly unique: Int32Array;
  /** Identical layers a row stands for. */
  readonly repeat: Float64Array;
  /** Segment of the workload, whose array it runs on. */
  readonly segment: Int32Array;
}

/** Sums over a workload. Parts of energy without a value, and totals that lack an unknown one, are NaN. */
export interface ColumnSums {
  readonly cycles: Cycles;
  macs: number;
  dram_bytes: number;
  utilization: number;
  energy_pJ: number;
  pe_pJ: number;
  sram_pJ: number;
  dram_pJ: number;
  dequant_pJ: number;
  vector_pJ: number;
  static_pJ: number;
}

/** Sums to be filled, again and again. */
export function columnSums(): ColumnSums {
  return {
    cycles: { total: 0, compute: 0, laneStall: 0, dequant: 0, dramStall: 0, fill: 0, drain: 0, sync: 0, launch: 0 },
    macs: 0,
    dram_bytes: 0,
    utilization: NaN,
    energy_pJ: NaN,
    pe_pJ: NaN,
    sram_pJ: NaN,
    dram_pJ: NaN,
    dequant_pJ: NaN,
    vector_pJ: NaN,
    static_pJ: NaN,
  };
}

/** Total cycles, MACs and DRAM bytes. */
export function sumCounts(columns: ActivityColumns, rows: WorkloadRows, sums: ColumnSums): void {
  const { unique, repeat } = rows;
  const { macs, dramRead_bytes, dramWrite_bytes } = columns;
  const { total } = columns.cycles;
  let cycles = 0;
  let allMacs = 0;
  let bytes = 0;
  for (let row = 0; row < rows.length; row++) {
    const i = unique[row]!;
    const count = repeat[row]!;
    cycles += total[i]! * count;
    allMacs += macs[i]! * count;
    bytes += dramRead_bytes[i]! * count + dramWrite_bytes[i]! * count;
  }
  sums.cycles.total = cycles;
  sums.macs = allMacs;
  sums.dram_bytes = bytes;
}

/** Cycles by cause. */
export function sumCauses(columns: ActivityColumns, { length, unique, repeat }: WorkloadRows, sums: ColumnSums): void {
  for (const cause of cycleCauses) {
    const column = columns.cycles[cause];
    let sum = 0;
    for (let row = 0; row < length; row++) sum += column[unique[row]!]! * repeat[row]!;
    sums.cycles[cause] = sum;
  }
}

/** Utilization of the layers, each weighted by what its array could have done in its cycles. `pes` are the PEs of the array of each segment. */
export function sumUtilization(columns: ActivityColumns, rows: WorkloadRows, pes: Float64Array, sums: ColumnSums): void {
  const { unique, repeat, segment } = rows;
  const { total } = columns.cycles;
  let used = 0;
  let offered = 0;
  for (let row = 0; row < rows.length; row++) {
    const i = unique[row]!;
    const steps = pes[segment[row]!]! * (total[i]! * repeat[row]!);
    used += columns.utilization[i]! * steps;
    offered += steps;
  }
  sums.utilization = Math.min(1, used / offered);
}

/** Cost of an access of a buffer, by its place in `bufferNames`, at a bus width; null: unknown. */
export type AccessPrice = (buffer: number, bus_bits: number) => AccessCost | null;

/** Energy by part and in total; `sramCost` of the table is not asked, `price` is. */
export function sumEnergy(
  columns: ActivityColumns,
  rows: WorkloadRows,
  costs: { table: EnergyTable; price: AccessPrice },
  sums: ColumnSums,
): void {
  const { table, price } = costs;
  sums.pe_pJ = weighted(columns.peSteps, rows, table.pe_pJPerStep);
  sums.sram_pJ = sramEnergy(columns, rows, price);
  sums.dram_pJ = dramEnergy(columns, rows, table);
  sums.dequant_pJ = weighted(columns.dequant_operations, rows, table.dequant_pJPerOperation);
  const vectorUnknown = table.vector_pJPerOperation === 'unknown';
  // A workload without vector work costs none, whatever an operation of it may cost.
  sums.vector_pJ = weighted(
    columns.vector_operations,
    rows,
    vectorUnknown ? (anyOf(columns.vector_operations, rows) ? NaN : 0) : table.vector_pJPerOperation,
  );
  sums.static_pJ = standingEnergy(columns, rows, table.standing);
  const unknown =
    table.pe_pJPerStep === 'unknown' ||
    Number.isNaN(sums.sram_pJ) ||
    Number.isNaN(sums.dram_pJ) ||
    table.dequant_pJPerOperation === 'unknown' ||
    (vectorUnknown && Number.isNaN(sums.vector_pJ)) ||
    (table.standing.length > 0 && Number.isNaN(sums.static_pJ));
  sums.energy_pJ = unknown ? NaN : sumOfKnown(sums);
}

/** In the order in which the parts of an energy are added up. */
function sumOfKnown({ pe_pJ, sram_pJ, dram_pJ, dequant_pJ, vector_pJ, static_pJ }: ColumnSums): number {
  let sum = 0;
  if (!Number.isNaN(pe_pJ)) sum += pe_pJ;
  sum += sram_pJ;
  sum += dram_pJ;
  if (!Number.isNaN(dequant_pJ)) sum += dequant_pJ;
  if (!Number.isNaN(vector_pJ)) sum += vector_pJ;
  if (!Number.isNaN(static_pJ)) sum += static_pJ;
  return sum;
}

function weighted(counts: Float64Array, { length, unique, repeat }: WorkloadRows, each: number | string): number {
  if (typeof each !== 'number') return NaN;
  let sum = 0;
  for (let row = 0; row < length; row++) sum += counts[unique[row]!]! * repeat[row]! * each;
  return sum;
}

function anyOf(counts: Float64Array, { length, unique }: WorkloadRows): boolean {
  for (let row = 0; row < length; row++) if (counts[unique[row]!]! > 0) return true;
  return false;
}

function dramEnergy(
  { dramRead_bytes, dramWrite_bytes }: ActivityColumns,
  { length, unique, repeat }: WorkloadRows,
  table: EnergyTable,
): number {
  const { dramRead_pJPerBit: read, dramWrite_pJPerBit: write } = table;
  if (typeof read !== 'number' || typeof write !== 'number') return NaN;
  let sum = 0;
  for (let row = 0; row < length; row++) {
    const i = unique[row]!;
    const count = repeat[row]!;
    sum += dramEnergy_pJ(dramRead_bytes[i]! * count, read) + dramEnergy_pJ(dramWrite_bytes[i]! * count, write);
  }
  return sum;
}

function standingEnergy({ cycles }: ActivityColumns, { length, unique, repeat }: WorkloadRows, standing: EnergyTable['standing']): number {
  if (standing.length === 0) return NaN;
  let sum = 0;
  for (let row = 0; row < length; row++) {
    const count = cycles.total[unique[row]!]! * repeat[row]!;
    let layer = 0;
    for (const { pJPerCycle } of standing) layer += typeof pJPerCycle === 'number' ? pJPerCycle * count : NaN;
    sum += layer;
  }
  return sum;
}

/** Buffers one after another within a layer, layers one after another; NaN where a cost is unknown. */
function sramEnergy({ buffers }: ActivityColumns, { length, unique, repeat }: WorkloadRows, price: AccessPrice): number {
  const { weight, activation, output } = buffers;
  let sum = 0;
  for (let row = 0; row < length; row++) {
    const i = unique[row]!;
    const count = repeat[row]!;
    const layer = { at: i, count, price };
    sum += bufferEnergy(weight, 0, layer) + bufferEnergy(activation, 1, layer) + bufferEnergy(output, 2, layer);
  }
  return sum;
}

/** Energy of the accesses that `count` layers like the one at `at` make to a buffer. */
function bufferEnergy(buffer: BufferColumns, b: number, { at, count, price }: { at: number; count: number; price: AccessPrice }): number {
  const reads = buffer.read_accesses[at]! * count;
  const writes = buffer.write_accesses[at]! * count;
  if (reads + writes === 0) return 0;
  const cost = price(b, buffer.access_bits[at]!);
  if (cost === null) return NaN;
  return reads * cost.read_pJ + (writes * cost.write_pJ * buffer.write_bits[at]!) / cost.bus_bits;
}
