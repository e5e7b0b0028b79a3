/**
 * Shape of a kernel file (hw-configs/kernels/*.yaml): the record GpuKernel with the operands it takes and the cards it is built for.
 * What a fit finds does not stand here: fitted parameters belong to a device and a kernel (hw-configs/gpus/fitted).
 */
import { z } from 'zod';
import { architectures, tensorTypes } from '../device/gpu-device.js';
import type { GpuKernel } from './gpu-kernel.js';

const side = z.int().positive().max(4096);
const operations = z.number().min(0).max(1e4);
const share = z.number().min(0).max(1);
const bytes = z.number().min(0).max(64);
const operandClass = z.string().regex(/^[a-z0-9-]+$/);

const takenSchema = z.strictObject({
  activation: operandClass.describe('class of operand formats: bf16, fp16, int8, fp8, nvfp4, ...'),
  weight: operandClass.describe('int4 stands for int4-g128, int4-asym-g128, int4-channel, ...'),
  math: z.array(z.enum(tensorTypes)).min(1).describe('what the tensor cores run in for these operands: the first one that the card has'),
  scales: z
    .enum(['group', 'channel'])
    .optional()
    .describe('group: only operands of which one has groups; channel: only without; absent: both'),
});

const tileSchema = z.strictObject({
  m: side,
  n: side,
  k: side.describe('per step of the main loop'),
  blocksPerSm: z.int().min(1).max(32).optional().describe('thread blocks that fit an SM; absent: from registers and shared memory'),
});

const conversionSchema = z.strictObject({
  perWeight_ops: operations.default(0).describe('lane operations per weight that a tile loads'),
  perPartialSum_ops: operations.default(0).describe('lane operations per output and group along k'),
  perPartialSum_specialOps: operations
    .default(0)
    .describe('the same on special function units, where instructions that convert between integer and float run'),
  group: z
    .int()
    .positive()
    .max(2 ** 20)
    .default(128)
    .describe('elements along k that share a scale'),
  overlap: share.default(1).describe('share that hides under tensor cores: 0 one after the other, 1 wholly hidden'),
});

const passSchema = z.strictObject({
  name: z.string().min(1),
  perActivation_bytes: bytes.default(0),
  perOutput_bytes: bytes.default(0),
  perWeight_bytes: bytes.default(0),
  efficiency: z.number().min(0.01).max(1).describe('share of DRAM bandwidth it reaches'),
  outlierShare: z
    .number()
    .positive()
    .max(1)
    .optional()
    .describe(
      'share of weights stored apart that perWeight_bytes is for: the pass reads them, the GEMM does not; a layer that states its share is charged for that',
    ),
});

const pathSchema = z.strictObject({
  math: z.enum(tensorTypes),
  activation_bits: z.int().min(1).max(16),
  perWeight_ops: operations.describe('lane operations that bring a weight to the type of the tensor cores'),
});

const mixedSchema = z.strictObject({
  block: side.describe('channels along k that share a precision'),
  weight_bits: z.int().min(1).max(16),
  warpTile: z.strictObject({ m: side, n: side }),
  low: pathSchema,
  high: pathSchema,
  tensorEfficiency: z.number().min(0.1).max(1),
  exposed: share.describe('of operand reads and conversion, with the software pipeline'),
  overlapLoss: share.describe('of loads that shows, with the software pipeline'),
  l2Efficiency: z.number().min(0.1).max(1),
  dramEfficiency: z.number().min(0.1).max(1),
  without: z.strictObject({
    fastConversion: z.strictObject({ perWeight_ops: operations }),
    interleave: z.strictObject({
      weightReads: z.int().min(1).max(8),
      bankConflict: z.int().min(1).max(32).describe('transactions per read of shared memory'),
    }),
  }),
});

const attentionSchema = z.strictObject({
  lanes: z
    .enum(['fp32', 'half2'])
    .describe('CUDA-core lanes of conversions (conversion.perWeight_ops: per element of keys and values) and of the products of one row'),
  forcedRows: z.int().min(0).max(64).default(0).describe('rows of a KV head up to which the tile of one row is taken always'),
  maxVectorRows: z.int().min(0).max(64).default(8).describe('rows of a KV head up to which there is that tile'),
  keptTiles: z.number().min(0.001).max(1).default(1).describe('share of the tiles of keys that are not left out'),
});

