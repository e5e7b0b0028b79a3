/** A hardware design as the command line loads it: the resolved description and the SRAM table its energies come from. */
import type { AcceleratorConfig } from '../../accelerator/accelerator-config.js';
import { isoValue, readIso, resizeToBudget } from '../../accelerator/iso.js';
import { loadAccelerator } from '../../config/catalogue.js';
import { loadSramTable } from '../../config/package-data.js';
import type { SramTable } from '../../energy/sram.js';
import { LowbitError } from '../../lowbit-error.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { misplaced } from '../misplaced-file.js';
import { settingsByTarget } from './settings-by-target.js';

export interface Design {
  readonly config: AcceleratorConfig;
  readonly sramTable: SramTable;
  readonly notes: readonly string[];
}

/** The designs of `--hw` with their `--set` overrides, resized to one budget when `--iso` asks for it. */
export function loadDesigns(args: Arguments, names: readonly string[]): Design[] {
  const designs = names.map((name) => loadDesign(name, settingsByTarget(args['set']).hardware));
  const iso = single('iso', args['iso']);
  const [first] = designs;
  if (iso === undefined || first === undefined) return designs;
  const { kind, value } = readIso(iso);
  if (value === undefined && designs.length === 1) {
    throw new LowbitError('--iso of one design needs a budget', {
      value: iso,
      remedy: `write --iso ${kind}=N, or compare it with another design`,
    });
  }
  const budget =
    value === undefined
      ? { kind, value: isoValue(first.config, kind, first.sramTable), origin: `that of ${first.config.name}` }
      : { kind, value, origin: '--iso' };
  return designs.map((design, i) => {
    if (value === undefined && i === 0) return design;
    const { config, note } = resizeToBudget(design.config, budget, design.sramTable);
    return { ...design, config, notes: [...design.notes, note] };
  });
}

/** Loads an accelerator by name or file with its `--set` overrides. */
export function loadDesign(nameOrFile: string, settings: readonly string[]): Design {
  try {
    const { config, notes } = loadAccelerator(nameOrFile, settings);
    return { config, sramTable: loadSramTable(), notes };
  } catch (error) {
    throw misplaced('accelerator', nameOrFile, error);
  }
}
