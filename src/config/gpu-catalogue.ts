/**
 * GPUs and their kernels by name or file, with `--set` settings applied.
 * A GPU file carries what a data sheet says; what a fit found about its kernels is a file of its own, named by `fitted`.
 */
import { attentionParameters } from '../gpu/attention/attention-parameters.js';
import { gemmParameters } from '../gpu/gemm/gemm-parameters.js';
import { gpuSchema, type GpuConfig } from '../gpu/device/gpu-schema.js';
import { kernelSchema, type KernelConfig } from '../gpu/kernels/kernel-schema.js';
import { unknownListed } from '../lowbit-error.js';
import type { Loaded } from './loaded.js';
import { catalogueFile, catalogueNames, isFileName, readText, shownFile } from './files.js';
import { parseConfig } from './parse-config.js';
import { applySettings, type ConfigSetting } from './settings.js';

/** A GPU file with the rules that lie between its keys. */
export const gpuFileSchema = gpuSchema.superRefine((file, context) => {
  for (const type of Object.keys(file.tensor)) {
    if (Object.hasOwn(file.energy.tensor_pJPerMac, type)) continue;
    const params = { remedy: `add energy.tensor_pJPerMac.${type}: at most (power.board_W - power.idle_W) over its products per second` };
    context.addIssue({ code: 'custom', path: ['energy', 'tensor_pJPerMac'], message: `no energy of ${type}, which tensor has`, params });
  }
  if (Object.keys(file.tensor).length === 0) {
    context.addIssue({
      code: 'custom',
      path: ['tensor'],
      message: 'a card without tensor cores runs no kernel',
      params: { remedy: 'add tensor.fp16' },
    });
  }
  if (file.power.idle_W >= file.power.board_W) {
    const params = { remedy: 'power.idle_W must lie below power.board_W' };
    context.addIssue({ code: 'custom', path: ['power', 'idle_W'], message: 'idle power takes all that the board has', params });
  }
});

/** A kernel file with the rules that lie between its keys; its parameters stay within what is physically possible. */
export const kernelFileSchema = kernelSchema.superRefine((file, context) => {
  const model = file.attention === undefined ? gemmParameters : attentionParameters;
  const known = new Map(model.map((parameter) => [parameter.name, parameter]));
  const given = [
    ...Object.entries(file.parameters).map((entry) => ['parameters', ...entry] as const),
    ...Object.entries(file.starts ?? {}).map((entry) => ['starts', ...entry] as const),
  ];
  for (const [key, name, value] of given) {
    const path = [key, name];
    const parameter = known.get(name);
    if (parameter === undefined) {
      context.addIssue({
        code: 'custom',
        path,
        message: `no such parameter of the ${file.attention === undefined ? 'GEMM' : 'attention'} model`,
        params: { shown: name, allowed: [...known.keys()] },
      });
    } else if (value < parameter.low || value > parameter.high) {
      const params = {
        remedy: `${parameter.meaning}: from ${parameter.low} to ${parameter.high}${parameter.unit === '1' ? '' : ` ${parameter.unit}`}`,
      };
      context.addIssue({ code: 'custom', path, message: `${name} is outside what is physically possible`, params });
    }
  }
  file.splitK.forEach((parts, i) => {
    if (i === 0 || parts > (file.splitK[i - 1] ?? 0)) return;
    context.addIssue({ code: 'custom', path: ['splitK', i], message: 'splitK must ascend' });
  });
});

/** A GPU by name or file. Throws LowbitError: unknown name, unreadable file, every problem of the file or of the settings. */
export function loadGpu(nameOrFile: string, settings: readonly ConfigSetting[] = []): Loaded<GpuConfig> {
  const path = resolveFile('gpus', nameOrFile);
  return gpuFrom(readText(path, 'gpus'), shownFile(path))(settings);
}

/** The GPU that a text describes under settings; `file` is shown to the user. Throws LowbitError: every problem of the text. */
export function gpuFrom(text: string, file: string): (settings: readonly ConfigSetting[]) => Loaded<GpuConfig> {
  const described = parseConfig(text, file, gpuFileSchema);
  return (settings) => ({ config: applySettings(described, settings, gpuFileSchema), file, notes: [] });
}

/** A kernel by name or file. Throws LowbitError as loadGpu does. */
export function loadKernel(nameOrFile: string): KernelConfig {
  const path = resolveFile('kernels', nameOrFile);
  return readKernel(readText(path, 'kernels'), shownFile(path));
}

/** A checked kernel text. Throws LowbitError for every problem of it. */
export function readKernel(text: string, file: string): KernelConfig {
  return parseConfig(text, file, kernelFileSchema);
}

let shipped: readonly KernelConfig[] | undefined;

/** The kernels that ship and are chosen for their operands, in the order of names; read once. Of the others, which are only for --kernel, no file is parsed. */
export function shippedKernels(): readonly KernelConfig[] {
  return (shipped ??= catalogueNames('kernels').flatMap((name) => {
    const file = catalogueFile('kernels', name);
    const text = readText(file);
    return /^choice: (by-formats|two-precisions)$/m.test(text) ? [readKernel(text, shownFile(file))] : [];
  }));
}

const singular = { gpus: 'GPU', kernels: 'kernel' } as const;

function resolveFile(kind: keyof typeof singular, nameOrFile: string): string {
  if (isFileName(nameOrFile)) return nameOrFile;
  const names = catalogueNames(kind);
  if (!names.includes(nameOrFile)) throw unknownListed(singular[kind], nameOrFile, names, `lowbit list ${kind}`);
  return catalogueFile(kind, nameOrFile);
}
