/**
 * Cycles one PE step takes on a layer: the single place where the time of a fold comes from.
 *   T = ceil(steps * cycles) + groups along k * stall        steps: ceil(tk / dotSize) for os, tm for ws, tn for is
 * cycles = terms of the serial operand's code width (1 for bit-parallel PEs). A PE that multiplies the scales of its groups itself stalls
 * where a group hands over sooner than its scale is worked off (BitMoD, HPCA 2025, section IV).
 * A PE that skips zero terms takes what the slowest of the lanes that step together takes (../lane-stall.ts), or, where the trace holds no
 * histogram of its serial operand, all terms of the width. PEs that share a multiplier for outliers wait while it takes more products than the
 * step has cycles, one per cycle.
 */
import type { TermCycles } from '../../lane-stall.js';
import type { ProcessingElement } from '../../../pe/processing-element.js';

export interface StepCycles {
  /** Cycles of one step; a mean, where they depend on the values. */
  readonly cycles: number;
  /** Of them, those the mean lane has terms for. */
  readonly useful_cycles: number;
  /** Elements along k of a group whose scale the PE multiplies; 0: it multiplies none. */
  readonly group: number;
  /** Cycles it stalls for each whole group. */
  readonly groupStall_cycles: number;
}

/** Widths the PE multiplies, and the groups whose scales it multiplies itself (0: none). */
export interface SteppedOperands {
  readonly weight_bits: number;
  readonly activation_bits: number;
  readonly group: number;
  readonly scale_bits: number;
  readonly serialOperand: 'weight' | 'activation';
  /** Where the PE skips zero terms and the values are known. */
  readonly skipping: TermCycles | undefined;
  /** Products with an outlier that one multiplier takes while the PEs that share it make a step; 0: no outlier path, or no outliers. */
  readonly outlierProducts: number;
}

/** Step time of a PE at these widths. */
export function stepCycles(pe: ProcessingElement, operands: SteppedOperands): StepCycles {
  const { weight_bits, activation_bits, group, scale_bits, serialOperand, skipping, outlierProducts } = operands;
  const allTerms = pe.terms(serialOperand === 'activation' ? activation_bits : weight_bits);
  const cycles = Math.max(skipping?.step ?? allTerms, outlierProducts);
  return {
    cycles,
    useful_cycles: skipping?.mean ?? allTerms,
    group,
    groupStall_cycles: group === 0 ? 0 : (pe.dequantStall_cycles?.(group, cycles, scale_bits) ?? 0),
  };
}

/** Cycles PE (0, 0) streams in a fold of that many steps over `elements` along k. */
export function streamCycles({ cycles, group, groupStall_cycles }: StepCycles, steps: number, elements: number): number {
  return Math.ceil(steps * cycles) + (group === 0 ? 0 : Math.ceil(elements / group) * groupStall_cycles);
}
