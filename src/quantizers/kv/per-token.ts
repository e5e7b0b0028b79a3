/**
 * Keys and values token by token: groups along the channels of a head, asymmetric integers with FP16 scale and minimum (cache-coding.ts).
 * Every token is coded when it is written, the newest included. Bits b + 32/g.
 * Source: the baseline of KIVI's comparison (arXiv 2402.02750, table 1). Left out: tokens kept exact.
 */
import { z } from 'zod';
import { perTokenBytes, perTokenValues, sumOfBytes } from './cache-coding.js';
import type { CacheShape, CodedCache, KvQuantizer } from './kv-quantizer.js';
import type { Matrix } from '../../numeric/matrix.js';
import { codes, exactSide, sides, type SideChoice } from './coded-sides.js';

const options = z.strictObject({
  bits: z.int().min(2).max(8).default(4).describe('bits of one code word'),
  group: z.int().positive().default(128).describe('channels of a head that share a scale; a smaller head is one group'),
  sides: z.enum(sides).default('both').describe('what is coded; the other side stays in FP16'),
  preRotary: z.boolean().default(false).describe('keys are coded before the rotary embedding'),
});
export type PerTokenOptions = z.infer<typeof options>;

export const perToken: KvQuantizer<PerTokenOptions> = {
  name: 'per-token',
  description: 'every token by itself, a scale per group of channels of a head',
  source: 'the baseline of KIVI, arXiv 2402.02750, table 1',
  modelVersion: 1,
  options,
  formatName: ({ bits, group }) => `int${bits}-asym-g${group}`,
  preRotaryKeys: ({ preRotary }) => preRotary,
  keys: (keys, shape, chosen) => side('keys', keys, shape, chosen),
  values: (values, shape, chosen) => side('values', values, shape, chosen),
  bytes(tokens, shape, chosen) {
    const of = (which: Exclude<SideChoice, 'both'>) =>
      perTokenBytes(codes(which, chosen.sides) ? { coded: tokens, exact: 0 } : { coded: 0, exact: tokens }, shape, chosen);
    return sumOfBytes(of('keys'), of('values'));
  },
};

function side(which: 'keys' | 'values', cache: Matrix, shape: CacheShape, chosen: PerTokenOptions): CodedCache {
  if (!codes(which, chosen.sides)) return exactSide(cache);
  return { values: perTokenValues(cache, shape, chosen), exactFrom: (t) => t + 1 };
}
