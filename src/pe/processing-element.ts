/**
 * Contract of a processing element: which operands it takes, how many steps and lanes they need, and the number it computes.
 * Energy and area per PE are technology numbers and stand in the accelerator's YAML.
 */
import type { ElementFormat } from '../formats/element-format.js';

/** Code words of one vector along k, as they stand in the buffer; scales of groups are no part of it. */
export interface CodeVector {
  readonly format: ElementFormat;
  /** One code word per element. */
  readonly codes: ArrayLike<number>;
  /** Elements stored apart at full precision, by index; their code word counts as 0. For the designs that have an outlier path. */
  readonly outliers?: readonly { readonly index: number; readonly value: number }[];
  /** Integer scales or shared exponents of groups along k, for the designs that multiply them inside; the others refuse them. */
  readonly groupScales?: GroupScales;
  /** Integer subtracted from every code, for the designs that fold it as zero times the sum of the other vector; the others refuse it. */
  readonly zeroPoint?: number;
}

/** One scale code word per group of neighbours along k; the last group may be shorter. */
export interface GroupScales {
  /** Elements per group. */
  readonly size: number;
  readonly format: ElementFormat;
  readonly codes: ArrayLike<number>;
}

/** What one PE gives for one dot product. */
export interface DotProduct {
  /** In units of the two element formats: group scales multiply it outside, unless the PE says otherwise. */
  readonly value: number;
  /** PE cycles it took, one after another. */
  readonly cycles: number;
  /** Largest |value - exact product of the decoded vectors| its accumulator can cause; 0: exact. */
  readonly roundingBound: number;
}

/** How often the array grows when PEs split for narrow operands (2: twice the rows), or shrinks when they join for wide ones (0.5). */
export interface PeFusion {
  /** Along the side the weights enter (n). */
  readonly weightLanes: number;
  /** Along the side the activations enter (m). */
  readonly activationLanes: number;
}

export interface ProcessingElement {
  /** Key in `pes` and in `pe.model` of an accelerator. */
  readonly name: string;
  /** Raised when a rule changes; part of the configuration hash. */
  readonly modelVersion: number;
  readonly description: string;
  readonly source: string;
  /** One term of a weight per cycle; the buffers then feed it at half their width. */
  readonly bitSerial: boolean;
  /** Takes its time from the nonzero terms of the values: lanes of a group wait for the slowest. Absent: every code of a width takes the same. */
  readonly skipsZeroTerms?: boolean;
  /** Operand that enters term by term, whose width `terms` is asked for; absent: the weight. */
  readonly serialOperand?: 'weight' | 'activation';
  /** PEs that share one multiplier for outliers: a vector takes max(dense cycles, this * outlier products). Absent: no outlier path. */
  readonly pesPerOutlierMultiplier?: number;
  /** Operands whose group scales it multiplies inside; absent: none, vectors with group scales are refused. */
  readonly scaledOperands?: readonly ('weight' | 'activation')[];
  /** Folds the zero point of its weights; absent: vectors with a zero point are refused. */
  readonly foldsZeroPoint?: boolean;
  /** Widest weight code its buffer port is built for; wider ones are charged by the same rule with a note. Fixes the area and leakage of the weight buffer. */
  readonly widestWeight_bits: number;
  /** Widest activation its port is built for; fixes the area and leakage of the activation buffer. */
  readonly widestActivation_bits: number;
  /** Cycles one PE step takes at this many bits per code word, scales and selectors not counted (a fraction: mean of mixed widths). */
  terms(code_bits: number): number;
  /** Array growth at these code widths; absent: none. */
  fusion?(weight_bits: number, activation_bits: number): PeFusion;
  /** Cycles it waits per group, in steady state, for a dequantizer of its own that works on the group before; absent: it has none. */
  dequantStall_cycles?(group: number, terms: number, scale_bits: number): number;
  /** FPGA resources of one product at that activation width, for designs made for LUTs. */
  fpgaCost?(activation_bits: number): { readonly adder_LUT: number; readonly DSP: number };
  /** Why it cannot multiply these two element formats (names of `formats`); null: it can. */
  refuses(weight: ElementFormat, activation: ElementFormat): string | null;
  /** The number its datapath computes, bit by bit. Throws LowbitError for formats it refuses; the vectors have the same length. */
  dot(weight: CodeVector, activation: CodeVector): DotProduct;
}

/** A bit-parallel PE takes a whole weight per cycle, whatever its bits. */
export function bitParallelTerms(): number {
  return 1;
}

/** Radix-4 terms of a bit-serial PE: two bits of the integer part of the width per cycle (3 and 4 bits: 2 terms, 6: 3, 8: 4); never below one. */
export function bitSerialTerms(code_bits: number): number {
  return Math.max(1, Math.ceil(Math.floor(code_bits) / 2));
}

/** Cycles of a PE that takes one bit of a code word per cycle; a fraction (mean of mixed widths) counts as the next whole bit. */
export function wholeBits(code_bits: number): number {
  return Math.max(1, Math.ceil(code_bits));
}
