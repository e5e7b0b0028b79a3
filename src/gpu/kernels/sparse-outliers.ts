/**
 * Weights stored apart on a kernel with a sparse pass for them: the pass reads them, the GEMM does not, and its bytes are those of the share that a layer
 * states; of a layer that states none, those of the share that the kernel file is for.
 */
import type { Operand } from '../../trace/layer-trace.js';
import type { GpuKernel } from './gpu-kernel.js';

/** The kernel with its sparse pass for the outliers of this weight; the same kernel where it has none, or the weight says nothing of them. */
export function withSparseOutliers(kernel: GpuKernel, { statistics }: Operand): GpuKernel {
  const share = statistics?.outlierShare;
  if (share === undefined || kernel.after.every(({ outlierShare }) => outlierShare === undefined)) return kernel;
  const after = kernel.after.map((pass) =>
    pass.outlierShare === undefined
      ? pass
      : { ...pass, perWeight_bytes: (pass.perWeight_bytes * share) / pass.outlierShare, outlierShare: share },
  );
  return { ...kernel, after };
}

/** Bits per weight that such a pass reads in place of the GEMM. */
export function bitsApart({ after }: Pick<GpuKernel, 'after'>, { bits }: Operand): number {
  return after.some(({ outlierShare }) => outlierShare !== undefined) ? (bits?.outlier ?? 0) : 0;
}
