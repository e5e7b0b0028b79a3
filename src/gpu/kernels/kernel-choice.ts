/**
 * Which kernel multiplies two operands on a card: by their formats, or by name.
 * An operand counts by its element: int4 stands for int4-g128, int4-asym-g64 and int4-channel alike (what a group costs is in the kernel's conversion
 * and in the bits of the operand), unless a kernel is for one place of scales only (`scales`). A kernel built for the architecture comes before one for all cards,
 * one of two precisions before both where activations have blocks of 8 bits.
 */
import { LowbitError } from '../../lowbit-error.js';
import type { GpuDevice } from '../device/gpu-device.js';
import type { GpuKernel } from './gpu-kernel.js';
import { resolveKernel, type KernelConfig } from './kernel-schema.js';

/** Formats of the operands of a product, by the names of `lowbit list formats`. */
export interface OperandFormats {
  readonly activation: string;
  readonly weight: string;
  /** Operands of a fused attention: queries, and keys and values. */
  readonly attention?: boolean;
  /** Activations of 4 bits have blocks of 8, weights have not. */
  readonly twoPrecisions?: boolean;
}

/** Scores that never leave the SM: any kernel of attention takes them. */
const ON_CHIP = 'on-chip';

/** Class of an operand format: its element without group, zero point and place of the scale. */
function operandClass(format: string): string {
  const element = format.replace(/-(g\d+|channel)$/, '').replace(/-asym$/, '');
  const [, float] = /^(mxfp8|mxfp6|fp8|fp6)-e\dm\d$/.exec(element) ?? [];
  if (float !== undefined) return float;
  return element === 'e4m3' || element === 'e5m2' ? 'fp8' : element;
}

type Taken = KernelConfig['takes'][number];

/** Groups of the operands that have some. */
function groupsOf({ activation, weight }: OperandFormats): number[] {
  return [activation, weight].flatMap((format) => /-g(\d+)/.exec(format)?.[1] ?? []).map(Number);
}

function takenBy(kernel: KernelConfig, operands: OperandFormats): Taken | undefined {
  const { activation, weight, attention = false } = operands;
  if ((kernel.attention !== undefined) !== attention) return undefined;
  const [a, w] = [operandClass(activation), operandClass(weight)];
  const scales = groupsOf(operands).length > 0 ? 'group' : 'channel';
  return kernel.takes.find(
    (taken) => (taken.activation === a || (attention && a === ON_CHIP)) && taken.weight === w && (taken.scales ?? scales) === scales,
  );
}

/** Whether a kernel takes the operands, on whatever card. */
export function takes(kernel: KernelConfig, operands: OperandFormats): boolean {
  return takenBy(kernel, operands) !== undefined;
}

/** Whether the card has a tensor-core type of the kernel for these operands, and the kernel is built for it. */
function runsOn(device: GpuDevice, kernel: KernelConfig, taken: Taken): boolean {
  const built = kernel.architectures === undefined || kernel.architectures.includes(device.architecture);
  return built && taken.math.some((type) => device.tensor_macPerClockPerSm[type] !== undefined);
}

/** Partial sums are converted once per group of the operands; scales per channel or tensor leave them to the epilogue. */
function withGroups(kernel: GpuKernel, operands: OperandFormats): GpuKernel {
  const { conversion } = kernel;
  if (conversion.perPartialSum_ops === 0) return kernel;
  const groups = groupsOf(operands);
  if (groups.length === 0) return { ...kernel, conversion: { ...conversion, perPartialSum_ops: 0, perPartialSum_specialOps: 0 } };
  return { ...kernel, conversion: { ...conversion, group: Math.min(...groups) } };
}

/** Whether the kernel that takes activations of this format on the card quantizes them itself, in a pass before its products. */
export function quantizesItself(device: GpuDevice, kernels: readonly KernelConfig[], format: string): boolean {
  const activation = operandClass(format);
  return kernels.some(
    (kernel) =>
      kernel.choice === 'by-formats' &&
      kernel.before.some(({ name }) => name.startsWith('quantize')) &&
      kernel.takes.some((taken) => taken.activation === activation && runsOn(device, kernel, taken)),
  );
}

