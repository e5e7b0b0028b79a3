/**
 * The kinds of configuration file: schema, folder of what ships, the keys that tell a file of the kind, and how its text is read.
 * One record feeds `lowbit list`, `lowbit validate` and the JSON Schemas; commands that read one kind load that kind alone.
 */
import type { z } from 'zod';
import type { AcceleratorConfig } from '../accelerator/accelerator-config.js';
import { dramStandardSchema, type DramStandard } from '../accelerator/dram/dram-standard.js';
import { atTechnology } from '../accelerator/technology.js';
import type { GpuConfig } from '../gpu/device/gpu-schema.js';
import type { KernelConfig } from '../gpu/kernels/kernel-schema.js';
import { fittedDeviceSchema, type FittedDevice } from '../gpu/calibration/fitted-device.js';
import { modelSchema } from '../trace/model/model-config.js';
import { schemeSchema } from '../trace/scheme-config.js';
import { acceleratorFileSchema, resolveAccelerator } from './accelerator-file.js';
import type { CatalogueKind } from './files.js';
import { gpuFileSchema, kernelFileSchema, readKernel } from './gpu-catalogue.js';
import { readFitted } from './fitted-file.js';
import { readModel } from './model-file.js';
import { parseConfig } from './parse-config.js';
import { readAccelerator } from './scale-sim-config.js';
import { readScheme } from './scheme-file.js';

/** A kind of file that lowbit reads. */
export interface FileKind {
  readonly schema: z.ZodType;
  /** Folder of the files that ship; absent: none do. */
  readonly shipped?: CatalogueKind;
  /** Keys that no other kind has at its top level. */
  readonly tellingKeys: readonly string[];
  /** Reads and checks a text as a command that is given the file does. Throws LowbitError; `file` names it in errors. */
  read(text: string, file: string): unknown;
}

/** Kinds by the name of their JSON Schema. A file is of the first kind that has one of its keys. */
export const configKinds = Object.freeze({
  accelerator: {
    schema: acceleratorFileSchema,
    shipped: 'accelerators',
    tellingKeys: ['array', 'pe'],
    read: (text: string, file: string): AcceleratorConfig => atTechnology(resolveAccelerator(readAccelerator(text, file).file)).hardware,
  },
  gpu: {
    schema: gpuFileSchema,
    shipped: 'gpus',
    tellingKeys: ['sms', 'tensor'],
    read: (text: string, file: string): GpuConfig => parseConfig(text, file, gpuFileSchema),
  },
  kernel: {
    schema: kernelFileSchema,
    shipped: 'kernels',
    tellingKeys: ['takes', 'tiles'],
    read: (text: string, file: string): KernelConfig => readKernel(text, file),
  },
  'gpu-fit': {
    schema: fittedDeviceSchema,
    shipped: 'fits',
    tellingKeys: ['kernels'],
    read: (text: string, file: string): FittedDevice => readFitted(text, file),
  },
  memory: {
    schema: dramStandardSchema,
    shipped: 'memories',
    tellingKeys: ['energy_pJPerBit', 'dataRate_MTps'],
    read: (text: string, file: string): DramStandard => parseConfig(text, file, dramStandardSchema),
  },
  model: { schema: modelSchema, shipped: 'models', tellingKeys: ['family', 'model_type', 'hidden'], read: readModel },
  scheme: { schema: schemeSchema, shipped: 'schemes', tellingKeys: ['weight', 'activation'], read: readScheme },
} as const satisfies Readonly<Record<string, FileKind>>);
