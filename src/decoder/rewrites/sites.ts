/**
 * The inputs of a layer that one set of scales or one permutation can serve: those of q, k and v; of o; of gate and up of all experts, which
 * read the same norm; of down, one per expert.
 */
import type { Calibration } from '../../quantizers/calibration.js';
import type { Attention, DecoderLayer, FeedForward, GroupSite, ProductGroup } from '../decoder-model.js';
import type { ModelObservations } from './rewrite.js';

export interface Site {
  readonly at: GroupSite;
  /** Which expert, at feed-forward-out. */
  readonly expert: number;
}

/** The sites of a layer in the order they are computed. */
export function sitesOf({ feedForward }: DecoderLayer): Site[] {
  return [
    { at: 'attention-in', expert: 0 },
    { at: 'attention-out', expert: 0 },
    { at: 'feed-forward-in', expert: 0 },
    ...feedForward.experts.map((_, expert): Site => ({ at: 'feed-forward-out', expert })),
  ];
}

/** The groups that read the input of a site: one, or one per expert. */
export function siteGroups({ attention, feedForward }: DecoderLayer, { at, expert }: Site): ProductGroup[] {
  switch (at) {
    case 'attention-in':
      return [attention.input];
    case 'attention-out':
      return [attention.output];
    case 'feed-forward-in':
      return feedForward.experts.map(({ input }) => input);
    case 'feed-forward-out':
      return feedForward.experts.filter((_, index) => index === expert).map(({ output }) => output);
  }
}

/** A layer with every expert replaced. */
export function mapExperts(layer: DecoderLayer, change: (expert: FeedForward, index: number) => FeedForward): DecoderLayer {
  return { ...layer, feedForward: { ...layer.feedForward, experts: layer.feedForward.experts.map(change) } };
}

/** What was observed of a group. An expert no token came to has a calibration of 0 tokens. */
export function observed({ groups }: ModelObservations, { name }: ProductGroup): Calibration {
  const calibration = groups.get(name);
  if (calibration === undefined) throw new RangeError(`nothing was observed of group ${name}`);
  return calibration;
}

/** Input channels of a group. */
export function widthOf({ name, products }: ProductGroup): number {
  const [first] = products;
  if (first === undefined) throw new RangeError(`group ${name} has no product`);
  return first.weight.cols;
}

/** The row of k or v that every channel of the queries meets: query heads share heads of the cache. The same for the input channels of o. */
export function cacheRows({ heads, kvHeads, headDim }: Attention): Int32Array {
  const shared = heads / kvHeads;
  return Int32Array.from(
    { length: heads * headDim },
    (_, channel) => Math.floor(Math.floor(channel / headDim) / shared) * headDim + (channel % headDim),
  );
}
