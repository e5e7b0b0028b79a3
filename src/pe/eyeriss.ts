/**
 * The Eyeriss PE, the row-stationary baseline: one 16-bit fixed-point multiply-accumulate per cycle, weights, activations and partial
 * sums in its own register file. Formula: sum += w a, in integers, exact. Narrower operands are sign-extended and gain nothing.
 * Source: Eyeriss, ISCA 2016. Own choice: a 32-bit partial sum that is exact or refused (the silicon truncates to 16 bits).
 * Left out: the row-stationary order itself (rows of filters and images per PE, sums along columns), which is a matter of the timing
 * model, and the skipping of zero activations, which saves its energy only.
 */
import { accumulateInt32 } from './datapath/int32-accumulator.js';
import { checkedLength } from './datapath/operand-check.js';
import { integerPort, portRefusal } from './datapath/operand-ports.js';
import { bitParallelTerms, type ProcessingElement } from './processing-element.js';

const WORD_bits = 16;
const ports = { weight: integerPort(WORD_bits, WORD_bits - 1), activation: integerPort(WORD_bits, WORD_bits - 1) };

export const eyeriss: ProcessingElement = {
  name: 'eyeriss',
  modelVersion: 1,
  description: 'Eyeriss: 16-bit fixed-point multiply-accumulate with a local register file, one product per cycle',
  source: 'Eyeriss (ISCA 2016)',
  bitSerial: false,
  widestWeight_bits: WORD_bits,
  widestActivation_bits: WORD_bits,
  terms: bitParallelTerms,
  refuses: (weight, activation) => portRefusal(ports, weight, activation),
  dot(weight, activation) {
    const length = checkedLength(eyeriss, weight, activation);
    let sum = 0;
    for (let i = 0; i < length; i++) {
      sum = accumulateInt32(sum, weight.format.decode(weight.codes[i]!) * activation.format.decode(activation.codes[i]!));
    }
    return { value: sum, cycles: length, roundingBound: 0 };
  },
};
