/**
 * How far objectives may be off where a design states how far its model is (`errorBars` of the accelerator): the lowest and highest value of each
 * objective over the corners of the box latency * (1 +- e), energy * (1 +- e), area * (1 +- e). Exact for objectives that rise or fall in each of the three.
 * Columns follow by what they are made of; counts (MACs, bytes, PEs) and shares are as they are.
 */
import type { ColumnProgram } from '../plan/column-program.js';
import type { ObjectivePlan } from '../plan/sweep-plan.js';

/** Powers of latency, energy and area that a column is proportional to. */
const powersOf: Readonly<Record<string, readonly [latency: number, energy: number, area: number]>> = Object.freeze({
  latency_cycles: [1, 0, 0],
  latency_s: [1, 0, 0],
  compute_cycles: [1, 0, 0],
  laneStall_cycles: [1, 0, 0],
  dequant_cycles: [1, 0, 0],
  dramStall_cycles: [1, 0, 0],
  fill_cycles: [1, 0, 0],
  drain_cycles: [1, 0, 0],
  sync_cycles: [1, 0, 0],
  launch_cycles: [1, 0, 0],
  energy_pJ: [0, 1, 0],
  energy_J: [0, 1, 0],
  pe_pJ: [0, 1, 0],
  sram_pJ: [0, 1, 0],
  memory_pJ: [0, 1, 0],
  dequantization_pJ: [0, 1, 0],
  vector_pJ: [0, 1, 0],
  static_pJ: [0, 1, 0],
  area_mm2: [0, 0, 1],
  pe_mm2: [0, 0, 1],
  decoders_mm2: [0, 0, 1],
  vectorUnit_mm2: [0, 0, 1],
  buffers_mm2: [0, 0, 1],
  power_W: [-1, 1, 0],
  edp_Js: [1, 1, 0],
  TOPS: [-1, 0, 0],
  TOPS_W: [0, -1, 0],
  TOPS_mm2: [-1, 0, -1],
  utilization: [-1, 0, 0],
});

interface BoundSource {
  readonly columns: ReadonlyMap<string, Float64Array>;
  /** Relative errors of latency, energy and area by row. */
  readonly off: readonly Float64Array[];
  readonly objectives: readonly Float64Array[];
  readonly run: (program: ColumnProgram, columns: (name: string) => Float64Array) => Float64Array;
}

/** Low and high end of each objective by row. */
export function errorBounds(
  objectives: readonly ObjectivePlan[],
  { columns, off, objectives: values, run }: BoundSource,
): { readonly low: Float64Array; readonly high: Float64Array }[] {
  const moving = off.map((errors) => errors.some((error) => error > 0));
  return objectives.map(({ program }, o) => {
    const low = values[o]!.slice();
    const high = values[o]!.slice();
    for (let corner = 0; corner < 8; corner++) {
      // The corner of a side that nothing moves is that of the others.
      if (moving.some((moves, side) => !moves && ((corner >> side) & 1) === 1)) continue;
      const there = run(program, (name) => atCorner(columns.get(name)!, powersOf[name] ?? [0, 0, 0], off, corner));
      for (let row = 0; row < low.length; row++) {
        low[row] = Math.min(low[row]!, there[row]!);
        high[row] = Math.max(high[row]!, there[row]!);
      }
    }
    return { low, high };
  });
}

function atCorner(column: Float64Array, powers: readonly number[], off: readonly Float64Array[], corner: number): Float64Array {
  const moved = column.slice();
  powers.forEach((power, side) => {
    if (power === 0) return;
    const sign = ((corner >> side) & 1) === 1 ? 1 : -1;
    const errors = off[side]!;
    for (let row = 0; row < moved.length; row++) {
      const factor = 1 + sign * errors[row]!;
      moved[row] = power > 0 ? moved[row]! * factor : moved[row]! / factor;
    }
  });
  return moved;
}
