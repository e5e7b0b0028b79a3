/**
 * What a fit says about a kernel that was not measured itself: the physical parameters of the kernel that its file calls the nearest (`like`), on the same
 * card. What the file states itself (parameters, starts) stays, and so does conversion and whatever else only a fit of this kernel could tell.
 */
import type { FittedParameters } from './fitted-parameters.js';
import type { GpuKernel } from './kernels/gpu-kernel.js';

/** Parameters that belong to a kernel, not to a card. */
const ofTheKernel = new Set(['conversionScale', 'conversionOverlap', 'passScale']);

/** Fitted parameters of `kernel`; those of the kernel it is like where it has none; undefined: neither was fitted. */
export function fitOf(fitted: Readonly<Record<string, FittedParameters>>, kernel: GpuKernel): FittedParameters | undefined {
  if (Object.hasOwn(fitted, kernel.name)) return fitted[kernel.name];
  const { like } = kernel;
  if (like === undefined || !Object.hasOwn(fitted, like)) return undefined;
  const near = fitted[like]!;
  const own = (name: string): boolean => Object.hasOwn(kernel.parameters, name) || Object.hasOwn(kernel.starts ?? {}, name);
  const parameters = Object.fromEntries(Object.entries(near.parameters).filter(([name]) => !ofTheKernel.has(name) && !own(name)));
  // Errors are those of the other kernel, the least to expect of this one: nothing is known of it.
  return { from: near.from, like, parameters, ...(near.errors === undefined ? {} : { errors: near.errors }) };
}
