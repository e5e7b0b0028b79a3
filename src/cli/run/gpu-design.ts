/** GPUs as designs: the card of `--hw` with its `--set` overrides, fitted parameters, the kernels of `--kernel` and the machine of `--profile`. */
import { loadFitted } from '../../config/fitted-file.js';
import { loadGpu, loadKernel, shippedKernels } from '../../config/gpu-catalogue.js';
import { versionsOf } from '../../config/model-versions.js';
import type { GpuProfile } from '../../gpu/device/gpu-device.js';
import { healthyCard, profilesOf, type GpuConfig } from '../../gpu/device/gpu-schema.js';
import type { GpuSetup } from '../../gpu/gpu-machine.js';
import { simulateGpu } from '../../gpu/simulate.js';
import { LowbitError, unknownName } from '../../lowbit-error.js';
import type { KernelConfig } from '../../gpu/kernels/kernel-schema.js';
import { misplaced } from '../misplaced-file.js';
import type { Design } from './design.js';

/** Values of `--kernel` and `--profile` for one card. */
interface GpuChoices {
  readonly kernel: string | undefined;
  readonly profile: string | undefined;
}

/** Word of `--kernel` for the choice by formats, so that a list per design can leave it to some of them. */
const BY_FORMATS = 'by-formats';

/** A GPU by name or file. Throws LowbitError: every problem of the file or settings, unknown kernels and profiles. */
export function loadGpuDesign(nameOrFile: string, settings: readonly string[], { kernel, profile }: GpuChoices): Design {
  const setup = setupOf(nameOrFile, settings, { kernel, profile });
  return {
    name: setup.config.name,
    operandDefaults: setup.config.defaults,
    hasVectorWork: true,
    notes: [],
    versions: versionsOf({ gpus: true }),
    simulate: (segments, modelBytes) => simulateGpu(setup, segments, modelBytes === undefined ? {} : { modelBytes }),
  };
}

function setupOf(nameOrFile: string, settings: readonly string[], choices: GpuChoices): GpuSetup {
  const config = configOf(nameOrFile, settings);
  const fits = [config.fitted ?? []].flat().flatMap((fitted) => loadFitted({ fitted }) ?? []);
  const own = fits.find(({ device }) => device === config.name);
  const profiles = { ...profilesOf(config), ...Object.fromEntries(Object.entries(own?.profiles ?? {}).map(fittedProfile)) };
  return {
    config,
    profile: profileNamed(choices.profile, profiles, config.name),
    kernels: shippedKernels(),
    named: kernelsNamed(choices.kernel),
    // The first file that knows a kernel wins.
    fitted: Object.fromEntries(
      fits
        .toReversed()
        .flatMap(({ device, kernels }) => Object.entries(kernels).map(([kernel, fit]) => [kernel, { ...fit, from: device }])),
    ),
  };
}

function configOf(nameOrFile: string, settings: readonly string[]): GpuConfig {
  try {
    return loadGpu(nameOrFile, settings).config;
  } catch (error) {
    throw misplaced('gpu', nameOrFile, error);
  }
}

function fittedProfile([name, { launch_us, clockFactor }]: [string, Omit<GpuProfile, 'name'>]): [string, GpuProfile] {
  return [name, { name, launch_us, clockFactor }];
}

function profileNamed(name: string | undefined, profiles: Readonly<Record<string, GpuProfile>>, device: string): GpuProfile {
  if (name === undefined) return healthyCard;
  const found = profiles[name];
  if (found !== undefined && Object.hasOwn(profiles, name)) return found;
  if (Object.keys(profiles).length > 0) throw unknownName(`profile of ${device}`, name, Object.keys(profiles));
  throw new LowbitError(`${device} has no profiles`, {
    value: name,
    remedy: 'leave --profile out: times are for kernels on a healthy card',
  });
}

/** Kernels of `NAME[+NAME...]`. */
function kernelsNamed(text: string | undefined): KernelConfig[] {
  if (text === undefined || text === BY_FORMATS) return [];
  return text.split('+').map((name) => {
    try {
      return loadKernel(name.trim());
    } catch (error) {
      throw misplaced('kernel', name, error);
    }
  });
}
