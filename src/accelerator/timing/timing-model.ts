/**
 * Contract of a timing model: (array in force, layer) -> LayerActivity. Pure, and without a joule in it.
 * What it counts it counts for one instance of the layer; `repeat` is applied by the caller.
 */
import type { ProcessingElement } from '../../pe/processing-element.js';
import type { LayerActivity } from '../../trace/layer-activity.js';
import type { LayerKind, LayerTrace } from '../../trace/layer-trace.js';
import type { Term } from '../../trace/term.js';

/** The part of an accelerator that timing depends on, with the array of the phase in force. */
export interface TimedHardware {
  readonly rows: number;
  readonly columns: number;
  /** Weights multiplied per PE step. */
  readonly dotSize: number;
  readonly pe: Pick<ProcessingElement, 'bitSerial' | 'terms'>;
  readonly weightBuffer_bytes: number;
  readonly activationBuffer_bytes: number;
  readonly dram_bitsPerCycle: number;
}

export interface TimingModel {
  /** Key in `timings` and in `timing` of an accelerator. */
  readonly name: string;
  /** Raised when a rule changes; part of the configuration hash. */
  readonly modelVersion: number;
  readonly description: string;
  readonly source: string;
  /** Kinds of layers it charges; layers of other kinds are listed as left out. */
  readonly charges: readonly LayerKind[];
  /** Energy parts this rung leaves out, with the reason. */
  readonly excludedEnergy: readonly { readonly part: 'dequant'; readonly reason: string }[];
  activity(hardware: TimedHardware, layer: LayerTrace): LayerActivity;
  /** The same cycles and accesses, term by term. */
  explain(hardware: TimedHardware, layer: LayerTrace): Term[];
}
