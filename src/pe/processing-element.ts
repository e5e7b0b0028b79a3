/**
 * Contract of a processing element: how many steps one dot product of `dotSize` weights takes, and how it is fed.
 * Energy and area per PE are technology numbers and stand in the accelerator's YAML.
 */

export interface ProcessingElement {
  /** Key in `pes` and in `pe.model` of an accelerator. */
  readonly name: string;
  /** Raised when a rule changes; part of the configuration hash. */
  readonly modelVersion: number;
  readonly description: string;
  readonly source: string;
  /** One term of a weight per cycle; the buffers then feed it at half their width. */
  readonly bitSerial: boolean;
  /** Widest weight code its buffer port is built for; wider ones are charged by the same rule with a note. Fixes the area and leakage of the weight buffer. */
  readonly widestWeight_bits: number;
  /** Widest activation its port is built for; fixes the area and leakage of the activation buffer. */
  readonly widestActivation_bits: number;
  /** Cycles one PE step takes at this many bits per code word, scales and selectors not counted (a fraction: mean of mixed widths). */
  terms(code_bits: number): number;
}

/** A bit-parallel PE takes a whole weight per cycle, whatever its bits. */
export function bitParallelTerms(): number {
  return 1;
}

/** Radix-4 terms of a bit-serial PE: two bits of the integer part of the width per cycle (3 and 4 bits: 2 terms, 6: 3, 8: 4); never below one. */
export function bitSerialTerms(code_bits: number): number {
  return Math.max(1, Math.ceil(Math.floor(code_bits) / 2));
}
