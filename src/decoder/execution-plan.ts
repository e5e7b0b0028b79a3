/**
 * What is done differently from the float model while a decoder runs: activations quantized, products computed in another way, the
 * key-value cache read back from codes, and somebody looking on. An empty plan is the model in float32.
 * All matrices are views that hold until the next call; who wants to keep them copies them.
 */
import type { Matrix } from '../numeric/matrix.js';
import type { KvQuantizer } from '../quantizers/kv/kv-quantizer.js';
import type { ProductGroup } from './decoder-model.js';

/** A cache quantizer with its options, validated. */
export interface CachePlan {
  readonly quantizer: KvQuantizer;
  readonly options: object;
}

/** Told what passes by. */
export interface Observer {
  /** Input of a group [tokens, K], after its steps and before any quantizer. */
  readonly groupInput?: (group: ProductGroup, input: Matrix) => void;
  /** Hidden state at the start of a layer, [tokens, hidden]. */
  readonly layerInput?: (layer: number, hidden: Matrix) => void;
  /** Keys after the rotary embedding, [tokens, kvHeads * headDim]. */
  readonly keys?: (layer: number, keys: Matrix) => void;
}

/** What replaces the float computation of single parts; empty: everything is float32. */
export interface ExecutionPlan {
  /** Values of a group's input as its products read them, [tokens, K], from that input after the steps. */
  readonly activation?: (input: Matrix, group: ProductGroup) => Float32Array;
  /** W x of every product of a group, [tokens, N] each and without bias, from its input after the steps; undefined: as floats. */
  readonly products?: (input: Matrix, group: ProductGroup) => readonly Float32Array[] | undefined;
  readonly cache?: CachePlan;
  readonly observer?: Observer;
}
