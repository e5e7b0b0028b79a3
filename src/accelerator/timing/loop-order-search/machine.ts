/**
 * What loop-order-search is given, in plain numbers: a machine with its rules, and one layer as seven loops.
 * Every rule under which the published model departs from what a machine does is a named option; `asPublished` is that model.
 * Source: the machines compared in ANT (MICRO 2022), built on Bit Fusion (ISCA 2018); rules and their measured worth in
 * docs/timing/loop-order-search.md.
 */
import { z } from 'zod';

/** The rules of the model that a correction can change; the first of each is the published one. */
export const loopOrderRulesSchema = z.strictObject({
  inputTraffic: z
    .enum(['im2col', 'image'])
    .default('im2col')
    .describe('im2col: a convolution moves its input once per kernel position; image: the pixels a tile needs, once'),
  kernel: z
    .enum(['first-side-squared', 'both-sides'])
    .default('first-side-squared')
    .describe('first-side-squared: a 1x7 kernel counts as 1x1 and a 7x1 as 7x7; both-sides: as it is'),
  drain: z
    .enum(['lost', 'charged'])
    .default('lost')
    .describe('lost: the last output block costs nothing once a loop promoted it; charged: it leaves without overlap'),
  outputBuffer: z
    .enum(['unchecked', 'checked'])
    .default('unchecked')
    .describe('unchecked: an output tile may exceed its buffer; checked: it must fit half of it'),
  edgeTiles: z
    .enum(['full', 'actual'])
    .default('full')
    .describe('full: tiles that reach over the edge of the layer count as whole ones; actual: what is inside'),
  reductionPadding: z
    .enum(['array', 'none'])
    .default('array')
    .describe('array: blocks are padded along the reduction to the lanes of the array, in memory too; none: no padding'),
  partialSums: z
    .enum(['written-only', 'read-back'])
    .default('written-only')
    .describe('written-only: partial sums leave and never come back; read-back: each is read again from DRAM'),
  operandReuse: z
    .enum(['none', 'array'])
    .default('none')
    .describe('none: every MAC reads its moving operands from SRAM; array: once per row or column of PEs that shares them'),
  arrayFill: z
    .enum(['none', 'per-fold'])
    .default('none')
    .describe('none: a fold takes its stream alone; per-fold: and 2 rows + columns - 2 cycles to fill and empty the array'),
  dynamicEnergy: z
    .enum(['whole-array', 'used-lanes'])
    .default('whole-array')
    .describe('whole-array: every PE of the array works in every compute cycle; used-lanes: those with a MAC to do'),
});
export type LoopOrderRules = z.infer<typeof loopOrderRulesSchema>;

/** What a search weighs equally fast mappings by, in pJ per bit or per cycle. */
export interface LoopOrderEnergies {
  readonly dramRead_pJPerBit: number;
  readonly dramWrite_pJPerBit: number;
  readonly weightRead_pJPerBit: number;
  readonly weightWrite_pJPerBit: number;
  readonly activationRead_pJPerBit: number;
  readonly activationWrite_pJPerBit: number;
  readonly outputRead_pJPerBit: number;
  readonly outputWrite_pJPerBit: number;
  /** Standing energy of array, DRAM and buffers. */
  readonly static_pJPerCycle: number;
  /** The array at work. */
  readonly compute_pJPerCycle: number;
}

export interface LoopOrderMachine {
  readonly rows: number;
  readonly columns: number;
  /** Widest operand of a PE, and the narrowest it splits into: 8 and 4 make a PE four lanes at 4 bits. */
  readonly highest_bits: number;
  readonly lowest_bits: number;
  readonly dataflow: 'os' | 'ws';
  /** Bits of a block that fit each buffer: half of it, for the other half is being filled. */
  readonly weightHalf_bits: number;
  readonly activationHalf_bits: number;
  readonly outputHalf_bits: number;
  /** Width of an output or partial sum. */
  readonly output_bits: number;
  readonly dram_bitsPerCycle: number;
  readonly rules: LoopOrderRules;
  readonly energies: LoopOrderEnergies;
}

/** A convolution of b images of o x o output pixels, ic input and oc output channels; a matrix product has o = 1 and a 1x1 kernel. */
export interface LoopOrderLayer {
  readonly b: number;
  readonly o: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly ic: number;
  readonly oc: number;
  /** One precision for both operands. */
  readonly p: number;
}

/** How a layer runs, and what that moves. */
export interface LoopOrderMapping {
  /** For `orderText`. */
  readonly order: number;
  readonly tile_b: number;
  readonly tile_o: number;
  readonly tile_ic: number;
  readonly tile_oc: number;
  readonly compute_cycles: number;
  /** DRAM time of the layer beyond its compute time. */
  readonly overflow_cycles: number;
  /** First activation and weight block, which nothing overlaps. */
  readonly fill_cycles: number;
  /** Last output block, which nothing overlaps. */
  readonly drain_cycles: number;
  /** Those blocks, as promoted. */
  readonly activationFirst_bits: number;
  readonly weightFirst_bits: number;
  readonly outputLast_bits: number;
  /** Each operand once, and how often it moves. */
  readonly activationAll_bits: number;
  readonly activationPasses: number;
  readonly weightAll_bits: number;
  readonly weightPasses: number;
  readonly outputAll_bits: number;
  readonly outputPasses: number;
  readonly dramRead_bits: number;
  readonly dramWrite_bits: number;
  /** Accesses of the buffers. */
  readonly activationRead_bits: number;
  readonly activationWrite_bits: number;
  readonly weightRead_bits: number;
  readonly weightWrite_bits: number;
  readonly outputRead_bits: number;
  readonly outputWrite_bits: number;
}

/** Lanes of a PE along each side of the array at a precision: floor(highest / max(precision, lowest)), 0 when the PE cannot take it. */
export function lanesPerSide({ highest_bits, lowest_bits }: LoopOrderMachine, p: number): number {
  return Math.floor(highest_bits / Math.max(p, lowest_bits));
}

/** Positions of the kernel that are charged. */
export function kernelArea({ rules }: LoopOrderMachine, { kernelHeight, kernelWidth }: LoopOrderLayer): number {
  return rules.kernel === 'first-side-squared' ? kernelHeight * kernelHeight : kernelHeight * kernelWidth;
}
