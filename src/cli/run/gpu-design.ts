/** GPUs as designs: the card of `--hw` with its `--set` overrides, and what `--kernel`, `--profile`, `--schedule` and `--w4a4-share` choose. */
import { loadFitted } from '../../config/fitted-file.js';
import { loadGpu, loadKernel, shippedKernels } from '../../config/gpu-catalogue.js';
import { isFileName } from '../../config/files.js';
import { isSet } from '../../config/settings.js';
import { versionsOf } from '../../config/model-versions.js';
import type { GpuConfig } from '../../gpu/device/gpu-schema.js';
import { gpuMachine } from '../../gpu/gpu-machine.js';
import { gemmShapeOf } from '../../gpu/layer-shape.js';
import { gpuSetup, type GpuSources } from '../../gpu/gpu-setup.js';
import { simulateGpu } from '../../gpu/simulate.js';
import { misplaced } from '../misplaced-file.js';
import type { Design } from './design.js';

/** Values of these options for one card: keys of its description. */
interface GpuChoices {
  readonly kernel: string | undefined;
  readonly profile: string | undefined;
  readonly schedule: string | undefined;
  readonly w4a4Share: string | undefined;
}

/** A GPU by name or file. Throws LowbitError: every problem of the file or settings, unknown kernels and profiles. */
export function loadGpuDesign(nameOrFile: string, settings: readonly string[], choices: GpuChoices): Design {
  const chosen = [
    ...settings,
    ...Object.entries(choices).flatMap(([key, value]: [string, string | undefined]) => (value === undefined ? [] : [`${key}=${value}`])),
  ];
  const stated = (name: string): boolean => isFileName(nameOrFile) || isSet(chosen, `profiles.${name}`);
  const setup = gpuSetup(configOf(nameOrFile, chosen), gpuSources(), stated);
  return {
    name: setup.config.name,
    operandDefaults: setup.config.defaults,
    hasVectorWork: true,
    notes: [],
    versions: () => versionsOf({ gpus: true }),
    timeline: (layer) => {
      if (layer.kind !== 'gemm') return undefined;
      const { prepared } = gpuMachine(setup).charge(layer);
      return prepared?.model?.timeline(gemmShapeOf(layer, prepared.kernel));
    },
    simulate: (segments, modelBytes) => simulateGpu(setup, segments, modelBytes === undefined ? {} : { modelBytes }),
  };
}

/** What ships and what files of the user say. */
export function gpuSources(): GpuSources {
  return { kernels: shippedKernels(), kernel: kernelNamed, fitted: loadFitted };
}

function kernelNamed(name: string): ReturnType<typeof loadKernel> {
  try {
    return loadKernel(name);
  } catch (error) {
    throw misplaced('kernel', name, error);
  }
}

function configOf(nameOrFile: string, settings: readonly string[]): GpuConfig {
  try {
    return loadGpu(nameOrFile, settings).config;
  } catch (error) {
    throw misplaced('gpu', nameOrFile, error);
  }
}
