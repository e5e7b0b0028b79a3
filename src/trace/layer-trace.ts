/**
 * LayerTrace: what a timing model is given about one layer. Shapes are exact; statistics say where they come from.
 * Rows of softmax, norm, elementwise and transform (a change of format or of order) work on m x n elements (k = 1) and have no weight.
 * GEMM convention: output[m, n] = activation[m, k] x weight[n, k]; m = tokens or pixels, n = features, k = reduction.
 */
import { z } from 'zod';

const layerKinds = ['gemm', 'attention-qk', 'attention-pv', 'softmax', 'norm', 'elementwise', 'transform'] as const;
export type LayerKind = (typeof layerKinds)[number];

const statisticsOrigins = ['measured', 'synthetic', 'assumed'] as const;

const share = z.number().min(0).max(1);
const dimension = z
  .int()
  .positive()
  .max(2 ** 40);

/** What value-dependent models need to know about a tensor; absent entries were not determined. */
export const tensorStatisticsSchema = z.strictObject({
  origin: z.enum(statisticsOrigins).describe('measured on real tensors, made by a seeded generator, or assumed'),
  zeroDensity: share.optional().describe('share of elements whose dequantized value is 0'),
  bitDensity: share.optional().describe('share of one bits over all code words'),
  kurtosis: z.number().optional().describe('fourth standardized moment of the unquantized values; a Gaussian has 3'),
  maxOverStd: z.number().nonnegative().optional().describe('largest magnitude over the standard deviation, unquantized'),
  termHistogram: z.array(share).optional().describe('share of elements that need i nonzero terms in a serial PE, i = index'),
  outlierPairs: z.strictObject({ normalNormal: share, outlierNormal: share, outlierOutlier: share }).optional(),
  outlierShare: share.optional().describe('share of elements stored apart at full precision, or in blocks of 8 bits of an operand of 4'),
  datatypeHistogram: z.record(z.string(), share).optional().describe('share of groups that chose each datatype'),
});
export type TensorStatistics = z.infer<typeof tensorStatisticsSchema>;

/** Stored bits per element by part (src/quantizers/quantizer.ts). */
export const bitPartsSchema = z.strictObject({
  payload: z.number(),
  group: z.number(),
  channel: z.number(),
  tensor: z.number(),
  outlier: z.number(),
  lowRank: z.number(),
  permutation: z.number(),
});
/** A part of a shape is null where the values decide it. */
const part = z.number().nullable();
const operandPartsSchema = bitPartsSchema.extend({
  group: part,
  channel: part,
  tensor: part,
  outlier: part,
  lowRank: part,
  permutation: part,
});

/** One operand of a layer. Bits per element may be fractions: metadata is shared by a group. */
const operandSchema = z.strictObject({
  format: z.string().min(1).describe('format name, e.g. fp16, int8, int4-g128, bitmod-fp4-g128'),
  payload_bitsPerElement: z.number().nonnegative().max(64),
  metadata_bitsPerElement: z.number().nonnegative().max(64).describe('scales, zero points and selectors that travel with the elements'),
  group: z.int().nonnegative().optional().describe('elements along k sharing a scale; 0: whole tensor'),
  bits: operandPartsSchema
    .optional()
    .describe(
      'of a quantized tensor or of its shape: everything stored, by part; channel, tensor and lowRank are not in the metadata; null: the values decide',
    ),
  statistics: tensorStatisticsSchema.optional(),
});
export type Operand = z.infer<typeof operandSchema>;

/** Geometry of a convolution that was lowered to this GEMM. */
const convGeometrySchema = z.strictObject({
  batch: dimension,
  outputHeight: dimension,
  outputWidth: dimension,
  kernelHeight: dimension,
  kernelWidth: dimension,
  strideHeight: dimension,
  strideWidth: dimension,
  inputChannels: dimension,
  outputChannels: dimension,
});

export const layerTraceSchema = z.strictObject({
  name: z.string().min(1),
  kind: z.enum(layerKinds),
  m: dimension.describe('output rows (tokens, pixels) of one GEMM'),
  n: dimension.describe('output columns (features) of one GEMM'),
  k: dimension.describe('reduction length of one GEMM'),
  gemms: dimension.default(1).describe('such products inside the layer, before any rounding or refetch rule'),
  repeat: dimension.default(1).describe('identical layers in the network'),
  sharedOperand: z
    .enum(['weight', 'none'])
    .default('weight')
    .describe('weight: all gemms of the layer use the same weight; none: each has its own'),
  conv: convGeometrySchema.optional(),
  operationsPerElement: z
    .number()
    .positive()
    .optional()
    .describe('of a transform that computes, e.g. log2 of the block of a Hadamard transform; absent: what the hardware states'),
  activation: operandSchema,
  weight: operandSchema.describe('the KV tensor in attention'),
  output: operandSchema,
});
export type LayerTrace = z.infer<typeof layerTraceSchema>;

/** Bits per element an operand occupies in memory: payload and metadata. */
export function operandBits(operand: Operand): number {
  return operand.payload_bitsPerElement + operand.metadata_bitsPerElement;
}

const vectorKinds: readonly LayerKind[] = ['softmax', 'norm', 'elementwise', 'transform'];

/** Multiply-accumulates of one instance of the layer (not times `repeat`); none in softmax, norm, elementwise and transform rows, which have m x n elements. */
export function layerMacs(layer: LayerTrace): number {
  return vectorKinds.includes(layer.kind) ? 0 : layer.m * layer.n * layer.k * layer.gemms;
}
