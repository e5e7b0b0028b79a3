/** The designs a sweep can choose: each name or file is read once, when the sweep is, so that workers read nothing again. */
import { join } from 'node:path';
import { atTechnology } from '../../accelerator/technology.js';
import { resolveAccelerator, type AcceleratorFile } from '../../config/accelerator-file.js';
import { loadModel, loadScheme } from '../../config/catalogue.js';
import { catalogueFile, catalogueNames, isFileName, readText, shownFile } from '../../config/files.js';
import { readAccelerator } from '../../config/scale-sim-config.js';
import { isGpu } from '../../config/gpu-name.js';
import type { GpuConfig } from '../../gpu/device/gpu-schema.js';
import { LowbitError, unknownName } from '../../lowbit-error.js';
import type { ModelConfig } from '../../trace/model/model-config.js';
import type { SchemeConfig } from '../../trace/scheme-config.js';
import { gpusPlan, readCard, type Card } from './gpu-designs.js';
import type { DesignsPlan } from './sweep-plan.js';

export const designKinds = ['hardware', 'model', 'scheme'] as const;
export type DesignKind = (typeof designKinds)[number];

export interface Designs {
  /** Reads the design of that name or file, if it is not known yet. Throws LowbitError with `place` for one that is not there. */
  readonly read: {
    hardware(key: string, place: string): AcceleratorFile | GpuConfig;
    model(key: string, place: string): ModelConfig;
    scheme(key: string, place: string): SchemeConfig;
  };
  plan(): DesignsPlan;
  /** The accelerators that were read. */
  accelerators(): AcceleratorFile[];
  /** Whether a GPU was read. */
  hasGpus(): boolean;
}

/** `folder`: what file names are relative to. */
export function designsIn(folder: string): Designs {
  const hardware = new Map<string, { readonly file: string; readonly text: string; readonly described: AcceleratorFile }>();
  const cards = new Map<string, Card>();
  const models = new Map<string, ModelConfig>();
  const schemes = new Map<string, SchemeConfig>();
  const fileOf = (key: string): string => (isFileName(key) ? join(folder, key) : key);
  return {
    read: {
      hardware: (key, place) =>
        isGpu(fileOf(key))
          ? once(cards, key, () => placed(place, () => readCard(fileOf(key)))).config
          : once(hardware, key, () => placed(place, () => readHardware(fileOf(key)))).described,
      model: (key, place) => once(models, key, () => placed(place, () => loadModel(fileOf(key)).config)),
      scheme: (key, place) => once(schemes, key, () => placed(place, () => loadScheme(fileOf(key)).config)),
    },
    plan: () => ({
      hardware: Object.fromEntries([...hardware].map(([key, { file, text }]) => [key, { file, text }])),
      ...(cards.size === 0 ? {} : { gpus: gpusPlan(cards) }),
      models: Object.fromEntries(models),
      schemes: Object.fromEntries(schemes),
    }),
    accelerators: () => [...hardware.values()].map(({ described }) => described),
    hasGpus: () => cards.size > 0,
  };
}

/** The description and its text. Throws LowbitError also where the whole of it does not hold together. */
function readHardware(nameOrFile: string): { readonly file: string; readonly text: string; readonly described: AcceleratorFile } {
  const isFile = isFileName(nameOrFile);
  if (!isFile && !catalogueNames('accelerators').includes(nameOrFile)) {
    throw unknownName('accelerator or GPU', nameOrFile, [...catalogueNames('accelerators'), ...catalogueNames('gpus')]);
  }
  const path = isFile ? nameOrFile : catalogueFile('accelerators', nameOrFile);
  const [text, shown] = [readText(path), shownFile(path)];
  const described = readAccelerator(text, shown).file;
  atTechnology(resolveAccelerator(described));
  return { file: isFile ? shown : `hw-configs/accelerators/${nameOrFile}.yaml`, text, described };
}

function once<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}

/** An error that says nothing of a place lies where the design is named. */
function placed<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LowbitError) || error.details.place !== undefined || error.details.value === undefined) throw error;
    throw new LowbitError(error.what, { ...error.details, place });
  }
}
