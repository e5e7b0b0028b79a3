/**
 * GPTQ: integer codes of 2..8 bits on the grids of round to nearest, rounded one column after the other so that later columns make up for earlier ones.
 * Formula: the loop of gptq-loop.ts on the damped Hessian of gptq-hessian.ts; the scale of a group follows from its weights when the loop reaches it, with
 * `staticGroups` from the weights as given. `actOrder` takes columns by falling H_jj: groups are then those of the new order, and the group of every column is
 * stored (32 bits), unless they are static. Greedy: on a given matrix it can be worse than rounding to nearest; `fallback` keeps the better of the two.
 * Source: GPTQ, ICLR 2023. Left out: grids per tensor, the full range of symmetric codes, clip search inside the loop (the released `mse` option).
 */
import { z } from 'zod';
import { tensorBits } from '../formats/bit-accounting.js';
import type { Matrix } from '../numeric/matrix.js';
import { encodeInGroups, GROUP_INDEX_bits, readInGroups } from './column-order.js';
import { factoredHessian, hessianNotes, hessianRefusal, withoutDead, type FactoredHessian } from './gptq-hessian.js';
import { gptqLoop, type LoopResult } from './gptq-loop.js';
import { bitsOf, granularitySuffix, groupGeometry, idleGroup, statedGroup } from './group-geometry.js';
import { fittedIntegerCoder, integerCoder, type IntegerSide } from './integer-column-coder.js';
import { outputError } from './output-error.js';
import type { QuantizedTensor, Quantizer } from './quantizer.js';
import { roundToNearest, type RoundToNearestOptions } from './round-to-nearest.js';
import { subnormalScales } from './stored-scale.js';

const options = z.strictObject({
  bits: z.int().min(2).max(8).default(4).describe('bits of one code word'),
  granularity: z.enum(['channel', 'group']).default('group').describe('elements that share a scale'),
  group: z.int().positive().default(128).describe('group length along K, for granularity group'),
  symmetric: z.boolean().default(true).describe('false: integer zero point'),
  damping: z.number().nonnegative().default(0.01).describe('share of the mean diagonal element that is added to the Hessian'),
  actOrder: z.boolean().default(false).describe('columns by falling diagonal of the Hessian'),
  staticGroups: z.boolean().default(false).describe('scales from the weights as given, groups as they are stored'),
  fallback: z.enum(['none', 'rtn']).default('none').describe('rtn: round to nearest where that has the smaller output error'),
});
export type GptqOptions = z.infer<typeof options>;

export const gptq: Quantizer<GptqOptions> = {
  name: 'gptq',
  description: 'integer codes rounded column by column, later columns making up for the error of earlier ones',
  source: 'GPTQ, ICLR 2023, arXiv 2210.17323',
  modelVersion: 2,
  options,
  needs: ['hessian'],
  idle: ({ granularity }) => idleGroup(granularity),
  rowsShare: ({ fallback }) => (fallback === 'rtn' ? 'the choice between the loop and round to nearest' : undefined),
  formatName: ({ bits, symmetric, granularity, group }) => `int${bits}${symmetric ? '' : '-asym'}${granularitySuffix(granularity, group)}`,
  refusal: ({ cols }) => hessianRefusal(cols),
  storedBits(shape, chosen) {
    const { bits, granularity, group, symmetric, fallback } = chosen;
    const body = bitsOf(shape, granularity, { payload: bits, side: symmetric ? 16 : 16 + bits, group });
    if (!hasGroupIndex(chosen, groupGeometry(shape, granularity, group).groupsPerSpan)) return body;
    // Round to nearest in its place stores no order.
    const permutation = fallback === 'rtn' ? NaN : tensorBits(shape.rows, shape.cols, GROUP_INDEX_bits * shape.cols);
    return { ...body, permutation };
  },
  quantize(tensor, chosen, calibration) {
    const hessian = calibration!.hessian!;
    const factored = factoredHessian(hessian, chosen.damping, chosen.actOrder ? 'act-order' : 'as-stored');
    const found = result(tensor, chosen, factored);
    return chosen.fallback === 'rtn' ? better(tensor, found, hessian) : found;
  },
  dequantize: (quantized) => readInGroups(quantized, (inGroups) => roundToNearest.dequantize(inGroups)),
  encode: (values, quantized) => encodeInGroups(values, quantized, (inOrder, inGroups) => roundToNearest.encode(inOrder, inGroups)),
};

