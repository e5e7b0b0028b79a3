/**
 * OliVe: outlier-victim pair quantization. Normal values are int or flint, outliers abfloat, and the neighbour of an outlier is sacrificed.
 * Formula: scale = fl(alpha / largest normal value) on the grid of olive-grid.ts; code = nearest(fl(x / scale)); victims by the pair rule
 * of olive-search.ts; output fl(grid * scale). int or flint per tensor by the summed mean squared errors of the units, int first.
 * Pairs are columns (2k, 2k+1) of a row and never wrap over a row: an odd row ends with a padding element, whose code is stored too.
 * Source: OliVe, ISCA 2023, and its released quantizer (float32 at every step; 8 bits is int). Left out: the released code's pairs over
 * row ends and its circular shift at the end of an odd tensor, its 256-entry limit, the paper's E4M3 outliers at 8 bits.
 */
import { z } from 'zod';
import { LowbitError } from '../lowbit-error.js';
import type { Matrix } from '../numeric/matrix.js';
import type { OutlierVictimNormal } from '../encodings/outlier-victim-pair.js';
import { clipFactors, scaleOfClip, type Clip } from './ant-search.js';
import { CLIP_SCALE_bits, SMALLEST_ALPHA, definedOptions, resolveSign, finiteError, idleSearch } from './clip-options.js';
import { oliveGrid, type OliveGrid } from './olive-grid.js';
import { bitsOf, eachGroup, granularities, groupGeometry, idleGroup, statedGroup, storedGeometry } from './group-geometry.js';
import { codePairs, pairValues, type PairCounts } from './olive-pairs.js';
import { pairRules, pairSearch, pairedClipError, searchPairedClip, type PairRule, type PairedUnit } from './olive-search.js';
import type { QuantizedTensor, Quantizer } from './quantizer.js';

const fields = z.strictObject({
  bits: z.literal([4, 8]).default(4).describe('bits of a normal code word'),
  granularity: z
    .enum(granularities)
    .default('channel')
    .describe('what shares a scale: the tensor, an output channel, or a group along a row'),
  group: z
    .int()
    .positive()
    .multipleOf(2)
    .default(128)
    .describe('elements per group with granularity=group; even, so that no pair spans two groups'),
  normal: z
    .enum(['int', 'flint', 'auto'])
    .default('auto')
    .describe('normal type; auto takes the one with the smaller error; 8 bits is int'),
  pairRule: z.enum(pairRules).default('paper').describe('of two outliers keep the larger (paper) or the left one (released-code)'),
  signed: z
    .union([z.boolean(), z.literal('auto')])
    .default('auto')
    .describe('auto: unsigned only for a whole 4-bit tensor without negative values'),
  clipLow: z.number().positive().default(75).describe('first clip in percent of three standard deviations'),
  clipHigh: z.number().positive().max(1000).default(250).describe('end of the clips in percent, exclusive'),
  clipStep: z.number().min(0.1).default(2).describe('step of the clips in percent'),
  alpha: z.number().min(SMALLEST_ALPHA).optional().describe('fixed clip value: no search'),
});
const optionsSchema = fields.refine(({ clipLow, clipHigh }) => clipLow < clipHigh, {
  path: ['clipHigh'],
  message: 'it must be above clipLow',
});
export type OliveOptions = z.infer<typeof fields>;

/** OliVe's quantizer; see the options for what can be chosen. */
export const olive: Quantizer<OliveOptions> = {
  name: 'olive',
  description: 'outlier-victim pairs: int or flint normal values, abfloat outliers in place of a neighbour',
  source: 'OliVe, ISCA 2023',
  modelVersion: 1,
  options: optionsSchema,
  idle: ({ granularity, alpha }) => ({ ...idleGroup(granularity), ...idleSearch(alpha) }),
  rowsShare({ granularity, normal, bits }) {
    if (granularity === 'tensor') return 'a scale';
    return normal === 'auto' && bits === 4 ? 'the type that `normal: auto` chooses' : undefined;
  },
  formatName: ({ bits, signed, granularity, group }) =>
    `${signed === false ? 'u' : ''}olive${bits}${granularity === 'group' ? `-g${group}` : ''}`,
  storedBits: (shape, { bits, signed, granularity, group }) => {
    // Odd rows end in half a pair; codes without sign have a bit more, for the identifier.
    const payload = ((bits + (signed === false ? 1 : 0)) * (shape.cols + (shape.cols & 1))) / shape.cols;
    return bitsOf(shape, granularity, { payload, side: CLIP_SCALE_bits, group });
  },
  quantize,
  dequantize,
  encode: (values, quantized) => encodeWith(values, quantized).codes,
};

