/**
 * A fused kernel over the rows of a trace. Both products of an attention tell its whole shape, and each is charged one half of the kernel's main loop:
 *   attention-qk  launch and half of the main loop (queries, keys)
 *   softmax       nothing: it runs inside the kernel, its time stands as `compute` in both halves
 *   attention-pv  half of the main loop (values, outputs) and the merging of split contexts
 * so that the rows of an attention add up to the kernel, with or without a softmax row. Causes: compute (products and softmax that shows), laneStall (SMs that
 * wait for the busiest), dequant (conversion), fill (latency), dramStall (what DRAM, L2 or board power add), drain (merging), launch.
 */
import type { LayerTrace } from '../../trace/layer-trace.js';
import type { LayerCost } from '../layer-cost.js';
import type { AttentionMachine } from './attention-machine.js';
import { attentionShapeOf } from './attention-shape.js';
import { attentionBound, fusedAttention } from './fused-attention.js';

/** One instance of an attention-qk or attention-pv row. */
export function halfAttention(machine: AttentionMachine, layer: LayerTrace): LayerCost {
  const fused = fusedAttention(machine, attentionShapeOf(layer));
  const first = layer.kind === 'attention-qk';
  const { products_s, conversion_s, softmax_s, onSm_s, main_s, merge_s, balance } = fused;
  const compute_s = products_s + softmax_s;
  const seconds = {
    compute: (compute_s * balance) / 2,
    dequant: (conversion_s * balance) / 2,
    laneStall: ((compute_s + conversion_s) * (1 - balance)) / 2,
    fill: Math.max(0, onSm_s - compute_s - conversion_s) / 2,
    dramStall: Math.max(0, main_s - onSm_s) / 2,
    drain: first ? 0 : merge_s,
    sync: 0,
    launch: first ? machine.launch_s : 0,
  };
  const inputs = fused.dramRead_bytes / 2;
  return {
    time_s: Object.values(seconds).reduce((sum, each) => sum + each, 0),
    seconds,
    dramRead_bytes: inputs,
    dramWrite_bytes: first ? 0 : fused.dramWrite_bytes,
    l2Read_bytes: fused.l2Read_bytes / 2,
    sharedMemory_bytes: fused.l2Read_bytes,
    conversion_ops: fused.conversion_ops / 2,
    vector_ops: fused.vector_ops / 2,
    onCudaCores: fused.tile.m === 1,
    bound: attentionBound(machine, fused),
  };
}
