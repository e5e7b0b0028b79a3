/**
 * Hadamard rotation as QuaRot does it: outliers are spread over all channels of what a quantizer sees, the function stays.
 *   residual   h R offline, R = diag(seeded signs) H, norm gains folded first (residual-rotation.ts)
 *   v and o    every head of v times H_headDim offline; before o a transform across the heads at run time, (H_heads (x) I), so that all
 *              channels are mixed: channels are gathered head-minor, transformed in blocks of `heads`, and the columns of o lie in that order
 *   down       transform of its input at run time, W H offline
 * A width that is not a power of two is transformed in blocks of the largest power of two that divides it, block-diagonal [this project's
 * choice: QuaRot keeps tables of H_12, H_20, ...]. Source: QuaRot, arXiv:2404.00456.
 * Left out: the rotation of queries and keys after the rotary embedding, which only a cache quantizer sees (cache quantizers rotate themselves).
 */
import { z } from 'zod';
import { LowbitError } from '../../lowbit-error.js';
import type { Attention, DecoderLayer, DecoderModel, FeedForward, InputStep, ProductGroup } from '../decoder-model.js';
import { largestBlock, rotatedResidual } from './residual-rotation.js';
import type { OnlineStep, Rewrite } from './rewrite.js';
import { mapExperts, widthOf } from './sites.js';
import { permutedColumns, transformedColumns, transposed, withOutputs, withWeight } from './weight-change.js';

const options = z.strictObject({
  seed: z.int().min(0).default(0).describe('of the signs of the residual rotation'),
  online: z.boolean().default(true).describe('false: only what is folded, without the transforms before o and down'),
});
export type HadamardOptions = z.infer<typeof options>;

export const hadamard: Rewrite<HadamardOptions> = {
  name: 'hadamard',
  description: 'residual stream, value heads and the inputs of o and down rotated by Hadamard transforms',
  source: 'QuaRot, arXiv:2404.00456',
  modelVersion: 2,
  options,
  apply(model, _context, { seed, online }) {
    checkWidths(model);
    const rotated = rotatedResidual(model, seed);
    return { ...rotated, layers: rotated.layers.map((layer) => transformedDown(rotatedHeads(layer, online), online)) };
  },
  online: ({ online }, { heads, feedForward }) =>
    online ? [...step('attention-out', heads), ...step('feed-forward-out', feedForward)] : [],
};

/** The transform over `count` heads or channels; none of an odd number. The gather in front of o is a choice of memory addresses. */
function step(site: OnlineStep['site'], count: number): Extract<OnlineStep, { kind: 'hadamard' }>[] {
  const block = largestBlock(count);
  return block === 1 ? [] : [{ site, kind: 'hadamard', block }];
}

function checkWidths({ name, hidden, layers }: DecoderModel): void {
  const odd = [hidden, ...layers.map(({ attention }) => attention.headDim)].find((width) => largestBlock(width) === 1);
  if (odd === undefined) return;
  throw new LowbitError('no Hadamard transform of an odd number of channels', { value: `${odd} in ${name}` });
}

/** v of every head times H, the columns of o alike; then a transform across the heads. */
function rotatedHeads(layer: DecoderLayer, online: boolean): DecoderLayer {
  const { attention } = layer;
  checkFree(attention.output);
  const block = largestBlock(attention.headDim);
  const products = attention.input.products.map((product, i) =>
    i === 2 ? withOutputs(product, (rows) => transposed(transformedColumns(transposed(rows), block))) : product,
  );
  const output = {
    ...attention.output,
    products: attention.output.products.map((product) => withWeight(product, (weight) => transformedColumns(weight, block))),
  };
  const turned = { ...attention, input: { ...attention.input, products }, output };
  return { ...layer, attention: online ? { ...turned, output: acrossHeads(turned) } : turned };
}

/** o behind the transform across heads. Where the number of heads is odd there is none. */
function acrossHeads({ heads, headDim, output }: Attention): ProductGroup {
  const [transform] = step('attention-out', heads);
  if (transform === undefined) return output;
  const { block } = transform;
  const order = Int32Array.from({ length: heads * headDim }, (_, j) => (j % heads) * headDim + Math.floor(j / heads));
  const steps: InputStep[] = [
    { kind: 'permutation', order },
    { kind: 'hadamard', block },
  ];
  const products = output.products.map((product) =>
    withWeight(product, (weight) => transformedColumns(permutedColumns(weight, order), block)),
  );
  return { ...output, steps, products };
}

function transformedDown(layer: DecoderLayer, online: boolean): DecoderLayer {
  return online ? mapExperts(layer, (expert): FeedForward => ({ ...expert, output: transformedInput(expert.output) })) : layer;
}

function transformedInput(group: ProductGroup): ProductGroup {
  checkFree(group);
  const [transform] = step('feed-forward-out', widthOf(group));
  return transform === undefined ? group : withTransform(group, transform.block);
}

/** A group behind one more step, the transform of every `block` channels. */
export function withTransform(group: ProductGroup, block: number): ProductGroup {
  return {
    ...group,
    steps: [...group.steps, { kind: 'hadamard', block }],
    products: group.products.map((product) => withWeight(product, (weight) => transformedColumns(weight, block))),
  };
}

function checkFree({ name, steps }: ProductGroup): void {
  if (steps.length === 0) return;
  throw new LowbitError('an input that already has steps cannot be rotated with what produces it', {
    value: `${name} has ${steps.map(({ kind }) => kind).join(', ')}`,
    remedy: 'name hadamard before rewrites that leave steps',
  });
}
