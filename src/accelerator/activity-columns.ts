/**
 * Activities of many layers in columns: what LayerActivity says of one layer, one number per layer and quantity. Made once and filled again for
 * every design point, so that a point of a sweep allocates nothing. Counts are those of one instance of a layer; `repeat` is applied in the sums.
 */
import { cycleCauses, type CycleCause, type LayerActivity } from '../trace/layer-activity.js';
import type { BufferName } from './accelerator-config.js';

/** Buffers in the order in which every machine lists them, and energies are added up. */
export const bufferNames = ['weight', 'activation', 'output'] as const satisfies readonly BufferName[];

/** Accesses of one buffer; a layer that makes none has zeros. */
export interface BufferColumns {
  readonly read_accesses: Float64Array;
  readonly write_accesses: Float64Array;
  readonly access_bits: Float64Array;
  readonly write_bits: Float64Array;
}

const quantities = [
  'macs',
  'peSteps',
  'dequant_operations',
  'vector_operations',
  'dramRead_bytes',
  'dramWrite_bytes',
  'utilization',
] as const;

export interface ActivityColumns extends Readonly<Record<(typeof quantities)[number], Float64Array>> {
  readonly cycles: Readonly<Record<'total' | CycleCause, Float64Array>>;
  readonly buffers: Readonly<Record<BufferName, BufferColumns>>;
}

const accesses = ['read_accesses', 'write_accesses', 'access_bits', 'write_bits'] as const;
const COLUMNS = quantities.length + 1 + cycleCauses.length + bufferNames.length * accesses.length;

/** Columns for this many layers, all zero. */
export function activityColumns(length: number): ActivityColumns {
  // One block of memory for all: allocating two dozen would cost more than filling them.
  const block = new Float64Array(length * COLUMNS);
  let next = 0;
  const column = (): Float64Array => block.subarray(next * length, ++next * length);
  const named = <Name extends string>(names: readonly Name[]): Record<Name, Float64Array> =>
    Object.fromEntries(names.map((name) => [name, column()])) as Record<Name, Float64Array>;
  const buffer = (): BufferColumns => named(accesses);
  return {
    ...named(quantities),
    cycles: named(['total', ...cycleCauses]),
    buffers: { weight: buffer(), activation: buffer(), output: buffer() },
  };
}

/** Writes the activity of one layer. */
export function setActivity(columns: ActivityColumns, i: number, activity: LayerActivity): void {
  columns.cycles.total[i] = activity.cycles.total;
  for (const cause of cycleCauses) columns.cycles[cause][i] = activity.cycles[cause];
  columns.macs[i] = activity.macs;
  columns.peSteps[i] = activity.peSteps;
  columns.dequant_operations[i] = activity.dequant_operations;
  columns.vector_operations[i] = activity.vector_operations ?? 0;
  columns.dramRead_bytes[i] = activity.dramRead_bytes;
  columns.dramWrite_bytes[i] = activity.dramWrite_bytes;
  columns.utilization[i] = activity.utilization;
  requireOrder(Object.keys(activity.sram));
  for (const name of bufferNames) {
    const access = activity.sram[name];
    const buffer = columns.buffers[name];
    buffer.read_accesses[i] = access?.read_accesses ?? 0;
    buffer.write_accesses[i] = access?.write_accesses ?? 0;
    buffer.access_bits[i] = access?.access_bits ?? 0;
    buffer.write_bits[i] = access?.write_bits ?? 0;
  }
}

/** Sums of energies depend on their order in the last bit. */
function requireOrder(names: readonly string[]): void {
  const places = names.map((name) => bufferNames.indexOf(name as (typeof bufferNames)[number]));
  if (places.some((place, i) => place <= (i === 0 ? -1 : places[i - 1]!))) {
    throw new Error(`buffers out of the order ${bufferNames.join(', ')}: ${names.join(', ')}`);
  }
}
