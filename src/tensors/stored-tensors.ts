/** What every reader says about the tensors of a file, whatever its format: the record between the readers and weight-source. */
import type { GgufMetadata } from './gguf/metadata.js';
import type { OnnxGraph } from './onnx/reader.js';
import type { WeightLayout } from './weight-layout.js';

/** One stored tensor. Exactly one of `layout` and `reason` is there. */
export interface TensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
  /** Element type as stored, e.g. F32, BF16, Q4_K, gptq-int4-g128. */
  readonly dtype: string;
  /** Stored bits per element, scales and zero points included, of a tensor that is stored quantized or in blocks. */
  readonly storedBits?: number;
  /** linear and conv: weight of a GEMM; other: everything else (embedding tables can still be quantized). */
  readonly role: 'linear' | 'conv' | 'other';
  /** True when stored input-major, [k, n]. */
  readonly transposed: boolean;
  /** How it lies as a matrix of blocks * n rows and k columns. */
  readonly layout?: WeightLayout;
  /** Why it cannot be quantized. */
  readonly reason?: string;
}

/** What a reader of one file format provides. */
export interface StoredTensors {
  readonly tensors: readonly TensorInfo[];
  /** The graph, when the file holds one: it can be run as a workload. */
  readonly graph?: OnnxGraph;
  /** The keys of a GGUF file, which hold the configuration of its model. */
  readonly metadata?: GgufMetadata;
  /** float32 values in stored order. */
  readFloats(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}
