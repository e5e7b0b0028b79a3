/** `lowbit list gpus --errors`: how far the shipped fits are from what was measured, and whether they are of the present model. */
import { catalogueNames } from '../../config/files.js';
import { digestOf, loadFitted, ownFit } from '../../config/fitted-file.js';
import { loadGpu, shippedKernels } from '../../config/gpu-catalogue.js';
import { attentionSubject } from '../../gpu/calibration/attention-subject.js';
import { bitsOfType, cacheBitsOf, cacheTypes, formatsOfType, gemmTypes, type MeasuredTypes } from '../../gpu/calibration/dtype-formats.js';
import type { RegimeError } from '../../gpu/calibration/error-table.js';
import type { FittedDevice, Provenance } from '../../gpu/calibration/fitted-device.js';
import { gemmSubject } from '../../gpu/calibration/fit-subject.js';
import { probeAttention, probeTimes } from '../../gpu/calibration/probe-times.js';
import type { GpuProfile } from '../../gpu/device/gpu-device.js';
import { healthyCard, resolveGpu, type GpuConfig } from '../../gpu/device/gpu-schema.js';
import type { GpuKernel } from '../../gpu/kernels/gpu-kernel.js';
import { namedKernel } from '../../gpu/kernels/kernel-choice.js';
import { LowbitError } from '../../lowbit-error.js';
import { gpuErrorsTables, type GpuErrorsDocument } from '../../report/gpu-errors-document.js';
import { terminalTable } from '../../report/terminal-table.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { envelope } from '../envelope.js';
import { print } from './present.js';

export function runListErrors(args: Arguments): void {
  const kind = single('kind', args['kind']) ?? 'gpus';
  if (kind !== 'gpus') throw new LowbitError('--errors goes with gpus', { value: kind, remedy: 'lowbit list gpus --errors' });
  const document = gpuErrors();
  print(args, document, () => gpuErrorsTables(document).map(terminalTable).join('\n\n'));
}

/** Errors of every fit that ships. */
function gpuErrors(): GpuErrorsDocument {
  const devices = catalogueNames('gpus').map((name) => loadGpu(name).config);
  const fits = devices.flatMap((config) => {
    const fitted = ownFit(config);
    return fitted === undefined ? [] : fitRows(config, fitted);
  });
  const withFit = new Set(fits.map(({ device }) => device));
  return {
    ...envelope('gpu-errors', fits),
    fits,
    unmeasured: devices
      .filter(({ name }) => !withFit.has(name))
      .map(({ name, fitted }) => ({ device: name, parametersOf: [fitted ?? []].flat().flatMap((fit) => loadFitted(fit)?.device ?? []) })),
  };
}

type FitRow = GpuErrorsDocument['fits'][number];

function fitRows(config: GpuConfig, fitted: FittedDevice): FitRow[] {
  const kernels = Object.entries(fitted.kernels).map(([kernel, { parameters, provenance, errors, profile }]): FitRow => {
    const machine = (profile === undefined ? undefined : fitted.profiles[profile]) ?? healthyCard;
    const current = digestAt(config, kernel, { parameters, profile: machine, provenance });
    return rowOf({ device: config.name, kernel, profile: profile ?? null, fitted: 'kernel' }, { provenance, errors, current });
  });
  // The launch time of a source that its kernel was fitted with is told with the kernel.
  const further = Object.entries(fitted.profiles).filter(([name, { kernel }]) => fitted.kernels[kernel]?.profile !== name);
  const sources = further.map(([profile, { kernel, provenance, errors, ...machine }]): FitRow => {
    const parameters = fitted.kernels[kernel]?.parameters ?? {};
    const current = digestAt(config, kernel, { parameters, profile: machine, provenance });
    return rowOf({ device: config.name, kernel, profile, fitted: 'source' }, { provenance, errors, current });
  });
  return [...kernels, ...sources];
}

function rowOf(
  about: Pick<FitRow, 'device' | 'kernel' | 'profile' | 'fitted'>,
  { provenance, errors, current }: { readonly provenance: Provenance; readonly errors: readonly RegimeError[]; readonly current: string },
): FitRow {
  const { source, dtypes, rows, pairs, refused, folds, model } = provenance;
  return { ...about, sources: source, dtypes, rows, pairs, refused, folds, stale: model !== current, errors: [...errors] };
}

interface Probed {
  readonly parameters: Readonly<Record<string, number>>;
  readonly profile: Omit<GpuProfile, 'name'>;
  readonly provenance: Provenance;
}

/** Digest of the present model under the parameters of a fit. */
function digestAt(config: GpuConfig, kernel: string, { parameters, profile, provenance }: Probed): string {
  const dtype = provenance.dtypes[0] ?? '';
  const record = shippedKernels().find(({ name }) => name === kernel);
  if (record === undefined) return '';
  const device = resolveGpu(config);
  const machine = { name: 'fitted', ...profile };
  const resolved = (types: MeasuredTypes): GpuKernel => namedKernel(device, record, formatsOfType(types, dtype), shippedKernels());
  const text =
    record.attention === undefined
      ? probeTimes(gemmSubject(device, resolved(gemmTypes)).model(parameters, machine), bitsOfType(dtype))
      : probeAttention(attentionSubject(device, resolved(cacheTypes)).model(parameters, machine), cacheBitsOf(dtype));
  return digestOf(text).slice(0, 12);
}
