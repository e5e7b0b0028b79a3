/**
 * The machine of loop-order-search from an accelerator description: array, halves of the buffers, rules, and the energies that break ties.
 * The published search weighs DRAM by other constants than the published energies and counts the leakage of the buffers, which those leave out:
 * `search` states such constants; without them ties are broken by the energies of the description.
 */
import { z } from 'zod';
import { LowbitError } from '../../../lowbit-error.js';
import { cyclesOf, type LayerActivity } from '../../../trace/layer-activity.js';
import type { AcceleratorConfig, ArrayShape, BufferName } from '../../accelerator-config.js';
import { loopOrderRulesSchema, type LoopOrderEnergies, type LoopOrderMachine } from './machine.js';
import type { MachineContext } from '../timing-model.js';

const energy = z.number().nonnegative();

export const loopOrderOptionsSchema = loopOrderRulesSchema.extend({
  highest_bits: z.int().min(1).max(64).default(8).describe('widest operand of a PE'),
  lowest_bits: z
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('narrowest operand a PE splits into; floor(highest / max(precision, lowest)) lanes per side'),
  output_bits: z.int().min(1).max(64).default(16).describe('width of an output and of a partial sum'),
  search: z
    .strictObject({
      dramRead_pJPerBit: energy,
      dramWrite_pJPerBit: energy,
      dramStatic_pJPerCycle: energy,
      bufferLeakage_pJPerCycle: energy,
      source: z.string().min(1),
    })
    .optional()
    .describe('energies that break ties between equally fast mappings where they are not those of the description'),
});

/** The machine. Throws LowbitError without a dataflow it knows, or without an output buffer. */
export function loopOrderMachine(hardware: AcceleratorConfig, array: ArrayShape, context: MachineContext): LoopOrderMachine {
  const { dataflow, buffers, name } = hardware;
  if (dataflow !== 'os' && dataflow !== 'ws') {
    throw new LowbitError('loop-order-search has no such dataflow', {
      value: dataflow ?? 'none',
      place: `${name}: dataflow`,
      allowed: ['os', 'ws'],
    });
  }
  if (buffers.output === undefined)
    throw new LowbitError('loop-order-search needs an output buffer', { place: name, remedy: 'add buffers.output' });
  const { highest_bits, lowest_bits, output_bits, search, ...rules } = loopOrderOptionsSchema.parse(hardware.timingOptions);
  return {
    rows: array.rows,
    columns: array.columns,
    highest_bits,
    lowest_bits,
    output_bits,
    dataflow,
    weightHalf_bits: half_bits(buffers.weight),
    activationHalf_bits: half_bits(buffers.activation),
    outputHalf_bits: half_bits(buffers.output),
    dram_bitsPerCycle: hardware.dram.bandwidth_bitsPerCycle,
    rules,
    energies: tieEnergies(hardware, array, { search, context }),
  };
}

function half_bits({ size_KiB }: AcceleratorConfig['buffers']['weight']): number {
  return (size_KiB * 8192) / 2;
}

interface TieSources {
  readonly search: z.infer<typeof loopOrderOptionsSchema>['search'];
  readonly context: MachineContext;
}

/** What a bit and a cycle weigh in the search; 0 where no source has a number, so that it does not decide. */
function tieEnergies(hardware: AcceleratorConfig, array: ArrayShape, { search, context }: TieSources): LoopOrderEnergies {
  const { pe, dram, buffers } = hardware;
  const pes = array.rows * array.columns;
  const read = (buffer: BufferName): number => buffers[buffer]?.read_pJPerBit ?? accessEnergy(context, buffer, 'read_accesses');
  const write = (buffer: BufferName): number => buffers[buffer]?.write_pJPerBit ?? accessEnergy(context, buffer, 'write_accesses');
  return {
    dramRead_pJPerBit: search?.dramRead_pJPerBit ?? dram.energy_pJPerBit ?? 0,
    dramWrite_pJPerBit: search?.dramWrite_pJPerBit ?? dram.writeEnergy_pJPerBit ?? dram.energy_pJPerBit ?? 0,
    weightRead_pJPerBit: read('weight'),
    weightWrite_pJPerBit: write('weight'),
    activationRead_pJPerBit: read('activation'),
    activationWrite_pJPerBit: write('activation'),
    outputRead_pJPerBit: read('output'),
    outputWrite_pJPerBit: write('output'),
    static_pJPerCycle:
      (search?.dramStatic_pJPerCycle ?? dram.static_pJPerCycle ?? 0) +
      (search?.bufferLeakage_pJPerCycle ?? 0) +
      pes * (pe.leakage_pJPerCycle ?? 0),
    compute_pJPerCycle: pes * (pe.energy_pJ ?? 0) * pe.layoutFactor,
  };
}

/** Width the buffers are asked for when their energy is not stated: a word of 64 bits. */
const WORD_BITS = 64;

/** Energy per bit of a buffer whose description states none, by the table of the design. */
function accessEnergy(context: MachineContext, buffer: BufferName, access: 'read_accesses' | 'write_accesses'): number {
  const idle = { read_accesses: 0, write_accesses: 0, access_bits: WORD_BITS, write_bits: WORD_BITS };
  const activity = (accesses: typeof idle): LayerActivity => ({
    cycles: cyclesOf({}),
    macs: 0,
    peSteps: 0,
    sram: { [buffer]: accesses },
    dequant_operations: 0,
    dramRead_bytes: 0,
    dramWrite_bytes: 0,
    utilization: 0,
  });
  return (context.energy_pJ(activity({ ...idle, [access]: 1 })) ?? 0) / WORD_BITS;
}
