/**
 * BitMoD's bit-serial dequantization: the sum of a group times its integer scale by shift and add, one bit of the scale per cycle,
 * while the PE already works on the next group. There is room for one group: the PE stalls when it hands over too early.
 * Formula: stall per group = max(0, scale bits - ceil(group / 4) * terms).
 * Source: BitMoD, HPCA 2025, section IV. Left out: the pipeline latency of the hand-over.
 */
import { exp2Int, floorLog2 } from '../../numeric/rounding.js';

/** Weights the PE takes per step. */
export const BITMOD_LANES = 4;

/** Cycles a PE waits per group in steady state: `terms` cycles per four weights hide one cycle per bit of the scale. */
export function dequantStall_cycles(group: number, terms: number, scale_bits: number): number {
  return Math.max(0, scale_bits - Math.ceil(group / BITMOD_LANES) * terms);
}

export interface BitSerialDequantizer {
  /** Bits of the scale still to be added. */
  readonly busy: boolean;
  /** One cycle: adds the shifted sum when the next bit of the scale, lowest first, is one. */
  tick(): void;
  /** Takes over the sum of a group, a single-precision number, and its scale. */
  load(sum: number, scale: number): void;
  /** Exact product of the last group, once not busy. */
  readonly product: number;
}

/** A dequantizer for scales of that many bits. */
export function bitSerialDequantizer(scale_bits: number): BitSerialDequantizer {
  let significand = 0;
  let unit = 1;
  let scaleBits = 0;
  let bit = scale_bits;
  let product = 0;
  return {
    get busy() {
      return bit < scale_bits;
    },
    tick() {
      if (bit === scale_bits) return;
      if (((scaleBits >>> bit) & 1) === 1) product += significand * 2 ** bit;
      bit++;
    },
    load(sum, scale) {
      unit = sum === 0 ? 1 : exp2Int(floorLog2(sum) - 23);
      significand = sum / unit;
      scaleBits = scale;
      bit = 0;
      product = 0;
    },
    get product() {
      return product * unit;
    },
  };
}
