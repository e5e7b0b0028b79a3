/**
 * LQER and L2QER: the error of a plain quantizer, E = W - Q(W), put back in part by a product of rank k.
 *   LQER    SVD_k(E) = U Sig V'              B = U Sig [N, k]     A = V' [k, K]
 *   L2QER   SVD_k(E S) = U Sig V'            B = U Sig            A = V' S^-1      S = diag(s), s_j = mean|x_j| / sqrt(max mean * min mean)
 * Base: MXINT (b bits, groups of 16), or round-to-nearest with an FP16 scale per group. Factors: low-rank-factors.ts; SVD: numeric/truncated-svd.ts.
 * Source: LQER, arXiv 2402.02446; the normalisation of s as recalled. This project's choices: channels that are hardly used have s at least 2^-20 of
 * the largest; a rank above min(N, K) is cut to it. Without the rounding of A and B the (S-weighted) error falls with k by construction.
 * `encode` takes the low-rank part off first; a value that the stored code already reads as keeps that code.
 */
import { z } from 'zod';
import type { Matrix } from '../numeric/matrix.js';
import { matrix } from '../numeric/matrix.js';
import { extent } from '../numeric/extremes.js';
import { truncatedSvd } from '../numeric/truncated-svd.js';
import type { Calibration } from './calibration.js';
import { encodeBeside, FACTOR_FORMAT, factorBits, lowRankProduct, storedFactors } from './low-rank-factors.js';
import { mxint } from './mxint.js';
import { parseOptions } from './quantize-options.js';
import type { MatrixShape, QuantizedTensor, Quantizer } from './quantizer.js';
import { roundToNearest } from './round-to-nearest.js';

const bases = ['mxint', 'rtn'] as const;
type Base = (typeof bases)[number];

const options = z.strictObject({
  rank: z.int().positive().default(32).describe('rank of the correction, at most the shorter side of the matrix'),
  base: z.enum(bases).default('mxint').describe('quantizer of the matrix itself'),
  bits: z.int().min(2).max(8).default(4).describe('bits of an element of the base'),
  group: z.int().positive().default(16).describe('elements along K that share an exponent (mxint) or a scale (rtn)'),
});
export type LqerOptions = z.infer<typeof options>;

/** Channels used less than this share of the most used one count as if they were used so much. */
const LEAST_USE = 2 ** -20;

interface Variant {
  readonly name: string;
  readonly description: string;
  readonly modelVersion: number;
  /** s_j of the channels; absent: all 1. */
  readonly scales?: (calibration: Calibration) => Float64Array;
}

const baseQuantizers: Readonly<Record<Base, Quantizer>> = { mxint, rtn: roundToNearest };

function baseOptions({ base, bits, group }: LqerOptions): object {
  return parseOptions(baseQuantizers[base], { bits, group });
}

function lowRankQuantizer({ name, description, modelVersion, scales }: Variant): Quantizer<LqerOptions> {
  return {
    name,
    description,
    source: 'LQER, arXiv 2402.02446',
    modelVersion,
    options,
    ...(scales === undefined ? {} : { needs: ['channels'] as const }),
    formatName: (chosen) => baseQuantizers[chosen.base].formatName(baseOptions(chosen)),
    lowRank: ({ rank }) => ({ rank, format: FACTOR_FORMAT }),
    rowsShare: () => 'factors',
    storedBits: (shape, chosen) => ({
      ...baseQuantizers[chosen.base].storedBits(shape, baseOptions(chosen)),
      lowRank: factorBits({ ...shape, rank: rankIn(shape, chosen) }),
    }),
    quantize(tensor, chosen, calibration) {
      const base = baseQuantizers[chosen.base];
      const plain = base.quantize(tensor, baseOptions(chosen));
      const sizes = { rows: tensor.rows, cols: tensor.cols, rank: rankIn(tensor, chosen) };
      const factors = correction(tensor, base.dequantize(plain), sizes.rank, calibration === undefined ? undefined : scales?.(calibration));
      return {
        ...plain,
        quantizer: name,
        side: { ...plain.side, ...storedFactors(factors.a, factors.b, sizes) },
        bits: this.storedBits(tensor, chosen),
        choices: { ...plain.choices, ...chosen, rank: sizes.rank },
      };
    },
    dequantize(quantized) {
      const values = baseQuantizers[quantized.choices['base'] as Base].dequantize(quantized);
      const product = lowRankProduct(quantized.side, sizesOf(quantized));
      for (let i = 0; i < values.length; i++) values[i]! += product[i]!;
      return values;
    },
    encode: (values, quantized) =>
      encodeBeside(
        values,
        quantized,
        lowRankProduct(quantized.side, sizesOf(quantized)),
        baseQuantizers[quantized.choices['base'] as Base],
      ),
  };
}

function rankIn({ rows, cols }: MatrixShape, { rank }: LqerOptions): number {
  return Math.min(rank, rows, cols);
}

function sizesOf({ rows, cols, choices }: QuantizedTensor): { rows: number; cols: number; rank: number } {
  return { rows, cols, rank: choices['rank'] as number };
}

/** A and B of the error that `read` leaves. */
function correction(
  { rows, cols, data }: Matrix,
  read: Float32Array,
  rank: number,
  scales: Float64Array | undefined,
): { readonly a: Float32Array; readonly b: Float32Array } {
  const scaleOf = (channel: number): number => scales?.[channel] ?? 1;
  const error = Float32Array.from(data, (value, i) => (value - read[i]!) * scaleOf(i % cols));
  const { left, values, right } = truncatedSvd(matrix(rows, cols, error), rank);
  return {
    a: right.map((value, i) => value / scaleOf(i % cols)),
    b: left.map((value, i) => value * values[i % rank]!),
  };
}

/** s_j of L2QER. @internal */
export function channelScales({ channels }: Calibration): Float64Array {
  const [, largest] = extent(channels.meanAbs);
  const used = Float64Array.from(channels.meanAbs, (mean) => Math.max(mean, largest * LEAST_USE));
  const [least] = extent(used);
  const middle = Math.sqrt(largest * least);
  return used.map((mean) => (middle === 0 ? 1 : mean / middle));
}

export const lqer: Quantizer<LqerOptions> = lowRankQuantizer({
  name: 'lqer',
  description: 'plain quantizer and a low-rank product for part of its error',
  modelVersion: 1,
});

export const l2qer: Quantizer<LqerOptions> = lowRankQuantizer({
  name: 'l2qer',
  description: 'plain quantizer and a low-rank product for its error weighted by the mean magnitude of the input channels',
  modelVersion: 1,
  scales: channelScales,
});
