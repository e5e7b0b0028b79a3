/** What a scheme chooses, as the functions of this folder take it. */
import type { Rewrite } from '../decoder/rewrites/rewrite.js';

/** A quantizer with its options as the user wrote them. */
export interface QuantizerChoice {
  readonly quantizer: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A quantizer for some rows of a matrix. */
export interface RowChoice extends QuantizerChoice {
  /** In ascending order. */
  readonly rows: Int32Array;
}

/** A quantizer for a matrix, or for those of its rows that have none of their own. */
export interface ProductChoice extends QuantizerChoice {
  /** Rows with another quantizer, each in one block at most; absent: none. */
  readonly rowBlocks?: readonly RowChoice[];
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
  readonly weightAt?: (name: string) => ProductChoice | undefined;
  /** Tokens of the calibration text; only needed by methods that look at activations, and for output errors. */
  readonly calibration?: Int32Array;
  /** Told before each product. */
  readonly progress?: (done: number, count: number, product: string) => void;
}
