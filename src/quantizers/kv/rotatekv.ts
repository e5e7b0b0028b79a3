/**
 * RotateKV without its calibrated order of channels: keys are rotated within each head (orthonormal Walsh-Hadamard transform) before the rotary
 * embedding and coded token by token, values token by token as they are; the first tokens, whose activations are massive, stay in FP16.
 * Reading back undoes the rotation, which is its own inverse. FP16 scale and a zero point of b bits per group: b + (16 + b)/g beside the first tokens.
 * Source: RotateKV, arXiv 2501.16383, and its released code. Left out: the reordering of channels, its clip ratio (1 here), heads that
 * are no power of two (the largest power of two that divides the head is the block).
 */
import { z } from 'zod';
import { hadamardInPlace } from '../../numeric/hadamard.js';
import type { Matrix } from '../../numeric/matrix.js';
import { perTokenBytes, perTokenValues, sumOfBytes, type TokenCoding } from './cache-coding.js';
import type { CodedCache, KvQuantizer } from './kv-quantizer.js';

const options = z.strictObject({
  bits: z.int().min(2).max(8).default(2).describe('bits of one code word'),
  group: z.int().positive().default(128).describe('channels of a head that share a scale; a smaller head is one group'),
  sinks: z.int().min(0).default(4).describe('first tokens kept in FP16'),
});
export type RotateKvOptions = z.infer<typeof options>;

export const rotateKv: KvQuantizer<RotateKvOptions> = {
  name: 'rotatekv',
  description: 'keys rotated within a head before the rotary embedding, per token; the first tokens in FP16',
  source: 'RotateKV, arXiv 2501.16383',
  modelVersion: 2,
  options,
  formatName: ({ bits, group }) => `int${bits}-asym-g${group}`,
  preRotaryKeys: () => true,
  keys(keys, shape, chosen) {
    const block = powerOfTwoIn(shape.headDim);
    const rotated = { ...keys, data: Float32Array.from(keys.data) };
    hadamardInPlace(rotated.data, block);
    const coded = perTokenValues(rotated, shape, codingOf(chosen));
    hadamardInPlace(coded.data, block);
    return behindSinks(keys, coded, chosen);
  },
  values: (values, shape, chosen) => behindSinks(values, perTokenValues(values, shape, codingOf(chosen)), chosen),
  bytes(tokens, shape, chosen) {
    const exact = Math.min(tokens, chosen.sinks);
    const side = perTokenBytes({ coded: tokens - exact, exact }, shape, codingOf(chosen));
    return sumOfBytes(side, side);
  },
};

function codingOf({ bits, group }: RotateKvOptions): TokenCoding {
  return { bits, group, zero: 'integer' };
}

/** First tokens as they were; all rows count as coded, for those are never anything else. */
function behindSinks(exact: Matrix, coded: Matrix, { sinks }: RotateKvOptions): CodedCache {
  coded.data.set(exact.data.subarray(0, Math.min(sinks, exact.rows) * exact.cols));
  return { values: coded, exactFrom: (t) => t + 1 };
}

function powerOfTwoIn(headDim: number): number {
  let block = 1;
  while (headDim % (2 * block) === 0) block *= 2;
  return block;
}
