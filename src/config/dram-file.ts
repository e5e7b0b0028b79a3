/**
 * The DRAM of an accelerator file: stated as numbers, or as a memory of the catalogue (`preset`) with the number of its channels and how it is
 * accessed. Numbers given beside the preset win over those that follow from it.
 */
import { z } from 'zod';
import { dramSchema, type AcceleratorConfig } from '../accelerator/accelerator-config.js';
import { dramAccessSchema, dramStandardSchema, streamingReads, type DramStandard } from '../accelerator/dram/dram-standard.js';
import { dramFigures } from '../accelerator/dram/resolve-dram.js';
import { catalogueFile, catalogueNames, readText, shownFile } from './files.js';
import { parseConfig } from './parse-config.js';

/** Keys that say something about a preset and nothing without one. */
const presetKeys = ['channels', 'access'] as const;

/** `dram` as an accelerator file may say it. */
export const dramFileSchema = z
  .strictObject({
    ...dramSchema.shape,
    preset: z
      .enum(catalogueNames('memories'))
      .meta({ title: 'memory' })
      .optional()
      .describe('its bandwidth, latency, energy and source hold unless given here'),
    channels: z.int().positive().optional().describe('channels of the preset; absent: those of one module, device or stack'),
    access: dramAccessSchema.optional().describe('what the bandwidth and energy of the preset are stated for; absent: reads of whole rows'),
    bandwidth_bitsPerCycle: dramSchema.shape.bandwidth_bitsPerCycle.optional(),
    energy_pJPerBit: dramSchema.shape.energy_pJPerBit.optional(),
    source: dramSchema.shape.source.optional(),
  })
  .superRefine((dram, context) => {
    if (dram.preset !== undefined) return;
    for (const key of ['bandwidth_bitsPerCycle', 'energy_pJPerBit', 'source'] as const) {
      if (dram[key] === undefined) context.addIssue({ code: 'invalid_type', expected: 'nonoptional', path: [key], input: undefined });
    }
    for (const key of presetKeys) {
      if (dram[key] === undefined) continue;
      const params = { remedy: 'add dram.preset, see `lowbit list memories`' };
      context.addIssue({ code: 'custom', path: [key], message: `dram.${key} goes with dram.preset only`, params });
    }
  });
type DramFile = z.infer<typeof dramFileSchema>;

/** The DRAM a checked file describes. Throws LowbitError when its bandwidth would have to come from a memory of unknown timing. */
export function resolveDram(file: DramFile, clock_MHz: number): AcceleratorConfig['dram'] {
  const { preset, channels, access, bandwidth_bitsPerCycle, energy_pJPerBit, source, ...others } = file;
  if (preset === undefined) {
    if (bandwidth_bitsPerCycle === undefined) throw new Error('dram without preset and bandwidth passed its schema');
    return { ...others, bandwidth_bitsPerCycle, energy_pJPerBit: energy_pJPerBit ?? null, source: source ?? '' };
  }
  const memory = loadMemory(preset);
  const use = {
    channels: channels ?? memory.channels,
    access: access ?? streamingReads,
    clock_MHz,
    bandwidth_bitsPerCycle,
    energy_pJPerBit,
  };
  const figures = dramFigures(memory, use);
  return { ...figures, ...others, source: source ?? figures.source };
}

/** A memory of the catalogue. */
export function loadMemory(name: string): DramStandard {
  const file = catalogueFile('memories', name);
  return parseConfig(readText(file), shownFile(file), dramStandardSchema);
}
