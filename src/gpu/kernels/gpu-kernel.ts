/**
 * A GEMM kernel as data (hw-configs/kernels/): which tiles it has, what overlaps what, what it costs on CUDA cores.
 * Mechanisms are code in `gemm/` and `timeline/`; a paper's kernel is one of these records.
 */
import type { TensorType } from '../device/gpu-device.js';

/** One thread-block tile: m x n outputs, k per step of the main loop. */
export interface KernelTile {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Thread blocks that fit an SM; absent: from shared memory and registers. */
  readonly blocksPerSm?: number;
}

/** Work on CUDA cores, in lane operations (one operation of one lane of the rate it names). */
export interface KernelConversion {
  /** Per weight that a tile loads (amortised over the rows of the tile). */
  readonly perWeight_ops: number;
  /** Per output and group along k (INT32 partial sum to float, scale). */
  readonly perPartialSum_ops: number;
  /** The same on the special function units, which conversions between integer and float instructions run on; absent: 0. */
  readonly perPartialSum_specialOps?: number;
  /** Elements along k that share a scale, for perPartialSum_ops. */
  readonly group: number;
  /** Share of it that hides under tensor cores: 0 serial (QServe), 1 wholly hidden (LiquidGEMM). */
  readonly overlap: number;
}

/** A memory-bound pass before or after the GEMM with a launch of its own (online quantization, Hadamard, sparse outliers). */
export interface KernelPass {
  readonly name: string;
  /** Bytes moved per element of the activation (m x k), per output (m x n) and per weight (n x k). */
  readonly perActivation_bytes: number;
  readonly perOutput_bytes: number;
  readonly perWeight_bytes: number;
  /** Share of bandwidth it reaches; a sparse pass reaches little. */
  readonly efficiency: number;
  /** Share of weights stored apart that `perWeight_bytes` is for: the pass reads them (sparse-outliers.ts). Absent: it reads none. */
  readonly outlierShare?: number | undefined;
}

/** The path of a few rows on CUDA cores. */
export interface KernelMatrixVector {
  /** Rows up to which it exists; 0: nowhere. */
  readonly maxRows: number;
  /** Taken always up to maxRows, instead of when it is faster. */
  readonly forced: boolean;
  readonly outputsPerBlock: number;
}

/** A kernel whose blocks along k have one of two precisions (COMET W4Ax). Main loop of one step along k, by precision, all per thread block. */
export interface MixedPrecision {
  /** Channels along k that share a precision: the k-step of a tile. */
  readonly block: number;
  readonly weight_bits: number;
  /** Outputs of one warp. */
  readonly warpTile: { readonly m: number; readonly n: number };
  readonly low: PrecisionPath;
  readonly high: PrecisionPath;
  /** Share of the tensor rate that the main loop reaches. */
  readonly tensorEfficiency: number;
  /** Share of operand reads and conversion that tensor cores wait for with the software pipeline; 1 without. */
  readonly exposed: number;
  /** Share of loads that shows with the software pipeline; 1 without. */
  readonly overlapLoss: number;
  readonly l2Efficiency: number;
  readonly dramEfficiency: number;
  /** What one mechanism costs when it is taken away. */
  readonly without: {
    readonly fastConversion: { readonly perWeight_ops: number };
    readonly interleave: { readonly weightReads: number; readonly bankConflict: number };
  };
}

/** What makes a kernel one of fused attention: QK, softmax and PV in one. Its tiles are query rows x keys, its weights keys and values. */
export interface KernelAttention {
  /** Lanes that conversions and products of one row run in: fp32, or pairs of fp16 (a product is half an operation). */
  readonly lanes: 'fp32' | 'half2';
  /** Rows of a KV head up to which the tile of one row (CUDA cores) is taken always, and up to which it exists. */
  readonly forcedRows: number;
  readonly maxVectorRows: number;
  /** Share of the tiles of keys that are not left out. */
  readonly keptTiles: number;
}

/** One of the two precisions of a mixed kernel: its type on tensor cores and what bringing weights to it costs. */
export interface PrecisionPath {
  readonly math: TensorType;
  readonly activation_bits: number;
  /** Lane operations per weight to bring it to the type of the tensor cores. */
  readonly perWeight_ops: number;
}

/** A kernel for the operands of one product, as the models see it. */
export interface GpuKernel {
  readonly name: string;
  readonly source: string;
  /** Type the tensor cores run in; the first one that the device has. */
  readonly math: readonly TensorType[];
  /** What issues products; absent: single warps (mma.sync). */
  readonly products?: 'warp' | 'warp-group' | undefined;
  /** Tensor-core passes per product: 1, planes(activation) x planes(weight) of bit-plane kernels, or more where blocks of 8 bits take longer. */
  readonly passes: number;
  readonly tiles: readonly KernelTile[];
  readonly splitK: readonly number[];
  /** How parts of a split meet: in a reduction of its own (absent), or one after the other behind a semaphore. */
  readonly splitMeeting?: 'reduction' | 'serial' | undefined;
  readonly schedule: 'waves' | 'persistent' | 'stream-k';
  /** Stages of the load pipeline; 1: loads and math take turns. */
  readonly stages: number;
  readonly conversion: KernelConversion;
  /** Rows that tile and split are picked for: those of the call (absent, exact) or the next power of two. */
  readonly tactic?: 'exact' | 'power-of-two' | undefined;
  /** Rows of a tile beyond those of the GEMM: left out (absent) or loaded, all from one place (gemm/padding-rows.ts). */
  readonly padding?: 'left-out' | 'loaded' | undefined;
  /** Matrix-vector path on CUDA cores; absent: that of cuBLAS. */
  readonly gemv?: KernelMatrixVector | undefined;
  /** Two precisions along k; absent: one. Read by `timeline/comet/` only. */
  readonly mixed?: MixedPrecision;
  /** Absent: a kernel of products. */
  readonly attention?: KernelAttention | undefined;
  readonly before: readonly KernelPass[];
  readonly after: readonly KernelPass[];
  /** Kernel whose fitted parameters on a card hold for this one where it was not measured itself (nearest-fit.ts). */
  readonly like?: string | undefined;
  /** Physical parameters by name (gemm/gemm-parameters.ts) that are known of this kernel: no fit moves them. */
  readonly parameters: Readonly<Record<string, number>>;
  /** Those that are usually about so: where fits start, and what a card without a fit uses. */
  readonly starts?: Readonly<Record<string, number>> | undefined;
}
