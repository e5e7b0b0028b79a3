/**
 * Contract of a rewrite: a change of a decoder that leaves its float function as it is and makes it easier to quantize (scales moved from
 * activations to weights, rotations, permutations). What cannot be folded into weights stays as steps on the input of a product group.
 */
import type { Matrix } from '../../numeric/matrix.js';
import type { Calibration, CalibrationPart } from '../../quantizers/calibration.js';
import type { Method } from '../../quantizers/method.js';
import type { DecoderModel, GroupSite, InputStep } from '../decoder-model.js';

/** What calibration saw of a model. */
export interface ModelObservations {
  /** Inputs of every product group by its name, after the steps of the group. */
  readonly groups: ReadonlyMap<string, Calibration>;
  /** Largest |k| after the rotary embedding per channel of the keys, one array of kvHeads * headDim per layer. */
  readonly keyMaxAbs: readonly Float32Array[];
  /** Hidden state at the start of every layer, for some whole windows: [windows * window length, hidden] per layer; when asked for. */
  readonly layerInputs?: readonly Matrix[];
  /** Tokens of a window of `layerInputs`. */
  readonly windowLength: number;
}

/** What a rewrite may ask for. */
export interface RewriteContext {
  /** Runs the calibration text through that model, in float32. */
  observe(model: DecoderModel, parts: readonly (CalibrationPart | 'layerInputs')[]): ModelObservations;
  /**
   * The weight quantizer of the scheme for the product of that name on a matrix, read back (round to nearest in place of a method that needs
   * calibration); as it is where the scheme leaves that product in float. Throws LowbitError where it leaves all of them.
   */
  readonly quantizeWeight: (weight: Matrix, product: string) => Float32Array;
}

/** What the steps left at run time depend on besides options. */
export interface OnlineSetting {
  /** Query heads. */
  readonly heads: number;
  /** Input channels of down: inner channels of a feed-forward block, of one expert in a mixture. */
  readonly feedForward: number;
  /** What the rewrites before this one left. */
  readonly before: readonly OnlineStep[];
}

/** A step a rewrite leaves to be done at run time, for traces: how it is called there and where it stands. */
export type OnlineStep = { readonly site: GroupSite } & (
  | { readonly kind: Exclude<InputStep['kind'], 'hadamard'> }
  /** `block`: channels of one transform. */
  | { readonly kind: 'hadamard'; readonly block: number }
);

/** Changes the weights of a decoder and keeps its float function. */
export interface Rewrite<Options extends object = object> extends Method<Options> {
  /** Throws LowbitError for a model it cannot be applied to (a missing norm before a site, a width without a transform), saying why. */
  apply(model: DecoderModel, context: RewriteContext, options: Options): DecoderModel;
  /**
   * Of an input that wide, the share of channels that it marks for 8 bits, for coders of activations in blocks of two precisions (a share of the whole
   * model: the same for every input); NaN: the values decide. Absent: it marks none.
   */
  eightBitShare?(options: Options, channels: number): number;
  /** The steps left at run time; empty when everything is folded. */
  online(options: Options, setting: OnlineSetting): readonly OnlineStep[];
}
