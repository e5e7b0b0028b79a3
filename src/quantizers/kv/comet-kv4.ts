/**
 * The cache of COMET (KV4): keys and values per channel over groups of tokens, asymmetric INT4 with FP16 scale and zero point
 * (cache-coding.ts). A group is coded when its last token is written; until then its tokens are FP16. Bits 4 + 32/g of what is coded.
 * Source: COMET, arXiv 2410.12168 (channel-wise KV4 beside W4Ax); the paper gives no group size: 64 tokens is a choice of this project.
 * Left out: nothing else is stated there.
 */
import { z } from 'zod';
import type { Matrix } from '../../numeric/matrix.js';
import { perChannelBytes, perChannelValues, sumOfBytes } from './cache-coding.js';
import type { CodedCache, KvQuantizer } from './kv-quantizer.js';

const options = z.strictObject({ group: z.int().positive().default(64).describe('tokens that share a scale') });
type CometOptions = z.infer<typeof options>;
const BITS = 4;

export const cometKv4: KvQuantizer<CometOptions> = {
  name: 'comet-kv4',
  description: 'INT4 keys and values per channel over groups of tokens',
  source: 'COMET, arXiv 2410.12168',
  modelVersion: 1,
  options,
  formatName: ({ group }) => `int${BITS}-asym-g${group}`,
  preRotaryKeys: () => false,
  keys: (keys, _shape, chosen) => channels(keys, chosen),
  values: (values, _shape, chosen) => channels(values, chosen),
  bytes(tokens, shape, { group }) {
    const exact = tokens % group;
    const side = perChannelBytes({ coded: tokens - exact, exact }, shape, { bits: BITS, group });
    return sumOfBytes(side, side);
  },
};

function channels(cache: Matrix, { group }: CometOptions): CodedCache {
  return { values: perChannelValues(cache, { bits: BITS, group }), exactFrom: (t) => t + 1 - ((t + 1) % group) };
}