function quantize(tensor: Matrix, options: OliveOptions): QuantizedTensor {
  const { rows, cols, data } = tensor;
  const { granularity, group } = options;
  const signed = resolveOliveSign(options, data);
  const kinds: readonly OutlierVictimNormal[] =
    options.bits === 8 ? ['int'] : options.normal === 'auto' ? ['int', 'flint'] : [options.normal];
  const { kind, clips, error } = chooseNormal(tensor, kinds, { ...options, signed });
  const grid = oliveGrid(options.bits, kind, signed);
  const { codeBits } = grid.codec;
  const scales = Float32Array.from(clips, (clip) => scaleOfClip(clip.alpha, grid.normalValues.at(-1)!));
  const shell: QuantizedTensor = {
    quantizer: 'olive',
    format: olive.formatName({ ...options, signed }),
    rows,
    cols,
    codes: new Uint8Array(0),
    codeBits,
    group: statedGroup(cols, granularity, group),
    side: { scales },
    bits: olive.storedBits(tensor, { ...options, signed }),
    choices: { ...definedOptions(options), normal: kind, signed, summedMse: finiteError(error, tensor) },
    datatypeHistogram: { [grid.codec.normal.name]: 1 },
  };
  const { codes, padding, outlierPairs } = encodeWith(data, shell);
  return { ...shell, codes, outlierPairs, side: { scales, ...(cols % 2 === 0 ? {} : { padding }) } };
}

function resolveOliveSign(options: OliveOptions, data: Float32Array): boolean {
  const { signed, bits, granularity } = options;
  if (bits === 4) return resolveSign(signed, granularity, data);
  if (signed !== false) return true;
  throw new LowbitError('olive has no unsigned 8-bit codes', {
    value: 'signed=false',
    remedy: 'leave signed out: no code is free for the identifier',
  });
}

/** The normal type with the smallest summed error, its clip per unit and that sum (float32). */
function chooseNormal(tensor: Matrix, kinds: readonly OutlierVictimNormal[], options: OliveOptions & { signed: boolean }) {
  const { cols, data } = tensor;
  const factors = clipFactors({ low: options.clipLow, high: options.clipHigh, step: options.clipStep });
  const searches = kinds.map((kind) => ({ kind, grid: oliveGrid(options.bits, kind, options.signed), clips: [] as Clip[] }));
  const grids = searches.map(({ grid }) => grid);
  eachGroup(groupGeometry(tensor, options.granularity, options.group), (_, start, end) => {
    const x = data.subarray(start, end);
    const paired = { x, cols: Math.min(cols, x.length) };
    const prepared = options.alpha === undefined ? pairSearch(paired, factors, grids) : undefined;
    for (const { grid, clips } of searches) {
      clips.push(prepared === undefined ? fixedClip(paired, grid, options) : searchPairedClip(prepared, grid, options.pairRule));
    }
  });
  return searches
    .map(({ kind, clips }) => ({ kind, clips, error: Math.fround(clips.reduce((sum, clip) => sum + clip.mse, 0)) }))
    .reduce((best, next) => (next.error < best.error ? next : best));
}

function fixedClip(unit: PairedUnit, grid: OliveGrid, { alpha, pairRule }: OliveOptions): Clip {
  const clip = Math.fround(alpha!);
  return { alpha: clip, mse: pairedClipError(unit, clip, grid, pairRule) };
}

function storedGrid({ choices }: QuantizedTensor): OliveGrid {
  return oliveGrid(choices.bits as number, choices.normal as OutlierVictimNormal, choices.signed as boolean);
}

/** Codes, padding codes (one per row of odd length) and shares of pairs. */
function encodeWith(values: Float32Array, quantized: QuantizedTensor) {
  const { cols, rows, side, choices } = quantized;
  const grid = storedGrid(quantized);
  const codes = new Uint8Array(values.length);
  const padding = new Uint8Array(rows);
  const total: PairCounts = { normalNormal: 0, outlierNormal: 0, outlierOutlier: 0 };
  eachGroup(storedGeometry(quantized), (unit, start, end) => {
    const x = values.subarray(start, end);
    const paired = { x, cols: Math.min(cols, x.length) };
    const coded = codePairs(paired, side.scales![unit]!, grid, choices.pairRule as PairRule);
    codes.set(coded.codes, start);
    padding.set(coded.padding, Math.floor(start / cols));
    for (const kind of ['normalNormal', 'outlierNormal', 'outlierOutlier'] as const) total[kind] += coded.counts[kind];
  });
  const pairs = rows * Math.ceil(cols / 2);
  const outlierPairs = {
    normalNormal: total.normalNormal / pairs,
    outlierNormal: total.outlierNormal / pairs,
    outlierOutlier: total.outlierOutlier / pairs,
  };
  return { codes, padding, outlierPairs };
}

function dequantize(quantized: QuantizedTensor): Float32Array {
  const { cols, codes, side } = quantized;
  const grid = storedGrid(quantized);
  const output = new Float32Array(codes.length);
  eachGroup(storedGeometry(quantized), (unit, start, end) => {
    const part = codes.subarray(start, end);
    const padding = (side.padding as Uint8Array | undefined)?.subarray(Math.floor(start / cols)) ?? new Uint8Array(0);
    output.set(pairValues({ codes: part, padding }, Math.min(cols, part.length), side.scales![unit]!, grid), start);
  });
  return output;
}
