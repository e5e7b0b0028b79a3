/**
 * Keys per channel over g consecutive tokens, asymmetric integers with FP16 scale and minimum (cache-coding.ts), values per token or alike.
 * A group is coded as soon as its last token is written; until then its tokens are FP16. Bits b + 32/g of what is coded.
 * Source: the finding of KIVI (arXiv 2402.02750, section 3) and KVQuant (arXiv 2401.18079) that keys have channels of their own size.
 * Left out: thresholds from calibration, outliers kept apart (KVQuant).
 */
import { z } from 'zod';
import type { Matrix } from '../../numeric/matrix.js';
import { perChannelBytes, perChannelValues, perTokenBytes, perTokenValues, sumOfBytes, type SideLength } from './cache-coding.js';
import { codes, exactSide, sides } from './coded-sides.js';
import type { CacheBytes, CacheShape, CodedCache, KvQuantizer } from './kv-quantizer.js';

const options = z.strictObject({
  bits: z.int().min(2).max(8).default(4).describe('bits of one code word'),
  group: z.int().positive().default(32).describe('tokens (of values per token: channels of a head) that share a scale'),
  sides: z.enum(sides).default('both').describe('what is coded; the other side stays in FP16'),
  values: z.enum(['per-token', 'per-channel']).default('per-token').describe('how values are coded'),
  preRotary: z.boolean().default(false).describe('keys are coded before the rotary embedding'),
});
export type PerChannelOptions = z.infer<typeof options>;

export const perChannel: KvQuantizer<PerChannelOptions> = {
  name: 'per-channel',
  description: 'keys per channel over groups of tokens, values per token',
  source: 'KIVI, arXiv 2402.02750, section 3; KVQuant, arXiv 2401.18079',
  modelVersion: 1,
  options,
  formatName: ({ bits, group }) => `int${bits}-asym-g${group}`,
  preRotaryKeys: ({ preRotary }) => preRotary,
  keys: (keys, _shape, chosen) => (codes('keys', chosen.sides) ? channels(keys, chosen) : exactSide(keys)),
  values(values, shape, chosen) {
    if (!codes('values', chosen.sides)) return exactSide(values);
    if (chosen.values === 'per-channel') return channels(values, chosen);
    return { values: perTokenValues(values, shape, chosen), exactFrom: (t) => t + 1 };
  },
  bytes(tokens, shape, chosen) {
    const values = chosen.values === 'per-channel' ? channelBytes : tokenBytes;
    const nothing: SideLength = { coded: 0, exact: tokens };
    return sumOfBytes(
      codes('keys', chosen.sides) ? channelBytes(tokens, shape, chosen) : perChannelBytes(nothing, shape, chosen),
      codes('values', chosen.sides) ? values(tokens, shape, chosen) : perTokenBytes(nothing, shape, chosen),
    );
  },
};

/** The query at token t finds t + 1 tokens: its own is written before it is read. */
function channels(cache: Matrix, chosen: PerChannelOptions): CodedCache {
  return { values: perChannelValues(cache, chosen), exactFrom: (t) => t + 1 - ((t + 1) % chosen.group) };
}

function channelBytes(tokens: number, shape: CacheShape, chosen: PerChannelOptions): CacheBytes {
  const exact = tokens % chosen.group;
  return perChannelBytes({ coded: tokens - exact, exact }, shape, chosen);
}

function tokenBytes(tokens: number, shape: CacheShape, chosen: PerChannelOptions): CacheBytes {
  return perTokenBytes({ coded: tokens, exact: 0 }, shape, chosen);
}
