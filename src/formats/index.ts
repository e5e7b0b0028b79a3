/** The element formats by name: the table of contents of this folder. */
import { unknownName } from '../lowbit-error.js';
import { abfloat } from './abfloat.js';
import { adaptivFloat } from './adaptive-float.js';
import { antFloat } from './ant-float.js';
import { biscaled } from './biscaled.js';
import { dynamicMap } from './dynamic-map.js';
import type { ElementFormat } from './element-format.js';
import { bf16, fp16 } from './float16-formats.js';
import { flint } from './flint.js';
import { signedInteger, unsignedInteger } from './integer.js';
import { twoHot } from './k-hot.js';
import { minifloat } from './minifloat.js';
import { normalFloat } from './normal-float.js';
import { operandFormatEntries, resolveOperandFormat, type OperandFormat, type OperandFormatEntry } from './operand-formats.js';
import { e8m0 } from './power-of-two-scale.js';
import { powerOfTwo } from './power-of-two.js';
import { specialValueFormats } from './special-value.js';

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
  nf8: normalFloat(8),
  dynamic8: dynamicMap,
  flint3: flint(3),
  uflint3: flint(3, false),
  flint4: flint(4),
  uflint4: flint(4, false),
  flint5: flint(5),
  uflint5: flint(5, false),
  flint6: flint(6),
  uflint6: flint(6, false),
  pot3: powerOfTwo(3),
  upot3: powerOfTwo(3, false),
  pot4: powerOfTwo(4),
  upot4: powerOfTwo(4, false),
  pot5: powerOfTwo(5),
  upot5: powerOfTwo(5, false),
  pot6: powerOfTwo(6),
  upot6: powerOfTwo(6, false),
  antfloat3e3: antFloat(3),
  uantfloat3e3: antFloat(3, 3, false),
  antfloat4e3: antFloat(4),
  uantfloat4e3: antFloat(4, 3, false),
  antfloat5e3: antFloat(5),
  uantfloat5e3: antFloat(5, 3, false),
  antfloat6e3: antFloat(6),
  uantfloat6e3: antFloat(6, 3, false),
  adaptivfloat8e3: adaptivFloat(8, 3),
  twohot8: twoHot,
  'abfloat-e2m1-b2': abfloat({ exponentBits: 2, mantissaBits: 1, bias: 2 }),
  'abfloat-e2m1-b3': abfloat({ exponentBits: 2, mantissaBits: 1, bias: 3 }),
  'abfloat-e2m5-b2': abfloat({ exponentBits: 2, mantissaBits: 5, bias: 2 }),
  'uabfloat-e2m2-b2': abfloat({ exponentBits: 2, mantissaBits: 2, bias: 2, signed: false }),
  ...byName([1, 2, 3, 4].map(biscaled)),
  ...byName(specialValueFormats(3)),
  ...byName(specialValueFormats(4)),
});

function byName(list: readonly ElementFormat[]): Record<string, ElementFormat> {
  return Object.fromEntries(list.map((format) => [format.name, format]));
}

/**
 * The element format of that name: an entry of `formats`, or any minifloat `eXmY` of up to 8 bits without infinities and NaN.
 * Throws LowbitError for an unknown name, with the list.
 */
export function formatNamed(name: string): ElementFormat {
  const format = Object.hasOwn(formats, name) ? formats[name] : undefined;
  if (format !== undefined) return format;
  const [, exponentBits, mantissaBits] = /^e([1-7])m([0-6])$/.exec(name) ?? [];
  if (Number(exponentBits) + Number(mantissaBits) <= 7) return minifloat(Number(exponentBits), Number(mantissaBits));
  throw unknownName('format', name, Object.keys(formats));
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
