/**
 * What every `dot` checks before its datapath starts: formats it takes, equal lengths, an outlier path where there are outliers.
 * Left out: codes a format does not have; decoding throws for them.
 */
import type { ElementFormat } from '../../formats/element-format.js';
import { formats } from '../../formats/index.js';
import { LowbitError } from '../../lowbit-error.js';
import type { CodeVector, ProcessingElement } from '../processing-element.js';

/**
 * Elements of the two vectors. Throws LowbitError for formats the PE refuses (with those it takes) and for outliers it has no path
 * for, RangeError for vectors of different length.
 */
export function checkedLength(pe: ProcessingElement, weight: CodeVector, activation: CodeVector): number {
  const reason = pe.refuses(weight.format, activation.format);
  if (reason !== null) throw refusal(pe, weight.format, activation.format, reason);
  const { length } = weight.codes;
  if (activation.codes.length !== length) throw new RangeError(`${pe.name}: ${length} weights meet ${activation.codes.length} activations`);
  const outliers = (weight.outliers?.length ?? 0) + (activation.outliers?.length ?? 0);
  if (outliers > 0 && pe.pesPerOutlierMultiplier === undefined)
    throw new LowbitError(`${pe.name} has no path for outliers`, { value: outliers, remedy: 'write every element as a code word' });
  checkGroupData(pe, 'weight', weight);
  checkGroupData(pe, 'activation', activation);
  return length;
}

/** Scales and zero points inside the dot product only where the PE says it takes them. */
function checkGroupData(pe: ProcessingElement, side: 'weight' | 'activation', { codes, groupScales, zeroPoint }: CodeVector): void {
  if (groupScales !== undefined && !(groupScales.size >= 1 && groupScales.codes.length >= codes.length / groupScales.size))
    throw new RangeError(`${pe.name}: ${groupScales.codes.length} scales of groups of ${groupScales.size} for ${codes.length} ${side}s`);
  if (groupScales !== undefined && pe.scaledOperands?.includes(side) !== true)
    throw new LowbitError(`${pe.name} multiplies no group scales of ${side}s`, {
      value: groupScales.format.name,
      remedy: 'multiply the sum of each group outside',
    });
  if (zeroPoint !== undefined && (side === 'activation' || pe.foldsZeroPoint !== true))
    throw new LowbitError(`${pe.name} folds no zero point of ${side}s`, {
      value: zeroPoint,
      remedy: 'subtract it times the sum of the other vector outside',
    });
}

/** Value of one code word. Throws LowbitError for infinities and codes that are no number. */
export function finiteValue(format: ElementFormat, code: number): number {
  const value = format.decode(code);
  if (!Number.isFinite(value)) throw new LowbitError(`code of ${format.name} that is no finite number`, { value: code });
  return value;
}

/** Names the operand that has to change and what would do; both when no single change helps. */
function refusal(pe: ProcessingElement, weight: ElementFormat, activation: ElementFormat, reason: string): LowbitError {
  const names = (takes: (format: ElementFormat) => boolean) =>
    Object.values(formats)
      .filter(takes)
      .map((format) => format.name);
  const weights = names((format) => pe.refuses(format, activation) === null);
  if (weights.length > 0)
    return new LowbitError(`${pe.name} cannot multiply these weights`, { value: weight.name, allowed: weights, remedy: reason });
  const activations = names((format) => pe.refuses(weight, format) === null);
  if (activations.length > 0)
    return new LowbitError(`${pe.name} cannot multiply these activations`, {
      value: activation.name,
      allowed: activations,
      remedy: reason,
    });
  const anyWeight = names((format) => Object.values(formats).some((other) => pe.refuses(format, other) === null));
  return new LowbitError(`${pe.name} cannot multiply weights and activations`, {
    value: `${weight.name} and ${activation.name}`,
    allowed: anyWeight,
    remedy: reason,
  });
}
