/**
 * What default parameters are worth: mean error over the rows of cards that were measured, with their fits left out (`--set fitted=none`), by kind of
 * product and architecture. Source: docs/gpu/devices.md, which names the cards. Left out: kernels of papers and products that no card was measured for.
 */
import type { Architecture } from './device/gpu-device.js';
import type { PreparedKernel } from './gpu-machine.js';

type Kind = '16-bit' | 'weight-only' | 'int8' | 'fp8' | 'fp4';

const meanErrors: Readonly<Record<Kind, Readonly<Partial<Record<Architecture, string>>>>> = {
  '16-bit': { volta: '14 %', ampere: '6 %', ada: '11 %', hopper: '8 to 9 %', blackwell: '13 to 18 %' },
  'weight-only': { ampere: '16 %', ada: '21 %' },
  int8: { ampere: '10 %', ada: '22 %' },
  fp8: { ada: '12 %', hopper: '9 %' },
  fp4: { blackwell: '11 to 20 %' },
};

function kindOf({ kernel, type }: PreparedKernel): Kind | undefined {
  const { perWeight_ops, perPartialSum_ops } = kernel.conversion;
  if (kernel.passes > 1 || perPartialSum_ops > 0) return undefined;
  const narrow = type.startsWith('fp8') ? 'fp8' : type.startsWith('fp4') ? 'fp4' : type;
  if (narrow === 'int8' || narrow === 'fp8' || narrow === 'fp4') return perWeight_ops > 0 ? undefined : narrow;
  if (!narrow.startsWith('fp16') && narrow !== 'bf16') return undefined;
  return perWeight_ops > 0 ? 'weight-only' : '16-bit';
}

/** Mean error to expect of a kernel with default parameters, e.g. `11 to 20 %`; undefined: nothing like it was measured. */
export function defaultError(architecture: Architecture, prepared: PreparedKernel): string | undefined {
  const kind = prepared.config.choice === 'by-formats' ? kindOf(prepared) : undefined;
  return kind === undefined ? undefined : meanErrors[kind][architecture];
}
