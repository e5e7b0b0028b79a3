/** The accelerators of a plan: each text is read once, and resolved for every set of settings asked for. */
import { acceleratorFrom, type AcceleratorReader } from '../../config/catalogue.js';
import type { Loaded } from '../../config/loaded.js';
import type { AcceleratorConfig } from '../../accelerator/accelerator-config.js';
import { unknownName, type LowbitError } from '../../lowbit-error.js';
import type { DesignsPlan } from '../plan/sweep-plan.js';
import type { ChosenDesign } from './point-settings.js';

/** The resolved accelerator of a choice. Throws LowbitError as loadAccelerator does. */
export type AcceleratorSource = (chosen: ChosenDesign) => AcceleratorConfig;

export function acceleratorsOf(designs: DesignsPlan): AcceleratorSource {
  const loaded = loadedAccelerators(designs);
  return (chosen) => loaded(chosen).config;
}

/** The same with the notes of reading it. */
export function loadedAccelerators({ hardware }: DesignsPlan): (chosen: ChosenDesign) => Loaded<AcceleratorConfig> {
  const readers = new Map<string, AcceleratorReader>();
  return ({ key, settings }) => {
    let reader = readers.get(key);
    if (reader === undefined) {
      const design = Object.hasOwn(hardware, key) ? hardware[key] : undefined;
      if (design === undefined) throw unknownDesign('accelerator', key, Object.keys(hardware));
      readers.set(key, (reader = acceleratorFrom(design.text, design.file)));
    }
    return reader(settings);
  };
}

/** The error for a key that `plan.designs` does not hold. */
export function unknownDesign(kind: string, key: string, known: readonly string[]): LowbitError {
  return unknownName(`${kind} of this sweep`, key, known);
}