/** Round to nearest on the same grid. */
function nearestOf(tensor: Matrix, { bits, granularity, group, symmetric }: GptqOptions): QuantizedTensor {
  const plain: RoundToNearestOptions = { bits, granularity, group, symmetric, fullRange: false };
  return roundToNearest.quantize(tensor, plain);
}

interface Looped extends LoopResult {
  readonly side: IntegerSide & { readonly groupIndex?: Int32Array };
}

/** Whether the group of every column is stored: groups of another order than that of the columns. */
function hasGroupIndex({ actOrder, staticGroups }: GptqOptions, groupsPerRow: number): boolean {
  return actOrder && !staticGroups && groupsPerRow > 1;
}

function looped(weights: Matrix, chosen: GptqOptions, factored: FactoredHessian): Looped {
  const { group, groupsPerSpan: groupsPerRow } = groupGeometry(weights, chosen.granularity, chosen.group);
  const { order } = factored;
  if (chosen.staticGroups) {
    const side = nearestOf(weights, chosen).side as unknown as IntegerSide;
    const groups = { grid: chosen, side, groupsPerRow, groupAt: (place: number) => Math.floor(order[place]! / group) };
    return { side, ...gptqLoop(weights, factored, group, (firstRow) => fittedIntegerCoder(groups, firstRow)) };
  }
  const count = weights.rows * groupsPerRow;
  const side: IntegerSide = { scales: new Float32Array(count), ...(chosen.symmetric ? {} : { zeros: new Uint8Array(count) }) };
  const groups = { grid: chosen, side, groupsPerRow, groupAt: (place: number) => Math.floor(place / group) };
  const result = gptqLoop(weights, factored, group, (firstRow) => integerCoder(groups, firstRow));
  if (!hasGroupIndex(chosen, groupsPerRow)) return { side, ...result };
  const groupIndex = new Int32Array(weights.cols);
  order.forEach((column, place) => (groupIndex[column] = Math.floor(place / group)));
  return { side: { ...side, groupIndex }, ...result };
}

function result(tensor: Matrix, chosen: GptqOptions, factored: FactoredHessian): QuantizedTensor {
  const { bits, granularity, group, damping } = chosen;
  const { rows, cols } = tensor;
  const { codes, side } = looped(withoutDead(tensor, factored.dead), chosen, factored);
  return {
    quantizer: gptq.name,
    format: gptq.formatName(chosen),
    rows,
    cols,
    codes,
    codeBits: bits,
    group: statedGroup(cols, granularity, group),
    side: { ...side },
    bits: gptq.storedBits(tensor, { ...chosen, fallback: 'none' }),
    choices: { ...chosen, ...hessianNotes(factored, damping), ...subnormalScales(side.scales) },
  };
}

/** What was found, or round to nearest where that errs less on the calibration inputs; `taken` says which. */
function better(tensor: Matrix, found: QuantizedTensor, hessian: Matrix): QuantizedTensor {
  const nearest = nearestOf(tensor, found.choices as unknown as GptqOptions);
  const errorOf = (values: Float32Array): number => outputError(tensor, values, hessian);
  if (errorOf(gptq.dequantize(found)) <= errorOf(roundToNearest.dequantize(nearest)))
    return { ...found, choices: { ...found.choices, taken: 'gptq' } };
  const { codes, side, bits } = nearest;
  return { ...found, codes, side, bits, choices: { ...found.choices, taken: 'rtn' } };
}
