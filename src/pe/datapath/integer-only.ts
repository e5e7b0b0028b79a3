/**
 * The integer form of an element that also has an FP16 one: 4-bit multipliers and int32 sums alone, the element of the integer arrays.
 * The FP16 form (BitMoD's comparison) is another circuit, with another area and energy; its operands are refused here.
 */
import type { ProcessingElement } from '../processing-element.js';
import { checkedLength } from './operand-check.js';

/** The element under the name `NAME-integer`, for operands of at most 8 bits. */
export function integerOnly(pe: ProcessingElement): ProcessingElement {
  const integer: ProcessingElement = {
    ...pe,
    name: `${pe.name}-integer`,
    description: `${pe.description}; integer operands of at most 8 bits, four 4-bit PEs join for 8`,
    widestWeight_bits: 8,
    widestActivation_bits: 8,
    refuses: (weight, activation) =>
      activation.name === 'fp16' ? `it has no FP16 multiplier, that is the element ${pe.name}` : pe.refuses(weight, activation),
    dot: (weight, activation) => {
      checkedLength(integer, weight, activation);
      return pe.dot(weight, activation);
    },
  };
  return integer;
}
