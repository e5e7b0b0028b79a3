/** Which rows of a measured file a calibration is about: those of the card and of the types that one kernel runs. */
import { loadKernel, shippedKernels } from '../../config/gpu-catalogue.js';
import { formatsOfType, type MeasuredTypes } from '../../gpu/calibration/dtype-formats.js';
import { sameGpu, type MeasuredCall } from '../../gpu/calibration/measured-table.js';
import { resolveGpu, type GpuConfig } from '../../gpu/device/gpu-schema.js';
import type { GpuKernel } from '../../gpu/kernels/gpu-kernel.js';
import { kernelFor, namedKernel, takes, type OperandFormats } from '../../gpu/kernels/kernel-choice.js';
import { LowbitError, unknownName } from '../../lowbit-error.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';

export interface MeasuredKernel<Call> {
  readonly kernel: GpuKernel;
  readonly calls: readonly Call[];
  /** Name of the card in the file. */
  readonly gpu: string;
  readonly dtypes: readonly string[];
  readonly sources: string[];
}

/** Calls of a file, all of one kind, and the types that kind has. */
interface NamedCalls<Call> {
  readonly calls: readonly Call[];
  readonly types: MeasuredTypes;
  readonly name: string;
}

/** Throws LowbitError: a card or type that the file does not have, several kernels at once, a kernel that the card does not run. */
export function measuredKernel<Call extends MeasuredCall>(
  args: Arguments,
  config: GpuConfig,
  file: NamedCalls<Call>,
): MeasuredKernel<Call> {
  const ofCard = callsOfCard(single('gpu', args['gpu']), config.name, file);
  const dtypes = typesOf(args, ofCard, file);
  const kernels = new Map(
    dtypes.map((dtype) => kernelOf(args, config, formatsOfType(file.types, dtype))).map((kernel) => [kernel.name, kernel]),
  );
  const [kernel, another] = [...kernels.values()];
  if (kernel === undefined || another !== undefined)
    throw new LowbitError('rows of several kernels', {
      value: dtypes.join(', '),
      place: file.name,
      allowed: dtypes,
      remedy: 'add --dtype',
    });
  const calls = ofCard.filter(({ dtype }) => dtypes.includes(dtype));
  const sources = [...new Set(calls.map(({ source }) => source || 'unnamed'))].sort();
  return { kernel, calls, gpu: calls[0]?.gpu ?? '', dtypes, sources };
}

function callsOfCard<Call extends MeasuredCall>(
  asked: string | undefined,
  device: string,
  { calls, name }: NamedCalls<Call>,
): readonly Call[] {
  const cards = [...new Set(calls.map(({ gpu }) => gpu))];
  // `H200` is h200-sxm: a name in the file may leave out the board.
  const like = (gpu: string): boolean => sameGpu(gpu, device) || device.startsWith(`${gpu.toLowerCase()}-`);
  const found = asked === undefined ? cards.filter(like) : cards.filter((gpu) => sameGpu(gpu, asked));
  const [card, another] = found;
  if (card === undefined || another !== undefined) {
    const what = card === undefined ? `no measured row of ${asked ?? device}` : `several cards like ${device}`;
    throw new LowbitError(what, { place: name, allowed: cards, remedy: 'name the card of the file with --gpu' });
  }
  return calls.filter(({ gpu }) => gpu === card);
}

/** Types to fit together: the one that is asked for, or those of the file that the named kernel takes. */
function typesOf(args: Arguments, calls: readonly MeasuredCall[], { types, name }: Omit<NamedCalls<MeasuredCall>, 'calls'>): string[] {
  const present = [...new Set(calls.map(({ dtype }) => dtype))].filter((dtype) => Object.hasOwn(types, dtype)).sort();
  const asked = single('dtype', args['dtype']);
  if (asked !== undefined) {
    if (!present.includes(asked)) throw unknownName('measured type', asked, present, name);
    return [asked];
  }
  const named = single('kernel', args['kernel']);
  if (named === undefined && present.length > 0) return present;
  const kernel = named === undefined ? undefined : loadKernel(named);
  const taken = present.filter((dtype) => kernel !== undefined && takes(kernel, formatsOfType(types, dtype)));
  if (taken.length > 0) return taken;
  throw new LowbitError('no measured rows of this kernel', { value: named ?? '', place: name, allowed: present });
}

function kernelOf(args: Arguments, config: GpuConfig, formats: OperandFormats): GpuKernel {
  const [device, named] = [resolveGpu(config), single('kernel', args['kernel'])];
  if (named === undefined) return kernelFor(device, shippedKernels(), formats);
  return namedKernel(device, loadKernel(named), formats, shippedKernels());
}
