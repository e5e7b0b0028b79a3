/**
 * What the column `dtype` of measured files says about the operands: their formats by the names of `lowbit list formats`, and the bits of a shape.
 * Source: the published tables (docs/gpu/calibration.md): w4a16 has groups of 128 along k, outputs are 16 bits wide.
 */
import { operandFormat } from '../../formats/index.js';
import { unknownName } from '../../lowbit-error.js';
import type { OperandFormats } from '../kernels/kernel-choice.js';
import type { OperandBits } from './row-judgement.js';

const formats: Readonly<Record<string, OperandFormats>> = Object.freeze({
  bf16: { activation: 'bf16', weight: 'bf16' },
  fp16: { activation: 'fp16', weight: 'fp16' },
  w4a16: { activation: 'bf16', weight: 'int4-g128' },
  w8a16: { activation: 'bf16', weight: 'int8' },
  w8a8: { activation: 'int8', weight: 'int8' },
  fp8: { activation: 'fp8', weight: 'fp8' },
  nvfp4: { activation: 'nvfp4', weight: 'nvfp4' },
});

export const measuredTypes: readonly string[] = Object.keys(formats);

/** Operand formats of a measured type. Throws LowbitError for a name that is none. */
export function formatsOfType(dtype: string): OperandFormats {
  const found = Object.hasOwn(formats, dtype) ? formats[dtype] : undefined;
  if (found === undefined) throw unknownName('measured type', dtype, measuredTypes);
  return found;
}

/** Bits per element of the operands, scales included, and of the output. */
export function bitsOfType(dtype: string): OperandBits {
  const bits = (format: string): number => {
    const { payload_bitsPerElement, metadata_bitsPerElement } = operandFormat(format);
    return payload_bitsPerElement + metadata_bitsPerElement;
  };
  const { activation, weight } = formatsOfType(dtype);
  return { activation_bits: bits(activation), weight_bits: bits(weight), output_bits: 16 };
}
