/** The GPUs a sweep can choose, read once with the kernels and fitted parameters that ship, so that workers read no file. */
import { loadFitted } from '../../config/fitted-file.js';
import { gpuFrom, loadKernel } from '../../config/gpu-catalogue.js';
import { catalogueFile, catalogueNames, isFileName, readText, shownFile } from '../../config/files.js';
import type { GpuConfig } from '../../gpu/device/gpu-schema.js';
import type { FittedCard } from '../../gpu/gpu-setup.js';
import type { GpusPlan } from './sweep-plan.js';

/** A device file that was read. */
export interface Card {
  readonly file: string;
  readonly text: string;
  readonly config: GpuConfig;
}

/** Throws LowbitError for every problem of the file. */
export function readCard(nameOrFile: string): Card {
  const isFile = isFileName(nameOrFile);
  const path = isFile ? nameOrFile : catalogueFile('gpus', nameOrFile);
  const [text, shown] = [readText(path), shownFile(path)];
  return { file: isFile ? shown : `hw-configs/gpus/${nameOrFile}.yaml`, text, config: gpuFrom(text, shown)([]).config };
}

/** What workers need of the cards: all kernels and fits that ship, for axes over them, and the fits that the cards name. */
export function gpusPlan(cards: ReadonlyMap<string, Card>): GpusPlan {
  const named = [...cards.values()].flatMap(({ config }) => [config.fitted ?? []].flat());
  const fits = [...new Set([...catalogueNames('fits'), ...named])].flatMap((name) => {
    const found = loadFitted(name);
    return found === undefined ? [] : [[name, fittedCard(found)] as const];
  });
  return {
    cards: Object.fromEntries([...cards].map(([key, { file, text }]) => [key, { file, text }])),
    kernels: catalogueNames('kernels').map((name) => loadKernel(name)),
    fits: Object.fromEntries(fits),
  };
}

/** Parameters without where they come from and what they missed. */
function fittedCard({ device, kernels, profiles }: FittedCard): FittedCard {
  const bare = Object.entries(kernels).map(([name, { parameters }]) => [name, { parameters }] as const);
  const machines = Object.entries(profiles).map(
    ([name, { launch_us, clockFactor, boardFactor }]) => [name, { launch_us, clockFactor, boardFactor }] as const,
  );
  return { device, kernels: Object.fromEntries(bare), profiles: Object.fromEntries(machines) };
}
