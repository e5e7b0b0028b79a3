/**
 * The tile that loop-order-search looks at: what it occupies, computes, and moves when each operand moves once.
 * Everything is a product of one factor per loop (loop-order-search-tiles.ts); a tile has one index, ((b * o + o) * ic + ic) * oc + oc over its candidates.
 */
import type { LoopOrderLayer, LoopOrderMachine } from './machine.js';
import type { OrderWalk } from './orders.js';
import { tileTables, type TileTables } from './tiles.js';

/** A layer on a machine, with the tile that is looked at: one record, no allocation per tile. */
export interface TileSearch {
  readonly machine: LoopOrderMachine;
  readonly layer: LoopOrderLayer;
  readonly tables: TileTables;
  readonly walk: OrderWalk;
  /** Candidate indices of the tile. */
  b: number;
  o: number;
  ic: number;
  oc: number;
  compute_cycles: number;
  /** Each operand moved once. */
  weightAll_bits: number;
  activationAll_bits: number;
  outputAll_bits: number;
}

/** A search with no tile selected yet. The machine must take the precision of the layer. */
export function newTileSearch(machine: LoopOrderMachine, layer: LoopOrderLayer): TileSearch {
  const blocks = { weightBlock_bits: 0, activationBlock_bits: 0, outputBlock_bits: 0 };
  const walk: OrderWalk = {
    weightHalf_bits: machine.weightHalf_bits,
    activationHalf_bits: machine.activationHalf_bits,
    outputHalf_bits: machine.outputHalf_bits,
    promotedOutputLeft: machine.rules.drain === 'lost' ? 0 : 1,
    weightTile_bits: 0,
    activationTile_bits: 0,
    outputTile_bits: 0,
    trips: new Float64Array(5),
    ...blocks,
    weightPasses: 1,
    activationPasses: 1,
    outputPasses: 1,
  };
  const tile = { b: 0, o: 0, ic: 0, oc: 0, compute_cycles: 0, weightAll_bits: 0, activationAll_bits: 0, outputAll_bits: 0 };
  return { machine, layer, tables: tileTables(machine, layer), walk, ...tile };
}

/** Makes a tile the one that is looked at. */
export function selectTile(search: TileSearch, tile: number): void {
  const { machine, layer, tables, walk } = search;
  const { b, o, ic, oc } = tables;
  search.oc = tile % oc.size.length;
  let rest = (tile - search.oc) / oc.size.length;
  search.ic = rest % ic.size.length;
  rest = (rest - search.ic) / ic.size.length;
  search.o = rest % o.size.length;
  search.b = (rest - search.o) / o.size.length;
  const images = b.size[search.b]!;
  const side = o.size[search.o]!;
  const channels = oc.size[search.oc]!;
  walk.weightTile_bits = ic.weight[search.ic]! * channels * layer.p;
  walk.activationTile_bits = o.inputPixels[search.o]! * images * ic.activation[search.ic]! * layer.p;
  walk.outputTile_bits = side * side * channels * images * machine.output_bits;
  walk.trips[0] = b.trips[search.b]!;
  walk.trips[1] = o.trips[search.o]!;
  walk.trips[2] = walk.trips[1]!;
  walk.trips[3] = ic.trips[search.ic]!;
  walk.trips[4] = oc.trips[search.oc]!;
  search.weightAll_bits = ic.weightAll[search.ic]! * oc.all[search.oc]! * layer.p;
  search.activationAll_bits = o.inputPixelsAll[search.o]! * b.all[search.b]! * ic.activationAll[search.ic]! * layer.p;
  search.outputAll_bits = o.outputPixelsAll[search.o]! * oc.all[search.oc]! * b.all[search.b]! * machine.output_bits;
  search.compute_cycles = computeCycles(search);
}

function computeCycles({ machine, tables, walk, b, o, ic, oc }: TileSearch): number {
  const columns = tables.oc.foldsAll[oc]!;
  if (machine.dataflow === 'os') {
    const folds = tables.rowFoldsAll[b * tables.o.size.length + o]! * columns;
    return folds * (tables.area * tables.ic.all[ic]! + tables.fold_cycles * walk.trips[3]!);
  }
  const folds = columns * tables.ic.foldsAll[ic]!;
  const tiles = walk.trips[0]! * walk.trips[1]! * walk.trips[2]!;
  return folds * (tables.b.all[b]! * tables.o.outputPixelsAll[o]! + tables.fold_cycles * tiles);
}
