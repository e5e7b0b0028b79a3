/**
 * Atom: groups of 128 channels in INT4 with clipped scales, the last 128 channels in INT8. The rewrite `outlier-permutation` (rule atom) puts
 * the largest channels there. Weights are rounded in GPTQ's loop when a Hessian is known, else to nearest (`choices.rounding` says which).
 * Formula: mixed-blocks.ts, the last block INT8; clip 0.85 for weights, 0.9 for activations, whose coder this is too. In the loop the scale of a
 * group follows from its weights when the loop reaches it. Where 128 does not divide K the INT8 block is the short last one.
 * Source: Atom, arXiv:2310.19102 (recalled; the clips from its released code). Left out: its cache (asymmetric INT4 per head).
 */
import { z } from 'zod';
import type { Matrix } from '../numeric/matrix.js';
import { factoredHessian, hessianNotes, withoutDead } from './gptq-hessian.js';
import { gptqLoop, type ColumnCoder, type CurrentColumns } from './gptq-loop.js';
import { fittedIntegerCoder } from './integer-column-coder.js';
import {
  blocksOf,
  HIGH_bits,
  LOW_bits,
  MIXED_BLOCK,
  MIXED_FORMAT,
  mixedBits,
  mixedCodes,
  mixedParts,
  mixedScale,
  mixedSide,
  mixedValues,
  type MixedSide,
} from './mixed-blocks.js';
import type { MatrixShape, QuantizedTensor, Quantizer } from './quantizer.js';
import { subnormalScales } from './stored-scale.js';

const options = z.strictObject({
  clip: z
    .number()
    .positive()
    .max(1)
    .default(0.85)
    .describe('share of the largest magnitude an INT4 group reaches: 0.85 weights, 0.9 activations'),
  rounding: z.enum(['gptq', 'nearest']).default('gptq').describe("gptq: in GPTQ's loop where the inputs are known"),
  damping: z.number().nonnegative().default(0.01).describe('share of the mean diagonal element that is added to the Hessian'),
});
export type AtomOptions = z.infer<typeof options>;

export const atom: Quantizer<AtomOptions> = {
  name: 'atom',
  description: 'INT4 groups of 128 with clipped scales, the last 128 channels INT8',
  source: 'Atom, arXiv:2310.19102',
  modelVersion: 2,
  options,
  uses: ['hessian'],
  idle: ({ rounding }) => (rounding === 'gptq' ? {} : { damping: `it goes with rounding=gptq, not with rounding=${rounding}` }),
  formatName: () => MIXED_FORMAT,
  storedBits: (shape) => mixedBits(shape, lastHigh(shape)),
  quantize(tensor, chosen, calibration) {
    const blockBits = lastHigh(tensor);
    const hessian = chosen.rounding === 'gptq' ? calibration?.hessian : undefined;
    return hessian === undefined ? nearest(tensor, chosen, blockBits) : looped(tensor, chosen, blockBits, hessian);
  },
  quantizeBlocks: (tensor, chosen, blockBits) => nearest(tensor, chosen, blockBits),
  dequantize: mixedValues,
  encode: (values, { cols, side }) => mixedCodes(values, cols, side as unknown as MixedSide),
};

/** INT4 blocks, the last INT8. */
function lastHigh({ cols }: MatrixShape): Uint8Array {
  return new Uint8Array(blocksOf(cols)).fill(LOW_bits).fill(HIGH_bits, -1);
}

function nearest(tensor: Matrix, { clip, damping: _, ...chosen }: AtomOptions, blockBits: Uint8Array): QuantizedTensor {
  const side = mixedSide(tensor, blockBits, clip);
  return {
    quantizer: atom.name,
    ...mixedParts(tensor, side),
    codes: mixedCodes(tensor.data, tensor.cols, side),
    choices: { ...chosen, clip, rounding: 'nearest', ...subnormalScales(side.scales) },
  };
}

function looped(tensor: Matrix, chosen: AtomOptions, blockBits: Uint8Array, hessian: Matrix): QuantizedTensor {
  const factored = factoredHessian(hessian, chosen.damping, 'as-stored');
  const side: MixedSide = { scales: new Float32Array(tensor.rows * blockBits.length), blockBits };
  const { codes } = gptqLoop(withoutDead(tensor, factored.dead), factored, MIXED_BLOCK, (firstRow) =>
    mixedCoder(side, chosen.clip, firstRow),
  );
  return {
    quantizer: atom.name,
    ...mixedParts(tensor, side),
    codes,
    choices: { ...chosen, ...hessianNotes(factored, chosen.damping), ...subnormalScales(side.scales) },
  };
}

/** Blocks as GPTQ's loop wants them: fitted when it reaches them, coded in their own width. */
function mixedCoder(side: MixedSide, clip: number, firstRow: number): ColumnCoder {
  const { blockBits } = side;
  const groupAt = (place: number): number => Math.floor(place / MIXED_BLOCK);
  const coderOf = (bits: number): ColumnCoder =>
    fittedIntegerCoder({ grid: { bits, symmetric: true }, side, groupsPerRow: blockBits.length, groupAt }, firstRow);
  const [low, high] = [coderOf(LOW_bits), coderOf(HIGH_bits)];
  return {
    fit: (columns) => fitBlock(side, clip, firstRow * blockBits.length + groupAt(columns.from), columns),
    code: (place, weights, coded) => (blockBits[groupAt(place)] === HIGH_bits ? high : low).code(place, weights, coded),
  };
}

/** Scales of a block in all rows; `first` is its index in the first row. */
function fitBlock({ scales, blockBits }: MixedSide, clip: number, first: number, { from, to, rows, data, stride }: CurrentColumns): void {
  for (let row = 0; row < rows; row++) {
    let amax = 0;
    for (let place = from; place < to; place++) amax = Math.max(amax, Math.abs(data[place * stride + row]!));
    scales[first + row * blockBits.length] = mixedScale(amax, blockBits[first % blockBits.length]!, clip);
  }
}
