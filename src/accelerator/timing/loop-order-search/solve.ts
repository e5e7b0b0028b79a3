/**
 * The search of loop-order-search: every tile size in every loop order, fewest cycles first, then least energy.
 *   cycles = compute + max(0, ceil(middle / bandwidth) - compute) + ceil(first blocks / bandwidth) + ceil(last block / bandwidth)
 *   middle = DRAM reads + DRAM writes - first blocks - last block
 * Remaining ties go to the first loop order, then to the smallest tile in the order b, o, ic, oc.
 * Two bounds leave most tiles out without changing the answer: a tile takes at least its compute and the time of its own first blocks, and at
 * least the DRAM time of every operand moved once. What has the lowest bound is walked first.
 * Source: the tiling search of Bit Fusion (ISCA 2018) as ANT (MICRO 2022) uses it; left out: everything docs/timing/loop-order-search.md lists.
 */
import { LowbitError } from '../../../lowbit-error.js';
import { arrayAccesses, arrayEnergy_pJ, dramRead_bits, orderEnergy_pJ, partialSumsBack_bits } from './accesses.js';
import { boundsOfRow, rowBounds } from './bounds.js';
import { lanesPerSide, type LoopOrderLayer, type LoopOrderMachine, type LoopOrderMapping } from './machine.js';
import { ordersAt, walkOrder } from './orders.js';
import { newTileSearch, selectTile, type TileSearch } from './tile.js';

interface Best {
  cycles: number;
  energy_pJ: number;
  order: number;
  tile: number;
}

/** The mapping of a layer. Throws LowbitError for a precision the PE cannot take, and when no tile fits a buffer. */
export function searchLoopOrder(machine: LoopOrderMachine, layer: LoopOrderLayer): LoopOrderMapping {
  if (lanesPerSide(machine, layer.p) < 1) {
    throw new LowbitError('operand wider than a lane of the PE, in bits', {
      value: layer.p,
      remedy: `this machine takes at most ${machine.highest_bits} bits per operand; choose a narrower format or raise timingOptions.highest_bits`,
    });
  }
  const search = newTileSearch(machine, layer);
  const rows = rowBounds(search);
  const bounds = new Float64Array(search.tables.ic.size.length * search.tables.oc.size.length);
  const best: Best = { cycles: Infinity, energy_pJ: Infinity, order: 0, tile: -1 };
  const promising = lowest(rows);
  tryRow(search, promising, bounds, best);
  for (let row = 0; row < rows.length; row++) {
    if (rows[row]! <= best.cycles && row !== promising) tryRow(search, row, bounds, best);
  }
  if (best.tile < 0) throw noTileFits(search);
  selectTile(search, best.tile);
  walkOrder(search.walk, best.order);
  return mappingOf(search, best.order);
}

/** Walks the tiles with the same images and output rows that can be best, that with the lowest bound first. */
function tryRow(search: TileSearch, row: number, bounds: Float64Array, best: Best): void {
  boundsOfRow(search, row, bounds);
  const first = lowest(bounds);
  if (bounds[first]! > best.cycles || bounds[first] === Infinity) return;
  tryOrders(search, row * bounds.length + first, best);
  for (let tile = 0; tile < bounds.length; tile++) {
    if (bounds[tile]! <= best.cycles && tile !== first) tryOrders(search, row * bounds.length + tile, best);
  }
}

/** Index of the first smallest value. */
function lowest(values: Float64Array): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! < values[at]!) at = i;
  return at;
}

