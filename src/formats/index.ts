/** The element formats by name: the table of contents of this folder. */
import { unknownName } from '../lowbit-error.js';
import { dynamicMap } from './dynamic-map.js';
import type { ElementFormat } from './element-format.js';
import { bf16, fp16 } from './float16-formats.js';
import { signedInteger, unsignedInteger } from './integer.js';
import { minifloat } from './minifloat.js';
import { normalFloat } from './normal-float.js';
import { operandFormatEntries, resolveOperandFormat, type OperandFormat, type OperandFormatEntry } from './operand-formats.js';
import { e8m0 } from './power-of-two-scale.js';

/** Every element format by its name. */
export const formats: Readonly<Record<string, ElementFormat>> = Object.freeze({
  int2: signedInteger(2),
  int3: signedInteger(3),
  int4: signedInteger(4),
  int5: signedInteger(5),
  int6: signedInteger(6),
  int7: signedInteger(7),
  int8: signedInteger(8),
  uint2: unsignedInteger(2),
  uint3: unsignedInteger(3),
  uint4: unsignedInteger(4),
  uint5: unsignedInteger(5),
  uint6: unsignedInteger(6),
  uint7: unsignedInteger(7),
  uint8: unsignedInteger(8),
  e2m0: minifloat(2, 0),
  e2m1: minifloat(2, 1),
  e3m0: minifloat(3, 0),
  e1m2: minifloat(1, 2),
  e2m2: minifloat(2, 2),
  e3m1: minifloat(3, 1),
  e2m3: minifloat(2, 3),
  e3m2: minifloat(3, 2),
  e4m3: minifloat(4, 3, { specials: 'fn', source: 'OCP OFP8 1.0, E4M3' }),
  e5m2: minifloat(5, 2, { specials: 'ieee', source: 'OCP OFP8 1.0, E5M2' }),
  e8m0,
  fp16,
  bf16,
  nf2: normalFloat(2),
  nf3: normalFloat(3),
  nf4: normalFloat(4),
  dynamic8: dynamicMap,
});

/** The element format of that name. Throws LowbitError for an unknown name, with the list. */
export function formatNamed(name: string): ElementFormat {
  const format = Object.hasOwn(formats, name) ? formats[name] : undefined;
  if (format === undefined) throw unknownName('format', name, Object.keys(formats));
  return format;
}

/**
 * Memory cost of an operand format as named in traces, schemes and CSV rows (`fp16`, `int4-g128`, `bitmod-fp4-g128`, ...).
 * Throws LowbitError for an unknown name, with what is allowed.
 */
export function operandFormat(name: string): OperandFormat {
  return resolveOperandFormat(name, formats);
}

/** Every named operand format, element formats included, and examples of the names that carry a group size. */
export function listOperandFormats(): readonly OperandFormatEntry[] {
  return operandFormatEntries(formats);
}
