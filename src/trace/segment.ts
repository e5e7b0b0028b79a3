/** Layers of one phase: what a workload is for a device, whatever its kind. */
import type { LayerTrace } from './layer-trace.js';

/** Phase that layers belong to; an accelerator may have an array of its own for each. */
export type ArrayPhase = 'prefill' | 'decode';

/** Layers of one phase; without a phase they run on the base array. */
export interface Segment {
  readonly phase?: ArrayPhase;
  readonly layers: readonly LayerTrace[];
}
