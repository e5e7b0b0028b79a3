/**
 * The QFX PE: fixed-point activations times K-hot weights, sums of at most K = 2 signed powers of two: K shifts and K - 1 additions
 * instead of a multiplier. Formula: a w = sum_h s_h (a << p_h), 32-bit integer accumulator, exact.
 * FPGA cost of one product of W-bit activations: K W adder bits in LUTs and no DSP, against one DSP and no LUT of the multiplier it
 * replaces (the last of the K adders is the accumulator's). Shifts of the weights are 0 to 8.
 * Source: QFX, for the constraint and the cost; its table was not read. It takes every format whose values are all such sums.
 * Left out: shifters of variable distance, for which the law counts no LUT (true where the weights are constants of the circuit).
 */
import { signedPowersOfTwo } from '../encodings/signed-powers-of-two.js';
import { accumulateInt32 } from './datapath/int32-accumulator.js';
import { checkedLength } from './datapath/operand-check.js';
import { integerPort, portRefusal, type Port } from './datapath/operand-ports.js';
import { bitParallelTerms, type ProcessingElement } from './processing-element.js';

const HOT = 2;
const LARGEST_WEIGHT = 256;

const hotPort: Port = {
  formats: `of at most 8 bits with integers that are sums of at most ${HOT} signed powers of two up to ${LARGEST_WEIGHT}`,
  takes: ({ bits, values }) => bits <= 8 && values.every(isHot),
};
const ports = { weight: hotPort, activation: integerPort(8, 0) };

function isHot(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= LARGEST_WEIGHT && signedPowersOfTwo(value).length <= HOT;
}

export const qfx: ProcessingElement = {
  name: 'qfx',
  modelVersion: 1,
  description: 'QFX: 2-hot weights, a product is two shifts and an addition in LUTs, no DSP',
  source: 'QFX (FPGA, K-hot fixed point)',
  bitSerial: false,
  widestWeight_bits: 8,
  widestActivation_bits: 8,
  terms: bitParallelTerms,
  fpgaCost: (activation_bits) => ({ adder_LUT: HOT * activation_bits, DSP: 0 }),
  refuses: (weight, activation) => portRefusal(ports, weight, activation),
  dot(weight, activation) {
    const length = checkedLength(qfx, weight, activation);
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const a = activation.format.decode(activation.codes[i]!);
      for (const { sign, shift } of signedPowersOfTwo(weight.format.decode(weight.codes[i]!)))
        sum = accumulateInt32(sum, sign * a * 2 ** shift);
    }
    return { value: sum, cycles: length, roundingBound: 0 };
  },
};