/** Walks a tile in every order; keeps the best in `best`. */
function tryOrders(search: TileSearch, tile: number, best: Best): void {
  const { machine, walk } = search;
  const { dram_bitsPerCycle } = machine;
  selectTile(search, tile);
  const array_pJ = arrayEnergy_pJ(search);
  const orders = ordersAt(walk.trips);
  for (let i = 0; i < orders.length; i++) {
    const order = orders[i]!;
    walkOrder(walk, order);
    const first_bits = walk.activationBlock_bits + walk.weightBlock_bits;
    const moved_bits = dramRead_bits(search) + search.outputAll_bits * walk.outputPasses;
    const middle = Math.ceil((moved_bits - first_bits - walk.outputBlock_bits) / dram_bitsPerCycle);
    const unhidden = Math.ceil(first_bits / dram_bitsPerCycle) + Math.ceil(walk.outputBlock_bits / dram_bitsPerCycle);
    const cycles = Math.max(search.compute_cycles, middle) + unhidden;
    if (cycles > best.cycles) continue;
    const energy_pJ = array_pJ + orderEnergy_pJ(search, cycles);
    if (cycles < best.cycles || better(energy_pJ, order, tile, best)) {
      best.cycles = cycles;
      best.energy_pJ = energy_pJ;
      best.order = order;
      best.tile = tile;
    }
  }
}

/** Whether an equally fast mapping comes before the best one. */
function better(energy_pJ: number, order: number, tile: number, best: Best): boolean {
  if (energy_pJ !== best.energy_pJ) return energy_pJ < best.energy_pJ;
  return order !== best.order ? order < best.order : tile < best.tile;
}

function mappingOf(search: TileSearch, order: number): LoopOrderMapping {
  const { machine, tables, walk } = search;
  const { dram_bitsPerCycle } = machine;
  const reads_bits = dramRead_bits(search);
  const writes_bits = search.outputAll_bits * walk.outputPasses;
  const first_bits = walk.activationBlock_bits + walk.weightBlock_bits;
  const middle = Math.ceil((reads_bits + writes_bits - first_bits - walk.outputBlock_bits) / dram_bitsPerCycle);
  const accesses = arrayAccesses(search);
  const back_bits = partialSumsBack_bits(search);
  return {
    order,
    tile_b: tables.b.size[search.b]!,
    tile_o: tables.o.size[search.o]!,
    tile_ic: tables.ic.size[search.ic]!,
    tile_oc: tables.oc.size[search.oc]!,
    compute_cycles: search.compute_cycles,
    overflow_cycles: Math.max(0, middle - search.compute_cycles),
    fill_cycles: Math.ceil(first_bits / dram_bitsPerCycle),
    drain_cycles: Math.ceil(walk.outputBlock_bits / dram_bitsPerCycle),
    activationFirst_bits: walk.activationBlock_bits,
    weightFirst_bits: walk.weightBlock_bits,
    outputLast_bits: walk.outputBlock_bits,
    activationAll_bits: search.activationAll_bits,
    activationPasses: walk.activationPasses,
    weightAll_bits: search.weightAll_bits,
    weightPasses: walk.weightPasses,
    outputAll_bits: search.outputAll_bits,
    outputPasses: walk.outputPasses,
    dramRead_bits: reads_bits,
    dramWrite_bits: writes_bits,
    activationRead_bits: accesses.activation_bits,
    activationWrite_bits: search.activationAll_bits * walk.activationPasses,
    weightRead_bits: accesses.weight_bits,
    weightWrite_bits: search.weightAll_bits * walk.weightPasses,
    outputRead_bits: accesses.partialSum_bits + writes_bits,
    outputWrite_bits: accesses.partialSum_bits + back_bits,
  };
}

/** The smallest tile exceeds a buffer: which, by how much, and what helps. */
function noTileFits(search: TileSearch): LowbitError {
  selectTile(search, 0);
  const { machine, walk } = search;
  const [buffer, demand_bits, bound_bits] =
    walk.weightTile_bits > machine.weightHalf_bits
      ? ['weight', walk.weightTile_bits, machine.weightHalf_bits]
      : walk.activationTile_bits > machine.activationHalf_bits
        ? ['activation', walk.activationTile_bits, machine.activationHalf_bits]
        : ['output', walk.outputTile_bits, machine.outputHalf_bits];
  return new LowbitError(`no tile fits the ${buffer} buffer: the smallest takes ${demand_bits} bits of the ${bound_bits} of half of it`, {
    remedy: `raise buffers.${buffer}.size_KiB to ${(2 * demand_bits) / 8192} or more`,
  });
}
