/** layer-roofline for many layers and many machines: the counts of columns.ts as activities in columns. */
import type { ProcessingElement } from '../../../pe/processing-element.js';
import { layerMacs, type LayerTrace } from '../../../trace/layer-trace.js';
import type { AcceleratorConfig, ArrayShape } from '../../accelerator-config.js';
import type { ActivityColumns } from '../../activity-columns.js';
import { busBits } from '../../bus-width.js';
import type { LayerBatch } from '../timing-model.js';
import { GRANULE_BITS, rooflineCharge } from './charge.js';
import { countRoofline, rooflineColumns, rooflineLayers, type RooflineColumns, type RooflineLayers } from './columns.js';

/** The layers ready for machines with this PE. */
export function rooflineBatch(traces: readonly LayerTrace[], pe: ProcessingElement): LayerBatch {
  const layers = rooflineLayers(traces.map((layer) => rooflineCharge({ pe }, layer)));
  const macs = Float64Array.from(traces, layerMacs);
  const counts = rooflineColumns(traces.length);
  // The numbers of the machine at hand; one object for all of them, so that a design point allocates none.
  const sizes = { rows: 0, columns: 0, dotSize: 0, weightBuffer_bytes: 0, activationBuffer_bytes: 0, dram_bitsPerCycle: 0, pe };
  return {
    fill(hardware, array, into, from) {
      setSizes(sizes, hardware, array);
      countRoofline(sizes, layers, counts);
      writeCycles(sizes, { layers, counts, macs }, into, from);
      writeAccesses(sizes, { layers, counts }, into, from);
    },
  };
}

type Sizes = { -readonly [Name in Exclude<keyof Parameters<typeof countRoofline>[0], 'pe'>]: number } & { readonly pe: ProcessingElement };

function setSizes(sizes: Sizes, { pe, buffers, dram }: AcceleratorConfig, { rows, columns }: ArrayShape): void {
  sizes.rows = rows;
  sizes.columns = columns;
  sizes.dotSize = pe.dotSize;
  sizes.weightBuffer_bytes = buffers.weight.size_KiB * 1024;
  sizes.activationBuffer_bytes = buffers.activation.size_KiB * 1024;
  sizes.dram_bitsPerCycle = dram.bandwidth_bitsPerCycle;
}

interface Counted {
  readonly layers: RooflineLayers;
  readonly counts: RooflineColumns;
}

/** Cycles, PE steps and utilization, as in layer-roofline.ts. */
function writeCycles(sizes: Sizes, { layers, counts, macs }: Counted & { macs: Float64Array }, into: ActivityColumns, from: number): void {
  const { rows, columns, dotSize } = sizes;
  const { total, compute, dramStall } = into.cycles;
  for (let i = 0; i < layers.length; i++) {
    const at = from + i;
    const computing = counts.compute_cycles[i]!;
    const stalled = Math.max(0, counts.dram_cycles[i]! - computing);
    const all = computing + stalled;
    compute[at] = computing;
    dramStall[at] = stalled;
    total[at] = all;
    into.macs[at] = macs[i]!;
    into.peSteps[at] = rows * columns * computing;
    into.utilization[at] = (macs[i]! * layers.terms[i]!) / (rows * columns * dotSize * all);
  }
}

/** Accesses of the buffers and of the DRAM. */
function writeAccesses(sizes: Sizes, { layers, counts }: Counted, into: ActivityColumns, from: number): void {
  const { weight, activation } = into.buffers;
  for (let i = 0; i < layers.length; i++) {
    const at = from + i;
    const tiles = counts.tiles[i]!;
    weight.read_accesses[at] = tiles;
    weight.write_accesses[at] = counts.weightWrites[i]!;
    weight.access_bits[at] = busBits(sizes, layers.weightBus_bits[i]!, sizes.rows);
    weight.write_bits[at] = GRANULE_BITS;
    activation.read_accesses[at] = layers.input_bits[i] === 0 ? 0 : tiles;
    activation.write_accesses[at] = counts.inputWrites[i]!;
    activation.access_bits[at] = busBits(sizes, layers.inputBus_bits[i]!, sizes.columns);
    activation.write_bits[at] = GRANULE_BITS;
    into.dramRead_bytes[at] = layers.weight_bytes[i]! * counts.weightPasses[i]! + layers.input_bytes[i]! * counts.inputPasses[i]!;
    into.dramWrite_bytes[at] = layers.output_bytes[i]!;
  }
}
