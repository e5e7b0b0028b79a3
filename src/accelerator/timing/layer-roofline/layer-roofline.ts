/**
 * layer-roofline: every layer takes the longer of its compute and its DRAM time; nothing overlaps between layers.
 * Source: BitMoD, HPCA 2025, section V and its published figures 7 and 8; conventions in docs/timing/layer-roofline.md.
 *   tiles   = ceil(k / dotSize) * ceil(n / rows) * ceil(m / columns) * gemms
 *   compute = tiles * terms
 *   dram    = floor((weight bytes * passes + output bytes + input bytes * passes) * 8 / bandwidth)
 *   cycles  = max(compute, dram)
 * An operand is read again only if both operands exceed their buffers; the cheaper of the two is.
 * Left out: fill and drain, dequantization, bank conflicts, DRAM pages, overlap across layers.
 */
import { z } from 'zod';
import { peNamed } from '../../../pe/index.js';
import { cyclesOf, type LayerActivity } from '../../../trace/layer-activity.js';
import { layerMacs } from '../../../trace/layer-trace.js';
import { rooflineBatch } from './batch.js';
import { GRANULE_BITS, rooflineCharge, type RooflineCharge } from './charge.js';
import { rooflineCounts } from './counts.js';
import { busBits } from '../../bus-width.js';
import { rooflineTerms } from './terms.js';
import { rooflineHardware, type RooflineHardware } from './hardware.js';
import type { TimingModel } from '../timing-model.js';

/** Activity of a layer from its counts; `macs` are the useful ones. */
export function rooflineActivity(hardware: RooflineHardware, charge: RooflineCharge, macs: number): LayerActivity {
  const counts = rooflineCounts(hardware, charge);
  const cycles = cyclesOf({ compute: counts.compute_cycles, dramStall: Math.max(0, counts.dram_cycles - counts.compute_cycles) });
  const arraySteps = hardware.rows * hardware.columns * hardware.dotSize * cycles.total;
  const buffer = (access_bits: number, read_accesses: number, write_accesses: number) => ({
    read_accesses,
    write_accesses,
    access_bits,
    write_bits: GRANULE_BITS,
  });
  return {
    cycles,
    macs,
    peSteps: hardware.rows * hardware.columns * counts.compute_cycles,
    sram: {
      weight: buffer(counts.weightBus_bits, counts.tiles, counts.weightGranules),
      activation: buffer(counts.inputBus_bits, counts.inputReads, counts.inputGranules),
    },
    dequant_operations: 0,
    dramRead_bytes: counts.weight_bytes * counts.weightPasses + counts.input_bytes * counts.inputPasses,
    dramWrite_bytes: counts.output_bytes,
    utilization: (macs * charge.terms) / arraySteps,
  };
}

export const layerRoofline: TimingModel = {
  name: 'layer-roofline',
  modelVersion: 1,
  description: 'per layer the longer of compute and DRAM time, operands read again when both exceed their buffers',
  source: 'BitMoD (HPCA 2025), section V',
  charges: ['gemm', 'attention-qk', 'attention-pv'],
  excludedEnergy: [
    { part: 'dequant', reason: 'layer-roofline hides the dequantization of groups behind the dot products and charges no energy for it' },
  ],
  needs: [],
  reads: [],
  options: z.strictObject({}),
  batch: rooflineBatch,
  machine: (hardware, array) => {
    const timed = rooflineHardware(hardware, array);
    const pe = peNamed(hardware.pe.model);
    return {
      ports: {
        weight: busBits(timed, pe.widestWeight_bits, array.rows),
        activation: busBits(timed, pe.widestActivation_bits, array.columns),
      },
      activity: (layer) => rooflineActivity(timed, rooflineCharge(timed, layer), layerMacs(layer)),
      explain: (layer) => rooflineTerms(timed, layer),
    };
  },
};
