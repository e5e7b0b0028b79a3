/**
 * Block Hadamard transform of every input at run time, W H offline: y = (W H)(H x), H = diag(H_n, .., H_n) / sqrt(n).
 * With n the group of a quantizer (16 for NVFP4, 32 for MXFP4) outliers are spread over the elements that share a scale and no further.
 * Source: MR-GPTQ, arXiv:2509.23202 (n = 16 .. 128, the same on weights and activations).
 * Left out: what MR-GPTQ does to the weights afterwards (quantizers mr-gptq, gptq).
 */
import { z } from 'zod';
import { LowbitError } from '../../lowbit-error.js';
import { groupSites, groupsOfLayer, mapGroups, type DecoderModel } from '../decoder-model.js';
import { withTransform } from './hadamard.js';
import type { Rewrite } from './rewrite.js';
import { widthOf } from './sites.js';

const options = z.strictObject({
  block: z
    .union([z.literal(2), z.literal(4), z.literal(8), z.literal(16), z.literal(32), z.literal(64), z.literal(128)])
    .default(32)
    .describe('channels of one transform'),
});
export type BlockHadamardOptions = z.infer<typeof options>;

export const blockHadamard: Rewrite<BlockHadamardOptions> = {
  name: 'block-hadamard',
  description: 'Hadamard transform of every block of channels before every product',
  source: 'MR-GPTQ, arXiv:2509.23202',
  modelVersion: 1,
  options,
  apply(model, _context, { block }) {
    checkBlocks(model, block);
    return { ...model, layers: model.layers.map((layer) => mapGroups(layer, (group) => withTransform(group, block))) };
  },
  online: ({ block }) => groupSites.map((site) => ({ site, kind: 'hadamard', block })),
};

function checkBlocks({ layers }: DecoderModel, block: number): void {
  const odd = layers.flatMap(groupsOfLayer).find((group) => widthOf(group) % block !== 0);
  if (odd === undefined) return;
  throw new LowbitError('block-hadamard does not divide an input', {
    value: `${widthOf(odd)} channels of ${odd.name} into blocks of ${block}`,
    remedy: 'choose a block that divides all widths',
  });
}
