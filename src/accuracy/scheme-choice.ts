/** What a scheme chooses, as the functions of this folder take it. */
import type { Rewrite } from '../decoder/rewrites/rewrite.js';

/** A quantizer with its options as the user wrote them. */
export interface QuantizerChoice {
  readonly quantizer: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A rewrite with its options, validated. */
export interface RewriteChoice {
  readonly rewrite: Rewrite;
  readonly options: object;
}

/** What is done to the weights of a model. */
export interface QuantizeModelRequest {
  readonly rewrites?: readonly RewriteChoice[];
  /** Absent: weights stay as they are. */
  readonly weight?: QuantizerChoice;
  /** Where products differ: the quantizer of one by its name (decoder/product-names.ts), in place of `weight`. */
  readonly weightAt?: (name: string) => QuantizerChoice | undefined;
  /** Tokens of the calibration text; only needed by methods that look at activations, and for output errors. */
  readonly calibration?: Int32Array;
  /** Told before each product. */
  readonly progress?: (done: number, count: number, product: string) => void;
}
