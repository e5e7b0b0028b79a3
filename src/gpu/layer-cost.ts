/** What one instance of a layer costs on a GPU, whatever its kind: seconds by cause whose sum is the time, bytes, and work on CUDA cores. */
import type { GemmCost } from './gemm/gemm-cost.js';

export interface LayerCost extends Omit<GemmCost, 'plan'> {
  /** How a GEMM was laid over the SMs; absent in other kinds. */
  readonly plan?: GemmCost['plan'];
  /** Products ran on CUDA cores; absent: on tensor cores, or as `plan` says. */
  readonly onCudaCores?: boolean;
  /** Lane operations beside products and conversions: softmax, norms, additions. */
  readonly vector_ops?: number;
}