/** `bf16 x int4`, for messages. */
function productText({ activation, weight, attention = false, scales }: OperandFormats & Pick<Partial<Taken>, 'scales'>): string {
  return `${attention ? 'attention ' : ''}${activation} x ${weight}${scales === undefined ? '' : ` with scales per ${scales}`}`;
}

/** Products that some kernel does on this card without being named, e.g. `bf16 x int4`. */
function productsOf(device: GpuDevice, kernels: readonly KernelConfig[], attention = false): string[] {
  const chosen = kernels.filter((kernel) => kernel.choice === 'by-formats' && (kernel.attention !== undefined) === attention);
  return [...new Set(chosen.flatMap((kernel) => kernel.takes.filter((taken) => runsOn(device, kernel, taken)).map(productText)))];
}

/** Whether a kernel is taken for such operands without being named. */
function isChosenFor({ choice }: KernelConfig, { twoPrecisions = false }: OperandFormats): boolean {
  return choice === 'by-formats' || (choice === 'two-precisions' && twoPrecisions);
}

/** The kernel for the operands on this card. Throws LowbitError naming what the card can do. */
export function kernelFor(device: GpuDevice, kernels: readonly KernelConfig[], operands: OperandFormats): GpuKernel {
  const able = kernels.filter((kernel) => isChosenFor(kernel, operands) && takes(kernel, operands));
  const fitting = able.flatMap((kernel) => {
    const taken = takenBy(kernel, operands);
    return taken !== undefined && runsOn(device, kernel, taken) ? [{ kernel, taken }] : [];
  });
  const best =
    fitting.find(({ kernel }) => kernel.choice === 'two-precisions') ??
    fitting.find(({ kernel }) => kernel.architectures !== undefined) ??
    fitting[0];
  if (best !== undefined) return withGroups(resolveKernel(best.kernel, best.taken), operands);
  throw able.length === 0 ? noKernel(device, kernels, operands) : missingType(device, able, { operands, kernels });
}

/** The named kernel for the operands on this card. Throws LowbitError naming the kernels that take them. */
export function namedKernel(
  device: GpuDevice,
  kernel: KernelConfig,
  operands: OperandFormats,
  kernels: readonly KernelConfig[],
): GpuKernel {
  const taken = takenBy(kernel, operands);
  if (taken === undefined) {
    const others = kernels.filter((other) => takes(other, operands)).map(({ name }) => name);
    throw new LowbitError(`${kernel.name} does not take these operands`, {
      value: productText(operands),
      ...(others.length === 0 ? {} : { allowed: others }),
      remedy: `it takes ${kernel.takes.map(productText).join(', ')}`,
    });
  }
  if (!runsOn(device, kernel, taken)) throw missingType(device, [kernel], { operands, kernels });
  return withGroups(resolveKernel(kernel, taken), operands);
}

function noKernel(device: GpuDevice, kernels: readonly KernelConfig[], operands: OperandFormats): LowbitError {
  const named = kernels.filter((kernel) => takes(kernel, operands)).map(({ name }) => name);
  return new LowbitError('no GPU kernel for these operands', {
    value: productText(operands),
    place: device.name,
    allowed: productsOf(device, kernels, operands.attention),
    remedy: named.length === 0 ? 'see `lowbit list kernels`' : `with --kernel: ${named.join(', ')}`,
  });
}

function missingType(
  device: GpuDevice,
  able: readonly KernelConfig[],
  { operands, kernels }: { readonly operands: OperandFormats; readonly kernels: readonly KernelConfig[] },
): LowbitError {
  const types = [...new Set(able.flatMap((kernel) => takenBy(kernel, operands)?.math ?? []))];
  const missing = types.filter((type) => device.tensor_macPerClockPerSm[type] === undefined);
  const names = able.map(({ name }) => name).join(', ');
  const what =
    missing.length === types.length
      ? `${device.name} has no ${types.join(' or ')} tensor cores, which ${names} ${able.length === 1 ? 'needs' : 'need'}`
      : `${names} is not built for ${device.name} (${device.architecture})`;
  return new LowbitError(what, { value: productText(operands), allowed: productsOf(device, kernels, operands.attention) });
}
