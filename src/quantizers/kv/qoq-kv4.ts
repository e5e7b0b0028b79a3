/**
 * The cache of QServe (QoQ KV4): every head of every token by itself, asymmetric UINT4 with an FP16 scale and an FP16 zero point
 * (cache-coding.ts: the stored minimum), coded when it is written. Bits 4 + 32/headDim. Outliers of keys are met before, by the rewrite
 * `smooth-attention`. Source: QServe, arXiv 2405.04532, sections 4.2 and 5.3. Left out: nothing of the numbers; the kernel is GPU side.
 */
import { z } from 'zod';
import { perTokenBytes, perTokenValues, sumOfBytes } from './cache-coding.js';
import type { CacheShape, KvQuantizer } from './kv-quantizer.js';

const options = z.strictObject({});
const BITS = 4;
const wholeHead = ({ headDim }: CacheShape) => ({ bits: BITS, group: headDim });

export const qoqKv4: KvQuantizer<z.infer<typeof options>> = {
  name: 'qoq-kv4',
  description: 'UINT4 per token and head with FP16 scale and zero point',
  source: 'QServe, arXiv 2405.04532',
  modelVersion: 1,
  options,
  formatName: () => 'int4-asym',
  preRotaryKeys: () => false,
  keys: (keys, shape) => ({ values: perTokenValues(keys, shape, wholeHead(shape)), exactFrom: (t) => t + 1 }),
  values: (values, shape) => ({ values: perTokenValues(values, shape, wholeHead(shape)), exactFrom: (t) => t + 1 }),
  bytes(tokens, shape) {
    const side = perTokenBytes({ coded: tokens, exact: 0 }, shape, wholeHead(shape));
    return sumOfBytes(side, side);
  },
};
