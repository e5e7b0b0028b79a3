/** The quantizers by name: the table of contents of this folder, and the one way in for user-given options. */
import { LowbitError, unknownName } from '../lowbit-error.js';
import type { Matrix } from '../numeric/matrix.js';
import type { Calibration } from './calibration.js';
import { ant } from './ant.js';
import { atom } from './atom.js';
import { awqClip } from './awq-clip.js';
import { bitmod } from './bitmod.js';
import { checkFinite } from './finite-check.js';
import { floatCast } from './float-cast.js';
import { gguf } from './gguf.js';
import { fmpq } from './fmpq.js';
import { gobo } from './gobo.js';
import { gptq } from './gptq.js';
import { mrGptq } from './mr-gptq.js';
import { l2qer, lqer } from './lqer.js';
import { lqLora, lqLoraInputs } from './lq-lora.js';
import { mx } from './mx.js';
import { mxint } from './mxint.js';
import { nf4 } from './nf4.js';
import { nvfp4 } from './nvfp4.js';
import { olive } from './olive.js';
import { parseOptions } from './quantize-options.js';
import { qoq } from './qoq.js';
import type { QuantizedTensor, Quantizer } from './quantizer.js';
import { quest } from './quest.js';
import { roundToNearest } from './round-to-nearest.js';
import { spqr } from './spqr.js';

/** Every quantizer by its name. */
export const quantizers: Readonly<Record<string, Quantizer>> = Object.freeze({
  rtn: roundToNearest,
  float: floatCast,
  nf4,
  mx,
  nvfp4,
  ant,
  olive,
  bitmod,
  gobo,
  gguf,
  mxint,
  lqer,
  l2qer,
  'lq-lora': lqLora,
  'lq-lora-inputs': lqLoraInputs,
  spqr,
  qoq,
  fmpq,
  atom,
  quest,
  gptq,
  'awq-clip': awqClip,
  'mr-gptq': mrGptq,
});

/** The quantizer of that name. Throws LowbitError for an unknown name, with the list. */
export function quantizerNamed(name: string): Quantizer {
  const quantizer = Object.hasOwn(quantizers, name) ? quantizers[name] : undefined;
  if (quantizer === undefined) throw unknownName('quantizer', name, Object.keys(quantizers));
  return quantizer;
}

/**
 * Quantizes a tensor with options as the user wrote them (`{ bits: '4' }` or `{ bits: 4 }`); defaults are filled in.
 * Throws LowbitError for unknown names and options, an empty tensor, a shape the format does not hold, a calibration that is missing or
 * of another width, and for NaN, infinities and magnitudes above 2^126, naming row and column.
 */
export function quantize(
  name: string,
  tensor: Matrix,
  rawOptions: Readonly<Record<string, unknown>> = {},
  calibration?: Calibration,
): QuantizedTensor {
  const quantizer = quantizerNamed(name);
  if (tensor.data.length === 0)
    throw new LowbitError('tensor without elements cannot be quantized', { value: `${tensor.rows} x ${tensor.cols}` });
  const options = parseOptions(quantizer, rawOptions);
  const refusal = quantizer.refusal?.(tensor, options);
  if (refusal !== undefined) throw refusal;
  if (quantizer.checksValues !== true) checkFinite(tensor);
  checkCalibration(quantizer, tensor, calibration);
  return quantizer.quantize(tensor, options, calibration);
}

function checkCalibration({ name, needs = [] }: Quantizer, { cols }: Matrix, calibration: Calibration | undefined): void {
  const missing = needs.find((part) => calibration?.[part] === undefined);
  if (missing !== undefined) {
    throw new LowbitError(`quantizer ${name} needs to see the inputs of the matrix`, {
      value: missing,
      remedy: 'give a whole model and a calibration text (lowbit evaluate, or quantize --calibration)',
    });
  }
  const width = calibration?.channels.maxAbs.length;
  if (width !== undefined && width !== cols)
    throw new LowbitError('the calibration is of another width than the matrix', { value: `${width} channels for ${cols} columns` });
}
