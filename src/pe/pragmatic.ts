/**
 * The Pragmatic PE: like Stripes 16 weights against 16 activations, but each lane steps through the one bits of its activation only.
 * Formula: sum_k w_k a_k = sum_t sum_k sign_kt w_k 2^offset_kt; the lanes of a brick of 16 wait for the slowest, so that
 * cycles = sum over bricks of max(1, most essential bits of one activation). Signed activations enter as sign and magnitude.
 * Source: Bit-Pragmatic, MICRO 2017, sections III to V. Left out: the two-stage shifter that limits the distance of offsets within a cycle,
 * the improved encoding of offsets, synchronisation between windows (a matter of the array), wrap-around of the accumulator (refused).
 */
import { essentialBits } from '../encodings/essential-bits.js';
import { accumulateInt32 } from './datapath/int32-accumulator.js';
import { refusesIntegerProduct } from './datapath/integer-operand.js';
import { checkedLength } from './datapath/operand-check.js';
import { wholeBits, type CodeVector, type DotProduct, type ProcessingElement } from './processing-element.js';

const WIDEST_bits = 16;
/** Lanes that wait for each other. */
const LANES = 16;

export const pragmatic: ProcessingElement = {
  name: 'pragmatic',
  modelVersion: 1,
  description: 'Pragmatic: 16 weights against the one bits of 16 activations, one of each per cycle, lanes wait for the slowest',
  source: 'Bit-Pragmatic (MICRO 2017), sections III to V',
  bitSerial: true,
  skipsZeroTerms: true,
  serialOperand: 'activation',
  widestWeight_bits: WIDEST_bits,
  widestActivation_bits: WIDEST_bits,
  // The most a code of this width can take: all its bits are ones.
  terms: wholeBits,
  refuses: (weight, activation) => refusesIntegerProduct(weight, activation, WIDEST_bits),
  dot,
};

function dot(weight: CodeVector, activation: CodeVector): DotProduct {
  const length = checkedLength(pragmatic, weight, activation);
  let sum = 0;
  let cycles = 0;
  for (let brick = 0; brick < length; brick += LANES) {
    const lanes = Array.from({ length: Math.min(LANES, length - brick) }, (_, lane) => ({
      weight: weight.format.decode(weight.codes[brick + lane]!),
      terms: essentialBits(activation.format.decode(activation.codes[brick + lane]!)),
    }));
    const steps = lanes.reduce((most, { terms }) => Math.max(most, terms.length), 1);
    let partial = 0;
    for (let step = 0; step < steps; step++) {
      for (const lane of lanes) {
        const term = lane.terms[step];
        if (term !== undefined) partial += term.sign * lane.weight * 2 ** term.offset;
      }
    }
    sum = accumulateInt32(sum, partial);
    cycles += steps;
  }
  return { value: sum, cycles, roundingBound: 0 };
}
