/**
 * Gathers the outlier channels of every input, so that whole blocks of 128 can have the precision they need.
 *   fmpq   channels by max|X|, rising; outlier: max|X_c| > factor * median over channels of max|X|; a block of 128 that holds one is INT8,
 *          else INT4 [the factor 6 is this project's choice: the paper fixes no formula we could read]. `int4Share` chooses the factor so that
 *          this share of the blocks of the whole model is INT4: those whose max|X_c| / median is smallest; blocks exactly alike stay together
 *   atom   channels by the sum of x^2 over the calibration tokens, rising; the last block is INT8, all others INT4
 * The order is a gather before q, k, v, before o, and before gate and up (their inputs come from a norm or from all heads); before down it is
 * folded into the rows of gate and up. With `foldHeads` channels before o are ordered within heads of v only, which folds into the rows of v
 * and gathers less. Neither folds past a step that another rewrite left in front of o or down: there it is a gather, too. The map of bits lies in `activationBits` of a group; coders of activations read it. Equal channels keep their order.
 * Where 128 does not divide the width the last block is short. Source: COMET (FMPQ), arXiv:2410.12168; Atom, arXiv:2310.19102.
 * Left out: COMET's order of the weights in memory; a permutation of the residual stream, which would serve all layers at once.
 */
import { z } from 'zod';
import type { Calibration } from '../../quantizers/calibration.js';
import { groupSites, type DecoderLayer, type DecoderModel, type FeedForward, type GroupSite, type ProductGroup } from '../decoder-model.js';
import { namedGroups } from '../product-names.js';
import type { ModelObservations, Rewrite } from './rewrite.js';
import { cacheRows, mapExperts, observed } from './sites.js';
import { permutedColumns, permutedRows, withOutputs, withWeight } from './weight-change.js';

/** Channels that share a precision: a block of `activationBits`. */
const PRECISION_BLOCK = 128;
const LOW_bits = 4;
const HIGH_bits = 8;

const fields = z.strictObject({
  rule: z.enum(['fmpq', 'atom']).default('fmpq').describe('which channels are outliers, and by what they are ordered'),
  factor: z.number().positive().default(6).describe('fmpq: how many medians an outlier exceeds'),
  int4Share: z.number().min(0).max(1).optional().describe('fmpq: share of all blocks that are INT4, in place of factor'),
  foldHeads: z.boolean().default(false).describe('true: before o only an order that folds into v'),
});
const options = fields.refine(({ rule, int4Share, foldHeads }) => int4Share === undefined || (rule === 'fmpq' && !foldHeads), {
  message: 'int4Share needs rule=fmpq and foldHeads=false',
});
export type OutlierPermutationOptions = z.infer<typeof options>;

export const outlierPermutation: Rewrite<OutlierPermutationOptions> = {
  name: 'outlier-permutation',
  description: 'channels ordered by their size, with a map of bits per block of 128',
  source: 'COMET (FMPQ), arXiv:2410.12168; Atom, arXiv:2310.19102',
  modelVersion: 3,
  options,
  apply(model, context, chosen) {
    const observations = context.observe(model, ['channels']);
    const { int4Share } = chosen;
    const factor = int4Share === undefined ? chosen.factor : factorOfShare(int4Share, model, observations);
    return { ...model, layers: model.layers.map((layer) => permutedLayer(layer, observations, { ...chosen, factor })) };
  },
  eightBitShare({ rule, int4Share = NaN }, channels) {
    return rule === 'fmpq' ? 1 - int4Share : (((channels - 1) % PRECISION_BLOCK) + 1) / channels;
  },
  online({ foldHeads }, { before }) {
    const folds = (site: GroupSite): boolean =>
      ((site === 'attention-out' && foldHeads) || site === 'feed-forward-out') && !before.some((step) => step.site === site);
    return groupSites.filter((site) => !folds(site)).map((site) => ({ site, kind: 'permutation' }));
  },
};

function permutedLayer(layer: DecoderLayer, observations: ModelObservations, chosen: OutlierPermutationOptions): DecoderLayer {
  const ranked = (group: ProductGroup): Ranking => ranking(observed(observations, group), chosen);
  const gather = (group: ProductGroup): ProductGroup => gathered(group, ranked(group));
  const { attention } = layer;
  const folded = chosen.foldHeads && attention.output.steps.length === 0;
  const permuted = mapExperts(layer, (expert) => {
    const order = ranked(expert.output);
    const input = gather(expert.input);
    if (expert.output.steps.length > 0) return { ...expert, input, output: gathered(expert.output, order) };
    return withOrderedInner({ ...expert, input }, order);
  });
  const input = gather(attention.input);
  if (!folded) return { ...permuted, attention: { ...attention, input, output: gather(attention.output) } };
  return { ...permuted, attention: withOrderedHeads({ ...attention, input }, observed(observations, attention.output), chosen) };
}

