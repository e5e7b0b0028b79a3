/**
 * The layers of a workload made ready for many machines: layers that differ only in name and number are one, charged once and added up as often as
 * they occur. Which layers are charged, and how a PE takes their operands, depends on the timing model, the PE and the vector unit.
 */
import type { AcceleratorConfig } from '../../accelerator/accelerator-config.js';
import { activityColumns, type ActivityColumns } from '../../accelerator/activity-columns.js';
import type { WorkloadRows } from '../../accelerator/column-sums.js';
import { nothingCharged } from '../../accelerator/simulate.js';
import type { ArrayPhase, Segment } from '../../trace/segment.js';
import { timingNamed } from '../../accelerator/timing/index.js';
import type { LayerBatch } from '../../accelerator/timing/timing-model.js';
import { vectorCharges } from '../../accelerator/vector-unit.js';
import { peNamed } from '../../pe/index.js';
import type { LayerTrace } from '../../trace/layer-trace.js';
import { meanWeightBits } from '../../trace/workload/model-bytes.js';
import { resolveScheme, type SchemeConfig } from '../../trace/scheme-config.js';
import { workload } from '../../trace/workload/workload.js';
import type { PointWorkload } from './point-workload.js';

/** A layer that differs from all others of its segment. */
export interface UniqueLayer {
  readonly layer: LayerTrace;
  /** Everything about it but name and number. */
  readonly text: string;
}

/** Unique layers of one phase: those of the array, then those of the vector unit. */
export interface CompiledSegment {
  readonly phase: ArrayPhase | undefined;
  /** First row of its layers in the columns. */
  readonly from: number;
  readonly onArray: readonly UniqueLayer[];
  readonly onVectorUnit: readonly UniqueLayer[];
  /** The layers of the array ready for many machines, where the timing model takes them so. */
  readonly batch: LayerBatch | undefined;
}

export interface CompiledLayers {
  readonly segments: readonly CompiledSegment[];
  readonly rows: WorkloadRows;
  /** Unique layers of all segments. */
  readonly unique: number;
  /** Columns to be filled for one point after another. */
  readonly columns: ActivityColumns;
}

export interface CompiledWorkload {
  readonly segments: readonly Segment[];
  /** Layers it holds. */
  readonly layerCount: number;
  readonly model_bytes: number;
  readonly weight_bits: number;
  readonly scheme: SchemeConfig;
  /** The layers as a design with these mechanisms charges them. Throws LowbitError where it charges none. */
  layersFor(hardware: AcceleratorConfig): CompiledLayers;
}

/** Layers with what they were compiled for. */
interface CompiledFor {
  readonly timing: string;
  readonly pe: string;
  readonly hasVectorUnit: boolean;
  readonly layers: CompiledLayers;
}

/** Throws LowbitError as `workload` does. */
export function compiledWorkload({ model, scheme, request }: PointWorkload): CompiledWorkload {
  const { segments, modelBytes } = workload(model, scheme, request);
  const known: CompiledFor[] = [];
  return {
    segments,
    layerCount: segments.reduce((sum, { layers }) => sum + layers.length, 0),
    model_bytes: modelBytes.weights + modelBytes.kv,
    weight_bits: meanWeightBits(model, resolveScheme(scheme, model.name)),
    scheme,
    layersFor(hardware) {
      const { timing, pe, vectorUnit } = hardware;
      const hasVectorUnit = vectorUnit !== undefined;
      for (const each of known) {
        if (each.timing === timing && each.pe === pe.model && each.hasVectorUnit === hasVectorUnit) return each.layers;
      }
      const layers = compiledLayers(segments, hardware);
      known.push({ timing, pe: pe.model, hasVectorUnit, layers });
      return layers;
    },
  };
}

/** Throws LowbitError where no layer is charged. */
function compiledLayers(segments: readonly Segment[], hardware: AcceleratorConfig): CompiledLayers {
  const timing = timingNamed(hardware.timing, `${hardware.name}: timing`);
  const onVectorUnit = vectorCharges(hardware);
  const pe = peNamed(hardware.pe.model, `${hardware.name}: pe.model`);
  const unique: number[] = [];
  const repeat: number[] = [];
  const segment: number[] = [];
  let from = 0;
  const compiled = segments.map(({ phase, layers }, s): CompiledSegment => {
    const found = { array: new Map<string, UniqueLayer>(), vector: new Map<string, UniqueLayer>() };
    const charged = layers.flatMap((layer) => {
      const on = onVectorUnit.includes(layer.kind) ? 'vector' : timing.charges.includes(layer.kind) ? 'array' : undefined;
      if (on === undefined) return [];
      const text = layerText(layer);
      if (!found[on].has(text)) found[on].set(text, { layer, text });
      return [{ on, text, repeat: layer.repeat }] as const;
    });
    const place = { array: placesOf(found.array, from), vector: placesOf(found.vector, from + found.array.size) };
    for (const row of charged) {
      unique.push(place[row.on].get(row.text)!);
      repeat.push(row.repeat);
      segment.push(s);
    }
    const onArray = [...found.array.values()];
    const first = from;
    from += found.array.size + found.vector.size;
    return {
      phase,
      from: first,
      onArray,
      onVectorUnit: [...found.vector.values()],
      batch: timing.batch?.(
        onArray.map(({ layer }) => layer),
        pe,
      ),
    };
  });
  if (unique.length === 0) throw nothingCharged(timing);
  return {
    segments: compiled,
    rows: { length: unique.length, unique: Int32Array.from(unique), repeat: Float64Array.from(repeat), segment: Int32Array.from(segment) },
    unique: from,
    columns: activityColumns(from),
  };
}

function placesOf(found: ReadonlyMap<string, UniqueLayer>, from: number): ReadonlyMap<string, number> {
  return new Map([...found.keys()].map((text, i) => [text, from + i]));
}

function layerText(layer: LayerTrace): string {
  const { name: _name, repeat: _repeat, ...rest } = layer;
  return JSON.stringify(rest);
}
