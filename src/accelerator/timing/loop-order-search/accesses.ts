/**
 * What a selected tile moves in the order last walked: DRAM bits per operand, and accesses of the buffers.
 *   DRAM reads are written once into their buffer, DRAM writes are read once from the output buffer
 *   OS  activation reads = weight reads = MACs p; every output is read and written once per tile of the reduction
 *   WS  activation reads = MACs p; every MAC reads and writes a partial sum; weights are read once per tile
 * MACs, outputs and weights are those of full tiles, as published; with operand reuse a row or column of PEs shares a read.
 */
import type { TileSearch } from './tile.js';

/** Bits the array reads of each operand, and reads and writes of partial sums. */
export interface ArrayAccesses {
  readonly activation_bits: number;
  readonly weight_bits: number;
  readonly partialSum_bits: number;
}

export function arrayAccesses(search: TileSearch): ArrayAccesses {
  const { machine, layer, tables, walk } = search;
  const shared = machine.rules.operandReuse === 'array';
  const trips = walk.trips;
  const pixels = tables.b.all[search.b]! * tables.o.outputPixelsAll[search.o]!;
  const depth = tables.area * tables.ic.all[search.ic]!;
  const channels = tables.oc.all[search.oc]!;
  const activation_bits = pixels * depth * (shared ? tables.oc.foldsAll[search.oc]! : channels) * layer.p;
  if (machine.dataflow === 'os') {
    const weightRows = shared ? tables.rowFoldsAll[search.b * tables.o.size.length + search.o]! : pixels;
    return {
      activation_bits,
      weight_bits: weightRows * depth * channels * layer.p,
      partialSum_bits: pixels * channels * trips[3]! * machine.output_bits,
    };
  }
  return {
    activation_bits,
    weight_bits: trips[0]! * trips[1]! * trips[2]! * depth * channels * layer.p,
    partialSum_bits: pixels * channels * (shared ? tables.ic.foldsAll[search.ic]! : depth) * machine.output_bits,
  };
}

/** Partial sums that come back from DRAM: as many as leave, but for the last time; none as published. */
export function partialSumsBack_bits({ machine, walk, outputAll_bits }: TileSearch): number {
  return machine.rules.partialSums === 'written-only' ? 0 : outputAll_bits * (walk.outputPasses - 1);
}

/** DRAM reads of both operands and of partial sums. */
export function dramRead_bits(search: TileSearch): number {
  const { walk } = search;
  return search.activationAll_bits * walk.activationPasses + search.weightAll_bits * walk.weightPasses + partialSumsBack_bits(search);
}

/** Energy of the buffer accesses that no loop order changes. */
export function arrayEnergy_pJ(search: TileSearch): number {
  const { energies } = search.machine;
  const { activation_bits, weight_bits, partialSum_bits } = arrayAccesses(search);
  return (
    activation_bits * energies.activationRead_pJPerBit +
    weight_bits * energies.weightRead_pJPerBit +
    partialSum_bits * (energies.outputRead_pJPerBit + energies.outputWrite_pJPerBit)
  );
}

/** Energy of the rest: cycles, DRAM, and the buffer accesses that go with DRAM. */
export function orderEnergy_pJ(search: TileSearch, cycles: number): number {
  const { walk } = search;
  const { energies } = search.machine;
  return (
    cycles * energies.static_pJPerCycle +
    search.compute_cycles * energies.compute_pJPerCycle +
    dramRead_bits(search) * energies.dramRead_pJPerBit +
    search.outputAll_bits * walk.outputPasses * (energies.dramWrite_pJPerBit + energies.outputRead_pJPerBit) +
    search.activationAll_bits * walk.activationPasses * energies.activationWrite_pJPerBit +
    search.weightAll_bits * walk.weightPasses * energies.weightWrite_pJPerBit +
    partialSumsBack_bits(search) * energies.outputWrite_pJPerBit
  );
}
