/**
 * Lower bounds of loop-order-search: fewest cycles each tile can take, in whatever loop order; infinite for a tile that exceeds a buffer.
 *   max(compute + floor(own first blocks / bandwidth), floor(every operand moved once / bandwidth))
 * Both hold for every order: promotion only enlarges the first blocks, and no operand moves less than once. Rounded down, so that the rounding
 * of fractional bits in another order of multiplication cannot make a bound too high.
 * The same products as loop-order-search-tile.ts makes for one tile, hoisted out of flat loops: most tiles are never looked at again.
 */
import type { TileSearch } from './tile.js';

/** Fewest compute cycles of the tiles with the same images and output rows, by b * candidates of o + o: rows beyond the best need no tile looked at. */
export function rowBounds({ machine, tables }: TileSearch): Float64Array {
  const { b, o, ic, oc, area, fold_cycles } = tables;
  const bounds = new Float64Array(b.size.length * o.size.length);
  const columnFolds = Math.min(...oc.foldsAll);
  const reduction = Math.min(
    ...(machine.dataflow === 'os' ? ic.all.map((all, i) => area * all + fold_cycles * ic.trips[i]!) : ic.foldsAll),
  );
  for (let i = 0; i < b.size.length; i++) {
    for (let j = 0; j < o.size.length; j++) {
      const row = i * o.size.length + j;
      const streamed = b.all[i]! * o.outputPixelsAll[j]! + fold_cycles * b.trips[i]! * o.trips[j]! * o.trips[j]!;
      bounds[row] = columnFolds * reduction * (machine.dataflow === 'os' ? tables.rowFoldsAll[row]! : streamed);
    }
  }
  return bounds;
}

/** Bounds of all tiles with the same images and output rows, index ic * candidates of oc + oc. */
export function boundsOfRow({ machine, layer, tables }: TileSearch, row: number, bounds: Float64Array): void {
  const at_b = Math.floor(row / tables.o.size.length);
  const at_o = row % tables.o.size.length;
  bounds.fill(Infinity);
  const { b, o, ic, oc, area, fold_cycles } = tables;
  const { dram_bitsPerCycle, weightHalf_bits, activationHalf_bits } = machine;
  const outputMost_bits = machine.rules.outputBuffer === 'checked' ? machine.outputHalf_bits : Infinity;
  const outputStationary = machine.dataflow === 'os';
  const images = b.size[at_b]!;
  const rowFolds = tables.rowFoldsAll[row]!;
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
    const tile = i * oc.size.length;
    for (let j = 0; j < oc.size.length; j++) {
      const weight_bits = weightRow_bits * oc.size[j]!;
      if (weight_bits > weightHalf_bits || outputPixels_bits * oc.size[j]! > outputMost_bits) break;
      const computed = columnWork * oc.foldsAll[j]! + Math.floor((weight_bits + activation_bits) / dram_bitsPerCycle);
      const moved = Math.floor((activationAll_bits + (weightRowAll_bits + outputPixelsAll_bits) * oc.all[j]!) / dram_bitsPerCycle);
      bounds[tile + j] = computed > moved ? computed : moved;
    }
  }
}
