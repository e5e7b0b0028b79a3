/** A hardware design as commands use it, whatever its kind: its name, what a workload must know of it, and how to simulate it. */
import type { Versions } from '../../config/model-versions.js';
import type { SmTimeline } from '../../gpu/timeline/sm-timeline.js';
import type { LayerTrace } from '../../trace/layer-trace.js';
import type { OperandDefaults } from '../../trace/layers-csv.js';
import type { Segment } from '../../trace/segment.js';
import type { SimulationResult } from '../../trace/simulation-result.js';

/** What a workload must know of the hardware it is for. */
export interface WorkloadHardware {
  /** Formats of operands that the workload does not name. */
  readonly operandDefaults: OperandDefaults;
  /** Whether softmax, norms and elementwise work belong into the workload. */
  readonly hasVectorWork: boolean;
}

export interface Design extends WorkloadHardware {
  readonly name: string;
  readonly notes: readonly string[];
  /** Model versions of the mechanisms behind its results. */
  versions(): Versions;
  simulate(segments: readonly Segment[], model_bytes: number | undefined): Omit<SimulationResult, 'workload'>;
  /** A GEMM on the event-driven timeline, where the design has one; undefined: the layer has no tiles. */
  timeline?(layer: LayerTrace): { readonly time_s: number; readonly timeline: SmTimeline } | undefined;
}
