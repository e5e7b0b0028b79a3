/** A hardware design as the command line loads it: the resolved description and the SRAM table its energies come from. */
import type { AcceleratorConfig } from '../../accelerator/accelerator-config.js';
import { loadAccelerator } from '../../config/catalogue.js';
import { loadSramTable } from '../../config/package-data.js';
import type { SramTable } from '../../energy/sram.js';

export interface Design {
  readonly config: AcceleratorConfig;
  readonly sramTable: SramTable;
  readonly notes: readonly string[];
}

/** Loads an accelerator by name or file with its `--set` overrides. */
export function loadDesign(nameOrFile: string, settings: readonly string[]): Design {
  const { config, notes } = loadAccelerator(nameOrFile, settings);
  return { config, sramTable: loadSramTable(), notes };
}
