/** The designs of `--hw`: accelerators and GPUs, each with its `--set` overrides. */
import { catalogueNames, isFileName } from '../../config/files.js';
import { isGpu } from '../../config/gpu-name.js';
import { LowbitError, unknownName } from '../../lowbit-error.js';
import { list, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { loadAcceleratorDesigns } from './accelerator-design.js';
import type { Design } from './design.js';
import { settingsByTarget } from './settings-by-target.js';

/** Options of GPUs: they may hold one entry per design. */
const gpuOptions = ['kernel', 'profile', 'schedule', 'w4a4-share'] as const;

/** The designs of `--hw` with their `--set` overrides, resized to one budget when `--iso` asks for it. */
export async function loadDesigns(args: Arguments, names: readonly string[]): Promise<Design[]> {
  for (const name of names) requireKnown(name);
  const gpus = names.map(isGpu);
  if (!gpus.includes(true)) {
    const misplacedOption = gpuOptions.find((option) => args[option] !== undefined);
    if (misplacedOption !== undefined) {
      throw new LowbitError(`--${misplacedOption} goes with GPUs only`, { value: names.join(', '), remedy: 'see `lowbit list gpus`' });
    }
    return loadAcceleratorDesigns(args, names);
  }
  if (single('iso', args['iso']) !== undefined) {
    throw new LowbitError('--iso resizes arrays of accelerators', {
      value: names.filter((_name, i) => gpus[i]).join(', '),
      remedy: 'leave the GPUs out, or --iso',
    });
  }
  const { loadGpuDesign } = await import('./gpu-design.js');
  const settings = settingsByTarget(args['set']).hardware;
  return names.flatMap((name, i) => {
    if (!gpus[i]) return loadAcceleratorDesigns({ set: args['set'] }, [name]);
    const [kernel, profile, schedule, w4a4Share] = gpuOptions.map((option) => entryOf(args, option, i, names.length));
    return [loadGpuDesign(name, settings, { kernel, profile, schedule, w4a4Share })];
  });
}

/** Throws LowbitError for a name of neither catalogue. */
function requireKnown(name: string): void {
  if (isFileName(name)) return;
  const known = [...catalogueNames('accelerators'), ...catalogueNames('gpus')];
  if (known.includes(name)) return;
  const begun = known.filter((other) => other.startsWith(`${name}-`));
  if (begun.length === 0) throw unknownName('accelerator or GPU', name, known);
  throw new LowbitError('unknown accelerator or GPU', { value: name, allowed: known, remedy: `did you mean ${begun.join(' or ')}?` });
}

function entryOf(args: Arguments, option: string, index: number, count: number): string | undefined {
  const entries = list(option, args[option]);
  if (entries === undefined || entries.length === 1) return entries?.[0];
  if (entries.length === count) return entries[index];
  throw new LowbitError(`--${option} has ${entries.length} entries for ${count} designs`, {
    value: entries.join(','),
    remedy: 'give one for all, or one per design in the same order as --hw',
  });
}
