/**
 * Contract of a quantizer: (matrix, options, calibration?) -> code words plus the side data needed to read them back.
 * Rows are output channels, columns inputs; groups run along columns and never wrap over a row (a short last group is allowed).
 */
import type { LowbitError } from '../lowbit-error.js';
import type { Matrix } from '../numeric/matrix.js';
import type { Calibration, CalibrationPart } from './calibration.js';
import type { Method } from './method.js';

/** Stored bits per element by part; bitsPerWeight is their sum. */
export interface BitParts {
  /** Code words. */
  readonly payload: number;
  /** Scales, zero points and selectors of groups along K. */
  readonly group: number;
  /** Per output channel. */
  readonly channel: number;
  /** Per tensor. */
  readonly tensor: number;
  /** Values and positions of outliers stored apart. */
  readonly outlier: number;
  /** Low-rank correction. */
  readonly lowRank: number;
  /** Channel permutation. */
  readonly permutation: number;
}

/** Rows are output channels, columns inputs. */
export interface MatrixShape {
  readonly rows: number;
  readonly cols: number;
}

export type SideArray = Float32Array | Uint8Array | Int8Array | Uint16Array | Int32Array;

/** A quantized matrix: code words and everything needed to read them back. */
export interface QuantizedTensor {
  /** Key of the quantizer in `quantizers`. */
  readonly quantizer: string;
  /** Format of the operand as named in traces, e.g. `int4-g128`, `bitmod-fp4-g128`, `mxfp4`. */
  readonly format: string;
  readonly rows: number;
  readonly cols: number;
  /** One code word per element, row-major, unpacked. */
  readonly codes: Uint8Array;
  /** Bits of one code word. */
  readonly codeBits: number;
  /** Elements along K that share a scale; `cols` when per channel; 0 when one scale serves the whole tensor. */
  readonly group: number;
  /** Stored side data by name (scales, zeros, selectors, ...), in the order channel-major, group-minor. */
  readonly side: Readonly<Record<string, SideArray>>;
  /** Bits per element by part. */
  readonly bits: BitParts;
  /** Options after defaults, and choices made for the whole tensor (e.g. ANT's type). */
  readonly choices: Readonly<Record<string, string | number | boolean>>;
  /** Share of groups (or of elements) that chose each datatype, when the quantizer chooses one. */
  readonly datatypeHistogram?: Readonly<Record<string, number>>;
  /** Shares of normal-normal, outlier-normal and outlier-outlier pairs, for pair encodings. */
  readonly outlierPairs?: { readonly normalNormal: number; readonly outlierNormal: number; readonly outlierOutlier: number };
  /** Share of elements whose values are stored apart, for methods that do so; `bits.outlier` is what they take. */
  readonly outlierShare?: number;
}

/** Factors of a low-rank product beside a matrix: y = W x + B (A x), A of rank x K, B of N x rank. */
export interface LowRankFactors {
  readonly rank: number;
  /** Operand format of both. */
  readonly format: string;
}

/** Turns a matrix into code words. */
export interface Quantizer<Options extends object = object> extends Method<Options> {
  /**
   * Name of the operand format stored under these options: `operandFormat` of it states the payload and group bits of every tensor
   * whose groups are whole. A sign left to the data (`auto`) counts as signed.
   */
  formatName(options: Options): string;
  /** Factors it stores beside every matrix; absent: none. */
  lowRank?(options: Options): LowRankFactors | undefined;
  /** What the rows of a matrix have in common under these options (a scale, a datatype, factors); absent: each is stored as it would be alone. */
  rowsShare?(options: Options): string | undefined;
  /** Options that change nothing under these, by name, with the reason. */
  idle?(options: Options): Readonly<Record<string, string>>;
  /** Why no matrix of this shape can be quantized under these options; absent: every shape is taken. */
  refusal?(shape: MatrixShape, options: Options): LowbitError | undefined;
  /**
   * What a matrix of that shape takes, bits per element by part, exactly: `quantize` states the same. A part that its values decide is NaN
   * (of outliers stored apart it is what `outliers` of them take, where their number is given); a sign left to the data counts as signed.
   */
  storedBits(shape: MatrixShape, options: Options, outliers?: number): BitParts;
  /** It refuses NaN, infinities and magnitudes above 2^126 itself, while it scans the values: the scan of `quantize` is left out. */
  readonly checksValues?: true;
  /** What it has to know of the inputs of the matrix; absent: nothing. */
  readonly needs?: readonly CalibrationPart[];
  /** What it makes use of when it is there, and does without otherwise. */
  readonly uses?: readonly CalibrationPart[];
  /** Code words and side data of a matrix of finite values whose shape is not refused; `calibration` holds the parts of `needs`, and those of `uses` when they are known. */
  quantize(tensor: Matrix, options: Options, calibration?: Calibration): QuantizedTensor;
  /** The same with given bits, 4 or 8, for every block of 128 columns: activations whose outlier channels a rewrite gathered (`activationBits`). */
  quantizeBlocks?(tensor: Matrix, options: Options, blockBits: Uint8Array): QuantizedTensor;
  /** float32 values of the stored tensor, row-major. */
  dequantize(quantized: QuantizedTensor): Float32Array;
  /** Shares of elements by number of nonzero bit-serial terms, for the designs that step through them. */
  readonly termHistogram?: (quantized: QuantizedTensor) => number[];
  /** Code words of `values` under the stored scales and selectors: encode(dequantize(q), q) equals q.codes. */
  encode(values: Float32Array, quantized: QuantizedTensor): Uint8Array;
}

export const NO_BITS: BitParts = { payload: 0, group: 0, channel: 0, tensor: 0, outlier: 0, lowRank: 0, permutation: 0 };

/** Stored bits per element: the sum of all parts. */
export function bitsPerWeight(bits: BitParts): number {
  return bits.payload + bits.group + bits.channel + bits.tensor + bits.outlier + bits.lowRank + bits.permutation;
}
