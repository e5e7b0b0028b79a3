/**
 * What default parameters are worth on a card that gave nothing to them: mean error over the rows of the measured cards of an architecture, predicted by the
 * fit of another card, by kind of product. Source: the last table of reports/reference/gpu-errors.md (held to it by a test), without its rows of a
 * kernel that the card does not take. Defaults themselves are read off fits of measured cards; their error on these very cards says little.
 * Left out: kernels of papers, and products of which no second card was measured.
 */
import type { Architecture } from './device/gpu-device.js';
import type { PreparedKernel } from './gpu-machine.js';

type Kind = '16-bit' | 'weight-only' | 'int8' | 'fp8' | 'fp4';

const meanErrors: Readonly<Record<Kind, Readonly<Partial<Record<Architecture, string>>>>> = {
  '16-bit': { ampere: '9 to 15 %', ada: '26 to 35 %', hopper: '6 %', blackwell: '15 to 57 %' },
  'weight-only': { ampere: '27 %', ada: '34 to 39 %' },
  int8: { ampere: '25 %', ada: '34 %' },
  fp8: { hopper: '6 %', blackwell: '20 %' },
  fp4: { blackwell: '34 to 37 %' },
};

function kindOf({ kernel, type }: PreparedKernel): Kind | undefined {
  const { perWeight_ops, perPartialSum_ops } = kernel.conversion;
  if (kernel.passes > 1 || perPartialSum_ops > 0) return undefined;
  const narrow = type.startsWith('fp8') ? 'fp8' : type.startsWith('fp4') ? 'fp4' : type;
  if (narrow === 'int8' || narrow === 'fp8' || narrow === 'fp4') return perWeight_ops > 0 ? undefined : narrow;
  if (!narrow.startsWith('fp16') && narrow !== 'bf16') return undefined;
  return perWeight_ops > 0 ? 'weight-only' : '16-bit';
}

/** Mean error to expect of a kernel with default parameters, e.g. `34 to 37 %`; undefined: nothing like it was measured. */
export function defaultError(architecture: Architecture, prepared: PreparedKernel): string | undefined {
  const kind = prepared.config.choice === 'by-formats' ? kindOf(prepared) : undefined;
  return kind === undefined ? undefined : meanErrors[kind][architecture];
}
