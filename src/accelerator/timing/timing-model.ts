/**
 * Contract of a timing model: (accelerator, array in force) -> machine; (machine, layer) -> LayerActivity. Pure, and without a joule in it.
 * What it counts it counts for one instance of the layer; `repeat` is applied by the caller.
 */
import type { z } from 'zod';
import type { LayerActivity } from '../../trace/layer-activity.js';
import type { EnergyPart } from '../../trace/simulation-result.js';
import type { LayerKind, LayerTrace } from '../../trace/layer-trace.js';
import type { Term } from '../../trace/term.js';
import type { ProcessingElement } from '../../pe/processing-element.js';
import type { ActivityColumns } from '../activity-columns.js';
import type { AcceleratorConfig, ArrayShape, BufferName } from '../accelerator-config.js';

/** Parts of a description that only some timing models read; one that is given to another is refused, never ignored. */
export type OptionalPart = 'dataflow' | 'buffers.output' | 'cores' | 'dequantization';

/** Widest access of each buffer in bits: what it is built for. A buffer without an entry does not exist on this machine. */
export type BufferPorts = Readonly<Partial<Record<BufferName, number>>>;

/** One array under a timing model, ready for layers. */
export interface TimedMachine {
  readonly ports: BufferPorts;
  /** Throws LowbitError for a layer it cannot take: a format the PE refuses, a tile no buffer holds. */
  activity(layer: LayerTrace): LayerActivity;
  /** The same cycles and accesses, term by term. */
  explain(layer: LayerTrace): Term[];
  /** What it took for granted about a layer for lack of statistics; said once for all layers it is true of. */
  notes?(layer: LayerTrace): readonly string[];
}

/** What a machine may ask for while it chooses between mappings. */
export interface MachineContext {
  /** Energy of an activity by the tables of the design; null: a part of it is unknown. */
  energy_pJ(activity: LayerActivity): number | null;
}

/** Layers made ready once for machines of one PE that differ in their numbers. */
export interface LayerBatch {
  /** Writes what `machine(hardware, array).activity` gives for each layer, to the last bit, into rows `from` onwards. Allocates nothing. */
  fill(hardware: AcceleratorConfig, array: ArrayShape, into: ActivityColumns, from: number): void;
}

export interface TimingModel {
  /** Key in `timings` and in `timing` of an accelerator. */
  readonly name: string;
  /** Raised when a rule changes; part of the configuration hash. */
  readonly modelVersion: number;
  readonly description: string;
  readonly source: string;
  /** It chooses among mappings, so that an activity is worth keeping. */
  readonly searches?: true;
  /** Kinds of layers it charges; layers of other kinds are listed as left out. */
  readonly charges: readonly LayerKind[];
  /** Energy parts this rung leaves out, with the reason. */
  readonly excludedEnergy: readonly { readonly part: EnergyPart; readonly reason: string }[];
  /** Optional parts of a description it cannot do without, and those it reads when they are there. */
  readonly needs: readonly OptionalPart[];
  readonly reads: readonly OptionalPart[];
  /** Shape and defaults of `timingOptions`. */
  readonly options: z.ZodType<object>;
  /** The layers of one phase for many machines; absent: layers are charged one by one by a machine each. */
  batch?(layers: readonly LayerTrace[], pe: ProcessingElement): LayerBatch;
  /** The machine of one array. Throws LowbitError for an unknown PE model. */
  machine(hardware: AcceleratorConfig, array: ArrayShape, context: MachineContext): TimedMachine;
}
