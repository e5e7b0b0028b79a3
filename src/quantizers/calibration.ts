/**
 * What a quantizer may know of the inputs its matrix meets: sums over T tokens of the K input channels, y = W x with W [N, K].
 * Gathered in float64 and stored in float32, so that the order of the tokens does not show; the tokens are those of the calibration text.
 */
import type { Matrix } from '../numeric/matrix.js';

/** The parts of a calibration a method can ask for. */
export type CalibrationPart = 'channels' | 'hessian' | 'samples';

/** Inputs of one matrix (or of several that share their input). */
export interface Calibration {
  /** T, how many tokens were seen. */
  readonly tokens: number;
  readonly channels: ChannelStatistics;
  /** H = 2/T sum x x', K x K, symmetric; when asked for. */
  readonly hessian?: Matrix;
  /** Inputs of some of the tokens, spread evenly over the text, [at most 512, K]; when asked for. */
  readonly samples?: Matrix;
}

/** One number per input channel, K each. */
export interface ChannelStatistics {
  /** mean over tokens of |x|. */
  readonly meanAbs: Float32Array;
  /** max over tokens of |x|. */
  readonly maxAbs: Float32Array;
  /** sum over tokens of x^2. */
  readonly squareSum: Float64Array;
}