/** A kernel file. */
export const kernelSchema = z.strictObject({
  name: z.string().min(1),
  kind: z.literal('gpu-kernel'),
  description: z.string().min(1),
  source: z.string().min(1),
  choice: z
    .enum(['by-formats', 'two-precisions', 'by-name'])
    .default('by-name')
    .describe(
      'by-formats: taken for its operands unless --kernel names another; two-precisions: the same, before the others, for 4-bit activations with blocks of 8 bits; by-name: only with --kernel',
    ),
  architectures: z.array(z.enum(architectures)).min(1).optional().describe('cards it is built for; absent: all that have its math'),
  takes: z.array(takenSchema).min(1),
  products: z
    .enum(['warp', 'warp-group'])
    .optional()
    .describe('what issues products: single warps (default; mma.sync, which stays below the rate of Hopper) or groups of four (wgmma)'),
  passes: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe('tensor-core passes per product: planes of activation x planes of weight in bit-plane kernels'),
  tiles: z.array(tileSchema).min(1).describe('thread-block tiles; the cheapest is taken, as the heuristics of a library would'),
  splitK: z.array(z.int().min(1).max(64)).min(1).default([1]).describe('parts along k, ascending'),
  splitMeeting: z
    .enum(['reduction', 'serial'])
    .optional()
    .describe('how parts of a split meet: in a reduction (default) or one after the other behind a semaphore'),
  schedule: z.enum(['waves', 'persistent', 'stream-k']).default('waves'),
  stages: z.int().min(1).max(16).default(3).describe('of the load pipeline; 1: loads and math take turns'),
  tactic: z
    .enum(['exact', 'power-of-two'])
    .optional()
    .describe(
      'rows that tile and split are picked for: those of the call (default) or the next power of two, as tactic tables of TensorRT-LLM do',
    ),
  padding: z
    .enum(['left-out', 'loaded'])
    .optional()
    .describe('rows of a tile beyond those of the GEMM: left out (default), or loaded like the others, all blocks from one place of L2'),
  gemv: z
    .strictObject({
      maxRows: z
        .int()
        .min(0)
        .max(2 ** 16)
        .describe('rows up to which there is a matrix-vector path on CUDA cores; 0: none'),
      forced: z.boolean().describe('taken always up to maxRows, instead of when it is faster'),
      outputsPerBlock: z.int().positive().max(4096),
    })
    .optional()
    .describe('absent: that of cuBLAS, up to 16 rows, when it is faster'),
  conversion: conversionSchema.prefault({}),
  attention: attentionSchema
    .optional()
    .describe('fused attention: tiles are query rows (1: on CUDA cores) x keys, weights are keys and values; absent: products'),
  mixed: mixedSchema.optional().describe('two precisions along k (COMET W4Ax), on the timeline of SMs'),
  before: z.array(passSchema).default([]).describe('passes of their own before the GEMM: online quantization, Hadamard'),
  after: z.array(passSchema).default([]).describe('passes of their own after it: sparse outliers'),
  like: z
    .string()
    .min(1)
    .optional()
    .describe('nearest kernel that was measured: its fitted parameters on a card hold for this one, where this one has none'),
  parameters: z
    .record(z.string(), z.number())
    .default({})
    .describe('parameters of the GEMM model that are known of this kernel: no fit moves them'),
  starts: z
    .record(z.string(), z.number())
    .optional()
    .describe('parameters of the GEMM model that are usually about so: where fits start, and what a card without a fit uses'),
});

/** A kernel file, checked, defaults filled in. */
export type KernelConfig = z.infer<typeof kernelSchema>;

/** What the models see of a kernel file for the operands of one of its `takes`. */
export function resolveKernel(config: KernelConfig, taken: KernelConfig['takes'][number]): GpuKernel {
  const {
    kind: _kind,
    description: _description,
    choice: _choice,
    architectures: _architectures,
    takes: _takes,
    tiles,
    mixed,
    ...rest
  } = config;
  return {
    ...rest,
    ...(mixed === undefined ? {} : { mixed }),
    math: taken.math,
    tiles: tiles.map(({ blocksPerSm, ...tile }) => (blocksPerSm === undefined ? tile : { ...tile, blocksPerSm })),
  };
}
