/**
 * The OliVe PE: outlier-victim pairs are decoded to (exponent, integer), then one multiply-accumulate per cycle.
 * Formula: <a, b> x <c, d> = <a + c, b * d>, int32 accumulator; 8-bit codes split, x = <4, hi> + <0, lo>, and take two 4-bit PEs each way.
 * Codes are the stored ones, pairs are the neighbours (2i, 2i + 1) along k; a vector names the format of its normal values. Where the
 * last element of an odd vector has its identifier in the padding, the vector is given with that padding element.
 * With FP16 activations (BitMoD's comparison) only weights are pairs, a single-precision accumulator adds, and no PEs join.
 * Source: OliVe, ISCA 2023, section 4; as an FP16-activation PE in BitMoD, HPCA 2025, section V. Left out: FP16 weights, the clipping of
 * outliers for the sake of the accumulator (a sum beyond 32 bits is refused).
 */
import { exponentIntegerInPair, outlierVictimCodec, type OutlierVictimCodec } from '../encodings/outlier-victim-pair.js';
import type { ElementFormat } from '../formats/element-format.js';
import type { ExponentInteger } from '../formats/flint.js';
import { fourBitFusion } from './datapath/four-bit-fusion.js';
import { accumulateFp32, fp32SumBound } from './datapath/fp32-accumulator.js';
import { accumulateNibbles, nibbles } from './datapath/nibble-split.js';
import { checkedLength, finiteValue } from './datapath/operand-check.js';
import { bitParallelTerms, type CodeVector, type DotProduct, type ProcessingElement } from './processing-element.js';

const codecs: Readonly<Record<string, OutlierVictimCodec>> = Object.freeze({
  int4: outlierVictimCodec(4, 'int'),
  flint4: outlierVictimCodec(4, 'flint'),
  int8: outlierVictimCodec(8, 'int'),
  uint4: outlierVictimCodec(4, 'int', false),
  uflint4: outlierVictimCodec(4, 'flint', false),
});

export const olive: ProcessingElement = {
  name: 'olive',
  modelVersion: 1,
  description: 'OliVe: outlier-victim pairs decoded to exponent and integer, one product per cycle',
  source: 'OliVe (ISCA 2023), section 4; charged as in BitMoD (HPCA 2025), section V',
  bitSerial: false,
  widestWeight_bits: 16,
  widestActivation_bits: 16,
  terms: bitParallelTerms,
  fusion: (weight_bits, activation_bits) =>
    activation_bits > 8 ? { weightLanes: 1, activationLanes: 1 } : fourBitFusion(operand_bits(weight_bits), operand_bits(activation_bits)),
  refuses,
  dot,
};

/** The fifth bit of an unsigned pair is the identifier's and ends at the decoder. */
function operand_bits(code_bits: number): number {
  return code_bits <= 5 ? 4 : code_bits;
}

function codecOf(format: ElementFormat): OutlierVictimCodec | undefined {
  return Object.hasOwn(codecs, format.name) ? codecs[format.name] : undefined;
}

function refuses(weight: ElementFormat, activation: ElementFormat): string | null {
  const pairs = `pairs of ${Object.keys(codecs).join(', ')}`;
  if (codecOf(weight) === undefined) return `its decoder takes weights in ${pairs}, no ${weight.name}`;
  if (codecOf(activation) !== undefined || activation.name === 'fp16') return null;
  return `its decoder takes activations in ${pairs}, or it multiplies fp16; no ${activation.name}`;
}

function dot(weight: CodeVector, activation: CodeVector): DotProduct {
  const length = checkedLength(olive, weight, activation);
  const w = codecOf(weight.format)!;
  const a = codecOf(activation.format);
  if (a === undefined) return dotOfFp16(w, weight, activation);
  let sum = 0;
  for (let i = 0; i < length; i++)
    sum = accumulateNibbles(sum, nibbles(decoded(w, weight.codes, i), wide(w)), nibbles(decoded(a, activation.codes, i), wide(a)));
  return { value: sum, cycles: length, roundingBound: 0 };
}

function wide(codec: OutlierVictimCodec): boolean {
  return codec.normal.bits > 4;
}

/** What the decoder gives for element i; its partner is the other one of the pair, 0 beyond the end. */
function decoded(codec: OutlierVictimCodec, codes: ArrayLike<number>, i: number): ExponentInteger {
  const partner = i % 2 === 0 ? i + 1 : i - 1;
  const code = checkedCode(codec, codes[i]!);
  const beside = partner < codes.length ? checkedCode(codec, codes[partner]!) : 0;
  const illegal = beside === codec.identifier && (code === codec.identifier || code % 2 ** codec.magnitudeBits === 0);
  if (illegal) throw new RangeError(`no outlier-victim pair has ${code} beside its identifier`);
  return exponentIntegerInPair(codec, code, beside);
}

function checkedCode(codec: OutlierVictimCodec, code: number): number {
  if (Number.isInteger(code) && code >= 0 && code < 2 ** codec.normal.bits) return code;
  if (code === codec.identifier) return code;
  throw new RangeError(`${codec.normal.name} pairs have no code ${code}`);
}

/** Signed integer (8 bits at most) * significand (11 bits) is exact in single precision, and so is its shift. */
function dotOfFp16(codec: OutlierVictimCodec, weight: CodeVector, activation: CodeVector): DotProduct {
  const { length } = weight.codes;
  let value = 0;
  let magnitude = 0;
  for (let i = 0; i < length; i++) {
    const { exponent, integer } = decoded(codec, weight.codes, i);
    const product = integer * finiteValue(activation.format, activation.codes[i]!) * 2 ** exponent;
    value = accumulateFp32(value, product);
    magnitude += Math.abs(product);
  }
  return { value, cycles: length, roundingBound: fp32SumBound(length, magnitude) };
}
