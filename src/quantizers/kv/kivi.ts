/**
 * KIVI: keys per channel over g consecutive tokens, values per token over g channels, asymmetric integers with FP16 scale and minimum
 * (cache-coding.ts); keys after the rotary embedding. Recent tokens stay in FP16: keys until R of them have gathered, then all R are coded at
 * once; values until they are R tokens old. With n tokens stored: keys n mod R exact, values min(n, R) exact. The query at token t finds t
 * stored and its own key and value exact. Source: KIVI, arXiv 2402.02750, and its released code (R = 128, g = 32).
 * Left out: the prompt's own attention, which the released code computes with exact keys and values; here every query reads the cache.
 */
import { z } from 'zod';
import { perChannelBytes, perChannelValues, perTokenBytes, perTokenValues, sumOfBytes } from './cache-coding.js';
import type { KvQuantizer } from './kv-quantizer.js';

const options = z
  .strictObject({
    bits: z.int().min(2).max(8).default(2).describe('bits of one code word'),
    group: z.int().positive().default(32).describe('numbers that share a scale: tokens of a key channel, channels of a value'),
    residual: z.int().positive().default(128).describe('tokens kept in FP16, R'),
  })
  .refine(({ group, residual }) => residual % group === 0, { path: ['residual'], message: 'it must be a multiple of group' });
export type KiviOptions = z.infer<typeof options>;

export const kivi: KvQuantizer<KiviOptions> = {
  name: 'kivi',
  description: 'keys per channel over 32 tokens, values per token over 32 channels, the last tokens in FP16',
  source: 'KIVI, arXiv 2402.02750',
  modelVersion: 1,
  options,
  formatName: ({ bits, group }) => `int${bits}-asym-g${group}`,
  preRotaryKeys: () => false,
  keys: (keys, _shape, chosen) => ({
    values: perChannelValues(keys, chosen),
    exactFrom: (t) => t - (t % chosen.residual),
  }),
  values: (values, shape, chosen) => ({
    values: perTokenValues(values, shape, chosen),
    exactFrom: (t) => Math.max(0, t - chosen.residual),
  }),
  bytes(tokens, shape, chosen) {
    const keys = tokens % chosen.residual;
    const values = Math.min(tokens, chosen.residual);
    return sumOfBytes(
      perChannelBytes({ coded: tokens - keys, exact: keys }, shape, chosen),
      perTokenBytes({ coded: tokens - values, exact: values }, shape, chosen),
    );
  },
};
