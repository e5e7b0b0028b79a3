/**
 * Lower bounds of loop-order-search: fewest cycles each tile can take, in whatever loop order; infinite for a tile that exceeds a buffer.
 *   max(compute + floor(own first blocks / bandwidth), floor(every operand moved once / bandwidth))
 * Both hold for every order: promotion only enlarges the first blocks, and no operand moves less than once. Rounded down, so that the rounding
 * of fractional bits in another order of multiplication cannot make a bound too high.
 * The same products as loop-order-search-tile.ts makes for one tile, hoisted out of flat loops: most tiles are never looked at again.
 */
import type { TileSearch } from './loop-order-search-tile.js';

/** Bounds of a search, in the order of the tile index ((b * o + o) * ic + ic) * oc + oc. */
export interface TileBounds {
  /** The first `count` count. */
  readonly cycles: Float64Array;
  readonly count: number;
}

/** The bounds of every tile, written into `scratch` if they fit; it must not be in use. */
export function tileBounds(search: TileSearch, scratch: Float64Array): TileBounds {
  const { b, o, ic, oc } = search.tables;
  const inner = ic.size.length * oc.size.length;
  const count = b.size.length * o.size.length * inner;
  const cycles = scratch.length >= count ? scratch : new Float64Array(count);
  cycles.fill(Infinity, 0, count);
  let tile = 0;
  for (let i = 0; i < b.size.length; i++) {
    for (let j = 0; j < o.size.length; j++, tile += inner) boundsOfRows(search, cycles, { b: i, o: j, tile });
  }
  return { cycles, count };
}

/** Candidates of images and output rows, and index of the first tile with them. */
interface Rows {
  readonly b: number;
  readonly o: number;
  readonly tile: number;
}

/** Bounds of all tiles with the same images and output rows. */
function boundsOfRows({ machine, layer, tables }: TileSearch, bounds: Float64Array, rows: Rows): void {
  const { b: at_b, o: at_o } = rows;
  const { b, o, ic, oc, area, fold_cycles } = tables;
  const { dram_bitsPerCycle, weightHalf_bits, activationHalf_bits } = machine;
  const outputMost_bits = machine.rules.outputBuffer === 'checked' ? machine.outputHalf_bits : Infinity;
  const outputStationary = machine.dataflow === 'os';
  const images = b.size[at_b]!;
  const rowFolds = tables.rowFoldsAll[at_b * o.size.length + at_o]!;
  const rowTiles = b.trips[at_b]! * o.trips[at_o]! * o.trips[at_o]!;
  const pixelsAll = b.all[at_b]! * o.outputPixelsAll[at_o]!;
  const activationPixels_bits = o.inputPixels[at_o]! * images * layer.p;
  const activationPixelsAll_bits = o.inputPixelsAll[at_o]! * b.all[at_b]! * layer.p;
  const outputPixels_bits = o.size[at_o]! * o.size[at_o]! * images * machine.output_bits;
  const outputPixelsAll_bits = pixelsAll * machine.output_bits;
  for (let i = 0; i < ic.size.length; i++) {
    const activation_bits = activationPixels_bits * ic.activation[i]!;
    // Blocks grow with the candidates: what follows a tile that does not fit does not fit either.
    if (activation_bits > activationHalf_bits) break;
    const activationAll_bits = activationPixelsAll_bits * ic.activationAll[i]!;
    const weightRow_bits = ic.weight[i]! * layer.p;
    const weightRowAll_bits = ic.weightAll[i]! * layer.p;
    const columnWork = outputStationary
      ? rowFolds * (area * ic.all[i]! + fold_cycles * ic.trips[i]!)
      : ic.foldsAll[i]! * (pixelsAll + fold_cycles * rowTiles);
    const tile = rows.tile + i * oc.size.length;
    for (let j = 0; j < oc.size.length; j++) {
      const weight_bits = weightRow_bits * oc.size[j]!;
      if (weight_bits > weightHalf_bits || outputPixels_bits * oc.size[j]! > outputMost_bits) break;
      const computed = columnWork * oc.foldsAll[j]! + Math.floor((weight_bits + activation_bits) / dram_bitsPerCycle);
      const moved = Math.floor((activationAll_bits + (weightRowAll_bits + outputPixelsAll_bits) * oc.all[j]!) / dram_bitsPerCycle);
      bounds[tile + j] = computed > moved ? computed : moved;
    }
  }
}