interface Ranking {
  readonly order: Int32Array;
  readonly bits: Uint8Array;
}

function ranking(calibration: Calibration, chosen: OutlierPermutationOptions): Ranking {
  const sizes = sizesOf(calibration, chosen);
  const order = risingOrder(sizes);
  return { order, bits: blockBits(order, sizes, chosen) };
}

function sizesOf({ channels }: Calibration, { rule }: OutlierPermutationOptions): Float64Array {
  return rule === 'fmpq' ? Float64Array.from(channels.maxAbs) : channels.squareSum;
}

function risingOrder(sizes: Float64Array): Int32Array {
  return Int32Array.from(sizes.keys()).sort((a, b) => sizes[a]! - sizes[b]! || a - b);
}

/** Bits of each block of channels in that order. */
function blockBits(order: Int32Array, sizes: Float64Array, { rule, factor }: OutlierPermutationOptions): Uint8Array {
  const bits = new Uint8Array(Math.ceil(order.length / PRECISION_BLOCK)).fill(LOW_bits);
  if (rule === 'atom') {
    bits[bits.length - 1] = HIGH_bits;
    return bits;
  }
  const bound = factor * median(sizes);
  order.forEach((channel, j) => {
    if (sizes[channel]! > bound) bits[Math.floor(j / PRECISION_BLOCK)] = HIGH_bits;
  });
  return bits;
}

/** A factor that leaves this share of all blocks INT4; 0 leaves only blocks of zeros. */
function factorOfShare(share: number, model: DecoderModel, observations: ModelObservations): number {
  const ratios = namedGroups(model).flatMap(({ group }) => blockRatios(observed(observations, group)));
  ratios.sort((a, b) => a - b);
  const int4 = Math.round(share * ratios.length);
  const [last, next] = [ratios[int4 - 1], ratios[int4]];
  if (last === undefined) return 0;
  return next === undefined ? Infinity : (last + next) / 2;
}

/** max|X_c| of every block of the ordered channels, in medians. */
function blockRatios({ channels }: Calibration): number[] {
  const sorted = Float64Array.from(channels.maxAbs).sort();
  const middle = median(sorted);
  return Array.from({ length: Math.ceil(sorted.length / PRECISION_BLOCK) }, (_, block) => {
    const largest = sorted[Math.min((block + 1) * PRECISION_BLOCK, sorted.length) - 1]!;
    return largest === 0 ? 0 : largest / middle;
  });
}

/** The middle value; of an even number the mean of the two in the middle. */
function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The group with its input gathered by a step. */
function gathered(group: ProductGroup, { order, bits }: Ranking): ProductGroup {
  return { ...withOrderedColumns(group, { order, bits }), steps: [...group.steps, { kind: 'permutation', order }] };
}

function withOrderedColumns(group: ProductGroup, { order, bits }: Ranking): ProductGroup {
  return {
    ...group,
    activationBits: bits,
    products: group.products.map((product) => withWeight(product, (weight) => permutedColumns(weight, order))),
  };
}

/** Inner channels of a feed-forward block in another order: rows of gate and up, columns of down. */
function withOrderedInner(expert: FeedForward, ranked: Ranking): FeedForward {
  const products = expert.input.products.map((product) => withOutputs(product, (rows) => permutedRows(rows, ranked.order)));
  return { ...expert, input: { ...expert.input, products }, output: withOrderedColumns(expert.output, ranked) };
}

/** Channels of every head of v by the largest (fmpq) or summed (atom) size over the query heads that read them. */
function withOrderedHeads(
  attention: DecoderLayer['attention'],
  calibration: Calibration,
  chosen: OutlierPermutationOptions,
): DecoderLayer['attention'] {
  const { headDim } = attention;
  const rows = cacheRows(attention);
  const sizes = sizesOf(calibration, chosen);
  const ofRow = new Float64Array(attention.kvHeads * headDim);
  rows.forEach((row, channel) => {
    ofRow[row] = chosen.rule === 'fmpq' ? Math.max(ofRow[row]!, sizes[channel]!) : ofRow[row]! + sizes[channel]!;
  });
  const inV = Int32Array.from(ofRow.keys()).sort(
    (a, b) => Math.floor(a / headDim) - Math.floor(b / headDim) || ofRow[a]! - ofRow[b]! || a - b,
  );
  // Channel j of the new order reads row rows[j] of the new v, which was row inV[rows[j]], in the query head of j.
  const order = rows.map((row, j) => j - (j % headDim) + (inV[row]! % headDim));
  const products = attention.input.products.map((product, i) => (i === 2 ? withOutputs(product, (v) => permutedRows(v, inV)) : product));
  const output = withOrderedColumns(attention.output, { order, bits: blockBits(order, sizes, chosen) });
  return { ...attention, input: { ...attention.input, products }, output };
}
