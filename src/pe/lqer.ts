/**
 * The LQER PE: MXINT, integer elements in blocks with one shared power-of-two exponent; 4-bit weights times 8-bit activations.
 * Formula: value = sum_blocks 2^(ew + ea) sum_(i in block) qw_i qa_i: integer inside a block, one shift per block, single-precision
 * accumulation over blocks. Without group scales the vectors are one block and the result is the exact integer.
 * The low-rank path y += B (A x) is not of the PE: it is two more GEMMs, K x r and r x N with MXINT8 factors, in the layer's work
 * (macs times 1 + r (K + N) / (K N)).
 * Its 8-bit factors, and 8-bit keys and values, enter as two halves in two cycles: w a = 16 floor(w / 16) a + (w mod 16) a (own choice).
 * Source: LQER, arXiv 2402.02446: blocks of 16, 8-bit exponent. Units are code units: the constant 2^-(b-2) of each MXINT format is
 * applied outside. The accumulator is ours. Left out: an exponent adder clipped to 8 bits.
 */
import type { ElementFormat } from '../formats/element-format.js';
import { LowbitError } from '../lowbit-error.js';
import { boundedAccumulator, roundedToFp32 } from './datapath/fp32-running-bound.js';
import { accumulateInt32 } from './datapath/int32-accumulator.js';
import { checkedLength, finiteValue } from './datapath/operand-check.js';
import { integerPort, portRefusal } from './datapath/operand-ports.js';
import type { CodeVector, DotProduct, ProcessingElement } from './processing-element.js';

const ports = { weight: integerPort(8, 0), activation: integerPort(8, 0) };
/** Widest weight of one cycle. */
const CYCLE_bits = 4;

export const lqer: ProcessingElement = {
  name: 'lqer',
  modelVersion: 1,
  description:
    'LQER: MXINT blocks, 4-bit weights times 8-bit activations under shared exponents, 8-bit weights in two cycles; low-rank path as GEMMs',
  source: 'LQER (arXiv 2402.02446)',
  bitSerial: false,
  scaledOperands: ['weight', 'activation'],
  widestWeight_bits: 8,
  widestActivation_bits: 8,
  terms: (code_bits) => (code_bits <= CYCLE_bits ? 1 : 2),
  refuses: (weight, activation) => portRefusal(ports, weight, activation),
  dot,
};

function dot(weight: CodeVector, activation: CodeVector): DotProduct {
  const length = checkedLength(lqer, weight, activation);
  const block = blockSize(weight, activation, length);
  const cycles = length * lqer.terms(weight.format.bits);
  const accumulator = boundedAccumulator();
  let roundingBound = 0;
  for (let first = 0; first < length; first += block) {
    const sum = blockSum(weight, activation, { first, end: Math.min(first + block, length) });
    if (weight.groupScales === undefined && activation.groupScales === undefined) return { value: sum, cycles, roundingBound: 0 };
    const scaled = roundedToFp32(sum * sharedScale(weight, first / block) * sharedScale(activation, first / block));
    accumulator.add(scaled.value);
    roundingBound += scaled.roundingBound;
  }
  return { value: accumulator.value, cycles, roundingBound: roundingBound + accumulator.roundingBound };
}

function blockSum(weight: CodeVector, activation: CodeVector, { first, end }: { readonly first: number; readonly end: number }): number {
  let sum = 0;
  for (let i = first; i < end; i++) {
    const a = activation.format.decode(activation.codes[i]!);
    for (const part of halves(weight.format, weight.codes[i]!)) sum = accumulateInt32(sum, part * a);
  }
  return sum;
}

/** What a weight adds in each of its cycles: the whole of it, or its upper and its lower half. */
function halves(format: ElementFormat, code: number): number[] {
  const w = format.decode(code);
  if (format.bits <= CYCLE_bits) return [w];
  const upper = Math.floor(w / 2 ** CYCLE_bits) * 2 ** CYCLE_bits;
  return [upper, w - upper];
}

/** Elements per block: both operands have the same; the whole vector without scales. */
function blockSize(weight: CodeVector, activation: CodeVector, length: number): number {
  const sizes = [weight.groupScales, activation.groupScales].flatMap((scales) => (scales === undefined ? [] : [scales.size]));
  const [size = length, other = size] = sizes;
  if (size !== other)
    throw new LowbitError('lqer multiplies blocks of one size', { value: `${size} and ${other}`, remedy: 'use equal blocks' });
  return size;
}

/** Power of two of a block, 1 without scales. Throws LowbitError for scales that are no shared exponents. */
function sharedScale({ groupScales }: CodeVector, block: number): number {
  if (groupScales === undefined) return 1;
  if (!isExponentFormat(groupScales.format))
    throw new LowbitError('lqer scales blocks by shared exponents', { value: groupScales.format.name, allowed: ['e8m0'] });
  return finiteValue(groupScales.format, groupScales.codes[block]!);
}

function isExponentFormat(format: ElementFormat): boolean {
  return format.name === 'e8m0';
}
