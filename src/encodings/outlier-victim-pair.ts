/**
 * OliVe's outlier-victim pairs: two neighbours of a row share one aligned word; an outlier takes over the meaning of its neighbour's code.
 * Rule: a code equal to the identifier is a victim (value 0) and makes the other code of the pair an abfloat outlier; without
 * identifier both codes are normal values. Identifier 10..0: -2^(b-1) of the integer, -0 of flint; abfloat never uses it either.
 * Order in memory (no source fixes it): the left element, of even column, in the upper half of the word; a pair of 8-bit codes is
 * two bytes, left first. A row of odd length ends with a padding element that can be a victim like any other.
 * Datapath: every code decodes to an exponent-integer pair <e, i> = i * 2^e; <a, b> x <c, d> = <a + c, b * d>, accumulated in int32.
 * Source: OliVe, ISCA 2023, sections 3 and 4. The released unsigned grids use all 2^b codes for normal values, so no identifier is
 * left: such codes are one bit wider here, identifier 2^b. Left out: that form at 8 bits, and the paper's E4M3 for 8-bit outliers.
 */
import { abfloat } from '../formats/abfloat.js';
import type { ElementFormat } from '../formats/element-format.js';
import { flint, flintMagnitude, type ExponentInteger } from '../formats/flint.js';
import { signedInteger, unsignedInteger } from '../formats/integer.js';

export type OutlierVictimNormal = 'int' | 'flint';

/** How one kind of pair is coded; values are in units of the normal format. */
export interface OutlierVictimCodec {
  readonly kind: OutlierVictimNormal;
  readonly normal: ElementFormat;
  readonly outlier: ElementFormat;
  readonly identifier: number;
  /** Bits of one stored code: those of the normal format, one more when unsigned. */
  readonly codeBits: number;
  /** Bits of a code without the sign. */
  readonly magnitudeBits: number;
  /** Exponent bias of the outliers. */
  readonly bias: number;
}

/** Codec for 4- or 8-bit signed, or 4-bit unsigned codes. Throws RangeError for other widths, and for flint at 8 bits. */
export function outlierVictimCodec(bits: number, kind: OutlierVictimNormal, signed = true): OutlierVictimCodec {
  if ((bits !== 4 && bits !== 8) || (bits === 8 && (kind === 'flint' || !signed))) {
    throw new RangeError(`no outlier-victim codec for ${signed ? '' : 'unsigned '}${kind}${bits}`);
  }
  const magnitudeBits = signed ? bits - 1 : bits;
  const mantissaBits = magnitudeBits - 2;
  // Outliers start above 2^B (int, where the threshold lies) or above the largest flint, 2^(2(B-1)).
  const bias = kind === 'int' ? magnitudeBits - mantissaBits : magnitudeBits;
  const integer = signed ? signedInteger(bits) : unsignedInteger(bits);
  return {
    kind,
    normal: kind === 'flint' ? flint(bits, signed) : integer,
    outlier: abfloat({ exponentBits: 2, mantissaBits, bias, signed }),
    identifier: signed ? 2 ** (bits - 1) : 2 ** bits,
    codeBits: signed ? bits : bits + 1,
    magnitudeBits,
    bias,
  };
}

/**
 * The exponent-integer pair a decoder hands to the multiplier for a code beside its pair partner's code; the integer carries the sign.
 * integer * 2^exponent is the value in units of the normal format.
 */
export function exponentIntegerInPair(codec: OutlierVictimCodec, code: number, partner: number): ExponentInteger {
  if (code === codec.identifier) return { exponent: 0, integer: 0 };
  if (partner !== codec.identifier && codec.kind === 'int') return { exponent: 0, integer: codec.normal.decode(code) };
  const magnitude = code % 2 ** codec.magnitudeBits;
  const pair = partner === codec.identifier ? abfloatMagnitude(magnitude, codec) : flintMagnitude(magnitude, codec.magnitudeBits);
  return magnitude === code ? pair : { exponent: pair.exponent, integer: -pair.integer };
}

function abfloatMagnitude(magnitude: number, { magnitudeBits, bias }: OutlierVictimCodec): ExponentInteger {
  const mantissaBits = magnitudeBits - 2;
  const steps = 2 ** mantissaBits;
  return { exponent: (magnitude >>> mantissaBits) + bias, integer: steps + (magnitude % steps) };
}
