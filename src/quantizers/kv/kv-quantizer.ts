/**
 * Contract of a quantizer of key-value caches. Keys and values of one layer arrive as matrices [tokens, kvHeads * headDim], row t = token t.
 * What a query reads depends on its time: groups along tokens are only coded when they are full, and recent tokens may stay exact. Both are
 * said by `exactFrom`: the query at token t reads coded rows 0 .. exactFrom(t) - 1 and exact rows from there to t. A coded row never changes.
 */
import type { Matrix } from '../../numeric/matrix.js';
import type { Method } from '../method.js';

/** How the heads of a cache lie in its rows. */
export interface CacheShape {
  readonly kvHeads: number;
  readonly headDim: number;
}

/** One side of a cache as attention reads it back. */
export interface CodedCache {
  /** float32 values read back from the codes, [tokens, kvHeads * headDim]; rows that are never coded hold the exact values. */
  readonly values: Matrix;
  /** First row the query at token t reads exactly: 0 .. t + 1 (t + 1: nothing is exact, its own row included). */
  exactFrom(t: number): number;
}

/** Stored bytes of one layer by part, at a length. */
export interface CacheBytes {
  readonly codes: number;
  /** Scales, zero points, selectors. */
  readonly side: number;
  /** Tokens and outliers kept at 16 bits. */
  readonly exact: number;
}

/** Codes keys and values. */
export interface KvQuantizer<Options extends object = object> extends Method<Options> {
  /** Name of the operand format of the codes; how many bits everything takes follows from `bytes`. */
  formatName(options: Options): string;
  /** Whether keys are coded before the rotary embedding is applied (it is applied after reading them back). */
  preRotaryKeys(options: Options): boolean;
  /** Keys as attention reads them back. */
  keys(keys: Matrix, shape: CacheShape, options: Options): CodedCache;
  /** Values as attention reads them back. */
  values(values: Matrix, shape: CacheShape, options: Options): CodedCache;
  /** Bytes of keys and values together of one layer and one sequence of that many tokens. */
  bytes(tokens: number, shape: CacheShape, options: Options): CacheBytes;
}
