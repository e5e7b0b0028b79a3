/** Accelerators as designs: the resolved description, the SRAM table its energies come from, and arrays resized to one budget. */
import type { AcceleratorConfig } from '../../accelerator/accelerator-config.js';
import { isoValue, readIso, resizeToBudget } from '../../accelerator/iso.js';
import { simulateAccelerator } from '../../accelerator/simulate.js';
import { loadAccelerator } from '../../config/catalogue.js';
import { versionsOf } from '../../config/model-versions.js';
import { loadSramTable } from '../../config/package-data.js';
import type { SramTable } from '../../energy/sram.js';
import { LowbitError } from '../../lowbit-error.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { misplaced } from '../misplaced-file.js';
import type { Design } from './design.js';
import { settingsByTarget } from './settings-by-target.js';

interface Described {
  readonly config: AcceleratorConfig;
  readonly sramTable: SramTable;
  readonly notes: readonly string[];
}

/** Accelerators with their `--set` overrides, resized to one budget when `--iso` asks for it. */
export function loadAcceleratorDesigns(args: Arguments, names: readonly string[]): Design[] {
  const settings = settingsByTarget(args['set']).hardware;
  return loadAcceleratorPoints(
    names.map((name) => ({ name, settings })),
    single('iso', args['iso']),
  );
}

/** The same with settings of its own for each. */
export function loadAcceleratorPoints(
  points: readonly { readonly name: string; readonly settings: readonly string[] }[],
  iso: string | undefined,
): Design[] {
  const designs = points.map(({ name, settings }) => describe(name, settings));
  return resized(designs, iso).map(designOf);
}

/** An accelerator by name or file with its `--set` overrides. */
export function loadAcceleratorDesign(nameOrFile: string, settings: readonly string[]): Design {
  return designOf(describe(nameOrFile, settings));
}

function designOf({ config, sramTable, notes }: Described): Design {
  return {
    name: config.name,
    operandDefaults: config.defaults ?? { activation: 'fp16', weight: 'fp16', output: 'fp16' },
    hasVectorWork: config.vectorUnit !== undefined,
    notes,
    versions: () => versionsOf({ accelerators: [config] }),
    simulate: (segments, modelBytes) =>
      simulateAccelerator(config, segments, { sramTable, ...(modelBytes === undefined ? {} : { modelBytes }) }),
  };
}

function resized(designs: readonly Described[], iso: string | undefined): readonly Described[] {
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

function describe(nameOrFile: string, settings: readonly string[]): Described {
  try {
    const { config, notes } = loadAccelerator(nameOrFile, settings);
    return { config, sramTable: loadSramTable(), notes };
  } catch (error) {
    throw misplaced('accelerator', nameOrFile, error);
  }
}
