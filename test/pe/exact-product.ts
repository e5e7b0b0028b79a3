/**
 * The exact dot product of two code vectors, and how far a PE's number is from it: in BigInt multiples of 2^-300, so that no rounding of
 * the test hides one of the PE. Random vectors for property tests stand here as well.
 */
import fc from 'fast-check';
import type { ElementFormat } from '../../src/formats/element-format.js';
import type { CodeVector, DotProduct } from '../../src/pe/processing-element.js';

const UNIT_exponent = 300n;

/** A float64 number as a multiple of 2^-300; throws for numbers finer than that. */
function exactly(value: number): bigint {
  if (!Number.isFinite(value)) throw new Error(`${value} is no number`);
  let integer = value;
  let exponent = 0n;
  for (; !Number.isInteger(integer); exponent++) integer *= 2;
  if (exponent > UNIT_exponent) throw new Error(`${value} is finer than 2^-${UNIT_exponent}`);
  return BigInt(integer) << (UNIT_exponent - exponent);
}

/** Value of element i with its scale and zero point. */
function element(vector: CodeVector, i: number): bigint {
  const { format, codes, groupScales, zeroPoint = 0 } = vector;
  const outlier = vector.outliers?.find(({ index }) => index === i);
  const value = exactly(outlier === undefined ? format.decode(codes[i]!) - zeroPoint : outlier.value);
  if (groupScales === undefined) return value;
  return (value * exactly(groupScales.format.decode(groupScales.codes[Math.floor(i / groupScales.size)]!))) >> UNIT_exponent;
}

/** |value - exact product| as a share of the bound the PE declares; 0 when exact, infinite when the bound is 0 and it is not. */
export function shareOfBound(weight: CodeVector, activation: CodeVector, { value, roundingBound }: DotProduct): number {
  let exact = 0n;
  for (let i = 0; i < weight.codes.length; i++) exact += element(weight, i) * element(activation, i);
  const difference = (exactly(value) << UNIT_exponent) - exact;
  const error = difference < 0n ? -difference : difference;
  if (error === 0n) return 0;
  const bound = exactly(roundingBound) << UNIT_exponent;
  return bound === 0n ? Infinity : Number((error << 60n) / bound) / 2 ** 60;
}

const finiteCodes = new Map<string, number[]>();

/** A random code word that is a finite number. */
export function finiteCode(format: ElementFormat): fc.Arbitrary<number> {
  const codes = finiteCodes.get(format.name) ?? [...format.values.keys()].filter((code) => Number.isFinite(format.values[code]));
  finiteCodes.set(format.name, codes);
  return fc.nat(codes.length - 1).map((i) => codes[i]!);
}

/** Two vectors of one length with random finite code words. */
export function codePairs(weight: ElementFormat, activation: ElementFormat, maxLength: number): fc.Arbitrary<[CodeVector, CodeVector]> {
  return fc.array(fc.tuple(finiteCode(weight), finiteCode(activation)), { minLength: 1, maxLength }).map((pairs) => [
    { format: weight, codes: pairs.map(([w]) => w) },
    { format: activation, codes: pairs.map(([, a]) => a) },
  ]);
}
