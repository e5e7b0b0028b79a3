/**
 * Models that ship with their weights: small decoders trained for lowbit (docs/tiny-model.md), each a folder with config.json.
 * Whatever takes a model by name takes these: its weights where they are asked for, its shapes where those are enough.
 */
import { existsSync } from 'node:fs';
import { LowbitError } from '../lowbit-error.js';
import { packagePath } from './files.js';

const descriptions = {
  tiny: 'trained decoder of 3.3 M parameters, with weights',
  'tiny-outlier': 'the same function with outlier channels, with weights',
  'tiny-moe': 'trained decoder with four experts, with weights',
} as const;
export type TrainedModel = keyof typeof descriptions;

export const trainedModels = Object.keys(descriptions) as readonly TrainedModel[];

/** Folder of a model by its name; undefined: no such name. Throws LowbitError where the installed package leaves it out for its size. */
export function trainedFolder(name: string): string | undefined {
  if (!Object.hasOwn(descriptions, name)) return undefined;
  const folder = packagePath(`models/${name}`);
  if (existsSync(folder)) return folder;
  throw new LowbitError('this model is not in the installed package', {
    value: name,
    remedy: `it lies in the repository: give the folder models/${name} of a clone`,
  });
}

/** The models that are there, with what they are. */
export function installedModels(): { readonly name: TrainedModel; readonly description: string; readonly folder: string }[] {
  return trainedModels
    .map((name) => ({ name, description: descriptions[name], folder: packagePath(`models/${name}`) }))
    .filter(({ folder }) => existsSync(folder));
}
