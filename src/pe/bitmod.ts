/**
 * The BitMoD PE: a dot product of four weights with FP16 activations, one term (sign, exponent, 1-bit mantissa) of each weight per cycle.
 * terms = max(1, ceil(floor(code bits) / 2)): FP3 and FP4 take 2, INT6 3, INT8 4 (Booth radix-4). Selectors are no terms.
 * Cycle: exponents added; mantissa AND significand (11 bits); right shift to the largest exponent of the four lanes with 3 guard bits, half
 * to even; adder tree; times 2^(bit significance), accumulated. A group with a scale is dequantized bit-serially (bitmod-dequantization.ts).
 * Source: BitMoD, HPCA 2025, section IV. Own choices where no source read fixes them: the accumulators are single precision, and a lane
 * whose mantissa is 0 takes part in finding the largest exponent. Weights beyond 8 bits are not in the paper: the timing models charge
 * them by the same rule, and results note it; `dot` refuses them.
 */
import { termsOf, type BitSerialTerm } from '../encodings/bitmod-terms.js';
import { specialValueFormats } from '../formats/special-value.js';
import { LowbitError } from '../lowbit-error.js';
import { exp2Int, roundHalfEven } from '../numeric/rounding.js';
import { BITMOD_LANES, bitSerialDequantizer, dequantStall_cycles } from './datapath/bitmod-dequantization.js';
import { boundedAccumulator, roundedToFp32, type Rounded } from './datapath/fp32-running-bound.js';
import { checkedLength, finiteValue } from './datapath/operand-check.js';
import { fp16Port, integerPort, portRefusal, type Port } from './datapath/operand-ports.js';
import { bitSerialTerms, type CodeVector, type DotProduct, type GroupScales, type ProcessingElement } from './processing-element.js';
import { FP16_FRACTION_bits, fp16Significand, type Significand } from './datapath/significand.js';

const GUARD_bits = 3;
const WIDEST_WEIGHT_bits = 8;

const integers = integerPort(WIDEST_WEIGHT_bits, 0);
const floats = [...specialValueFormats(3), ...specialValueFormats(4)].map(({ name }) => name).concat('e2m0', 'e2m1');
const weightPort: Port = {
  formats: `${integers.formats}, ${floats.join(', ')}`,
  takes: (format) => integers.takes(format) || floats.includes(format.name),
};
const ports = { weight: weightPort, activation: fp16Port };

/** One lane in one cycle. */
interface Lane {
  readonly term: BitSerialTerm;
  readonly activation: Significand;
}

export const bitmod: ProcessingElement = {
  name: 'bitmod',
  modelVersion: 1,
  description: 'BitMoD: four weights per step, one radix-4 or special-value term of each per cycle, FP16 activations',
  source: 'BitMoD (HPCA 2025), section IV',
  bitSerial: true,
  widestWeight_bits: WIDEST_WEIGHT_bits,
  widestActivation_bits: 16,
  scaledOperands: ['weight'],
  terms: bitSerialTerms,
  dequantStall_cycles,
  refuses: (weight, activation) => portRefusal(ports, weight, activation),
  dot(weight, activation) {
    checkedLength(bitmod, weight, activation);
    const lanes = Array.from(weight.codes, (code, i) => ({
      terms: termsOf(weight.format, code),
      activation: fp16Significand(finiteValue(activation.format, activation.codes[i]!)),
    }));
    if (weight.groupScales !== undefined) return scaledDot(weight, lanes, weight.groupScales);
    return groupDot(lanes, bitSerialTerms(weight.format.bits));
  },
};

interface WeightLane {
  readonly terms: readonly BitSerialTerm[];
  readonly activation: Significand;
}

/** Dot product within a group, without a scale. */
function groupDot(lanes: readonly WeightLane[], terms: number): DotProduct {
  const accumulator = boundedAccumulator();
  let alignmentBound = 0;
  let cycles = 0;
  for (let first = 0; first < lanes.length; first += BITMOD_LANES) {
    const step = lanes.slice(first, first + BITMOD_LANES);
    for (let t = 0; t < terms; t++, cycles++) {
      const sum = alignedSum(step.map((lane) => ({ term: lane.terms[t]!, activation: lane.activation })));
      accumulator.add(sum.value);
      alignmentBound += sum.roundingBound;
    }
  }
  return { value: accumulator.value, cycles, roundingBound: alignmentBound + accumulator.roundingBound };
}

/** One cycle: four one-bit products aligned to the largest exponent and added. */
function alignedSum(lanes: readonly Lane[]): Rounded {
  const exponents = lanes.map(({ term, activation }) => activation.exponent + term.exponent);
  const largest = Math.max(...exponents);
  const significance = lanes[0]!.term.bitSignificance;
  const unit = exp2Int(largest - FP16_FRACTION_bits - GUARD_bits + significance);
  let sum = 0;
  let roundedLanes = 0;
  lanes.forEach(({ term, activation }, i) => {
    const product = term.mantissa === 0 ? 0 : activation.significand;
    const shifted = product * exp2Int(GUARD_bits - (largest - exponents[i]!));
    const aligned = roundHalfEven(shifted);
    if (aligned !== shifted) roundedLanes++;
    sum += term.sign === 1 ? -aligned : aligned;
  });
  return { value: sum * unit, roundingBound: (roundedLanes * unit) / 2 };
}

/** Dot product over groups with integer scales: every group sum goes through the dequantizer while the next one is formed. */
function scaledDot(weight: CodeVector, lanes: readonly WeightLane[], { size, format, codes }: GroupScales): DotProduct {
  const terms = bitSerialTerms(weight.format.bits);
  const dequantizer = bitSerialDequantizer(format.bits);
  const accumulator = boundedAccumulator();
  let roundingBound = 0;
  let cycles = 0;
  const collect = (): void => {
    const product = roundedToFp32(dequantizer.product);
    accumulator.add(product.value);
    roundingBound += product.roundingBound;
  };
  for (let group = 0; group * size < lanes.length; group++) {
    const scale = integerScale(format.decode(codes[group]!), group);
    const sum = groupDot(lanes.slice(group * size, (group + 1) * size), terms);
    for (let cycle = 0; cycle < sum.cycles; cycle++, cycles++) dequantizer.tick();
    for (; dequantizer.busy; cycles++) dequantizer.tick();
    if (group > 0) collect();
    dequantizer.load(sum.value, scale);
    roundingBound += sum.roundingBound * scale;
  }
  // The bits of the last group pass while the PE forms the next dot product.
  while (dequantizer.busy) dequantizer.tick();
  collect();
  return { value: accumulator.value, cycles, roundingBound: roundingBound + accumulator.roundingBound };
}

function integerScale(scale: number, group: number): number {
  if (Number.isInteger(scale) && scale >= 0) return scale;
  throw new LowbitError('bitmod multiplies by integer scales only', {
    value: scale,
    place: `group ${group}`,
    allowed: ['integers from 0 up'],
  });
}
