/** The setup of a card: its kernels, what fits found about them, and the machine that times are for, by the names its description gives. */
import { LowbitError, unknownName } from '../lowbit-error.js';
import type { GpuProfile } from './device/gpu-device.js';
import { healthyCard, profilesOf, type GpuConfig } from './device/gpu-schema.js';
import type { FittedParameters } from './fitted-parameters.js';
import type { GpuSetup } from './gpu-machine.js';
import type { KernelConfig } from './kernels/kernel-schema.js';

/** What fits found about a card. */
export interface FittedCard {
  readonly device: string;
  readonly kernels: Readonly<Record<string, Omit<FittedParameters, 'from'>>>;
  readonly profiles: Readonly<Record<string, Omit<GpuProfile, 'name'>>>;
}

/** Where names of a description lead. */
export interface GpuSources {
  /** Kernels to choose from by formats. */
  readonly kernels: readonly KernelConfig[];
  /** Throws LowbitError for a name that there is none of. */
  kernel(name: string): KernelConfig;
  /** undefined: nothing was fitted under this name. */
  fitted(name: string): FittedCard | undefined;
}

/** Word of `kernel` for the choice by formats, so that a list of designs can leave it to some of them. */
const BY_FORMATS = 'by-formats';

/**
 * Throws LowbitError for kernels and profiles that there are not. `stated`: whether the user gave the numbers of a profile, which then win over fitted ones.
 */
export function gpuSetup(config: GpuConfig, sources: GpuSources, stated: (profile: string) => boolean = () => false): GpuSetup {
  const fits = [config.fitted ?? []].flat().flatMap((name) => sources.fitted(name) ?? []);
  const { kernel = BY_FORMATS } = config;
  return {
    config,
    profile: profileOf(
      config,
      fits.find(({ device }) => device === config.name),
      stated,
    ),
    kernels: sources.kernels,
    named: kernel === BY_FORMATS ? [] : kernel.split('+').map((name) => sources.kernel(name.trim())),
    fitted: parametersOf(fits),
  };
}

/** Fitted parameters by kernel: the first card that knows a kernel wins. */
function parametersOf(fits: readonly FittedCard[]): Readonly<Record<string, FittedParameters>> {
  const all = fits
    .toReversed()
    .flatMap(({ device, kernels }) => Object.entries(kernels).map(([name, fit]) => [name, { ...fit, from: device }] as const));
  return Object.fromEntries(all);
}

/** The profile that a description names; a fitted one wins over that of the file, and what the user states over both. */
function profileOf(config: GpuConfig, own: FittedCard | undefined, stated: (profile: string) => boolean): GpuProfile {
  if (config.profile === undefined) return healthyCard;
  const described = profilesOf(config);
  const fits = Object.entries(own?.profiles ?? {}).filter(([name]) => described[name] === undefined || !stated(name));
  const fitted = fits.map(
    ([name, { launch_us, clockFactor, boardFactor }]) => [name, { ...described[name], name, launch_us, clockFactor, boardFactor }] as const,
  );
  const profiles: Readonly<Record<string, GpuProfile>> = { ...described, ...Object.fromEntries(fitted) };
  const found = Object.hasOwn(profiles, config.profile) ? profiles[config.profile] : undefined;
  if (found !== undefined) return found;
  if (Object.keys(profiles).length > 0) throw unknownName(`profile of ${config.name}`, config.profile, Object.keys(profiles));
  throw new LowbitError(`${config.name} has no profiles`, {
    value: config.profile,
    remedy: 'leave the profile out: times are for kernels on a healthy card',
  });
}
