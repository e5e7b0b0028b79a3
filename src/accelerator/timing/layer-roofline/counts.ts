/** What layer-roofline counts of one layer: tiles, bytes, passes, cycles, buffer accesses (formulas: layer-roofline.ts, columns.ts). */
import type { RooflineCharge } from './charge.js';
import { countRoofline, rooflineBuses, rooflineColumns, rooflineLayers } from './columns.js';
import type { RooflineHardware } from './hardware.js';

/** What a layer does, before it is summed into cycles by cause. */
export interface RooflineCounts {
  readonly tiles: number;
  readonly compute_cycles: number;
  readonly weight_bytes: number;
  readonly input_bytes: number;
  readonly output_bytes: number;
  readonly weightPasses: number;
  readonly inputPasses: number;
  readonly dram_cycles: number;
  readonly weightGranules: number;
  readonly inputGranules: number;
  readonly weightBus_bits: number;
  readonly inputBus_bits: number;
  /** Reads of the activation buffer: one per tile, none for an input that stays on the array (0 bits). */
  readonly inputReads: number;
}

/** Tiles, bytes, passes, cycles and buffer accesses of one layer. */
export function rooflineCounts(hardware: RooflineHardware, charge: RooflineCharge): RooflineCounts {
  const layers = rooflineLayers([charge]);
  const counted = rooflineColumns(1);
  countRoofline(hardware, layers, counted);
  const buses = rooflineBuses(hardware, layers, 0);
  const tiles = counted.tiles[0]!;
  return {
    tiles,
    compute_cycles: counted.compute_cycles[0]!,
    weight_bytes: layers.weight_bytes[0]!,
    input_bytes: layers.input_bytes[0]!,
    output_bytes: layers.output_bytes[0]!,
    weightPasses: counted.weightPasses[0]!,
    inputPasses: counted.inputPasses[0]!,
    dram_cycles: counted.dram_cycles[0]!,
    weightGranules: counted.weightWrites[0]!,
    inputGranules: counted.inputWrites[0]!,
    weightBus_bits: buses.weight,
    inputBus_bits: buses.input,
    inputReads: charge.input_bits === 0 ? 0 : tiles,
  };
}
