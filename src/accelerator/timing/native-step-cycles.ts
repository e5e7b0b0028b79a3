/**
 * Cycles one PE step takes on a layer: the single place where the time of a fold comes from.
 *   T = steps * cycles + groups along k * stall        steps: ceil(tk / dotSize) for os, tm for ws, tn for is
 * cycles = terms of the serial operand's code width (1 for bit-parallel PEs). A PE that multiplies the scales of its groups itself stalls
 * where a group hands over sooner than its scale is worked off (BitMoD, HPCA 2025, section IV).
 * Left out: values. PEs that skip zero terms are charged as if they took all terms of the width.
 */
import type { ProcessingElement } from '../../pe/processing-element.js';

export interface StepCycles {
  /** Cycles of one step. */
  readonly cycles: number;
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
}

/** Step time of a PE at these widths. */
export function stepCycles(pe: ProcessingElement, { weight_bits, activation_bits, group, scale_bits }: SteppedOperands): StepCycles {
  const cycles = pe.terms(pe.serialOperand === 'activation' ? activation_bits : weight_bits);
  return { cycles, group, groupStall_cycles: group === 0 ? 0 : (pe.dequantStall_cycles?.(group, cycles, scale_bits) ?? 0) };
}

/** Cycles PE (0, 0) streams in a fold of that many steps over `elements` along k. */
export function streamCycles({ cycles, group, groupStall_cycles }: StepCycles, steps: number, elements: number): number {
  return steps * cycles + (group === 0 ? 0 : Math.ceil(elements / group) * groupStall_cycles);
}
