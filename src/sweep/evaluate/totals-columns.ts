/**
 * The result columns of a sweep (rows/result-columns.ts) from what is known of a point. A column says what it needs, so that nothing else is worked
 * out; NaN is unknown or excluded.
 */
import type { AcceleratorConfig } from '../../accelerator/accelerator-config.js';
import { peCount } from '../../accelerator/array-design.js';
import type { ColumnSums } from '../../accelerator/column-sums.js';
import { energyDelay_Js, power_W, tops, topsPerWatt } from '../../energy/rates.js';
import type { CycleCause } from '../../trace/layer-activity.js';
import { cycles, cyclesToSeconds, megahertz, picojoules, picojoulesToJoules } from '../../units/quantity.js';
import type { Physical } from './point-costs.js';

/** One point; filled anew for each. */
export interface PointTotals {
  readonly sums: ColumnSums;
  /** undefined: a GPU. */
  hardware: AcceleratorConfig | undefined;
  physical: Physical | undefined;
  latency_s: number;
  energy_J: number;
  model_bytes: number;
  weight_bits: number;
  weight_sqnr_dB: number;
}

/** What is worked out only when a column asks for it. */
export type Need = 'energy' | 'area' | 'causes' | 'utilization' | 'sqnr';

export interface TotalsColumn {
  readonly needs: readonly Need[];
  of(point: PointTotals): number;
}

const column = (needs: readonly Need[], of: (point: PointTotals) => number): TotalsColumn => ({ needs, of });
const causeOf = (cause: CycleCause): TotalsColumn => column(['causes'], ({ sums }) => sums.cycles[cause]);
const areaOf = (part: string): TotalsColumn => column(['area'], ({ physical }) => physical?.area_mm2[part] ?? NaN);

export const totalsColumns: Readonly<Record<string, TotalsColumn>> = Object.freeze({
  latency_cycles: column([], ({ sums }) => sums.cycles.total),
  latency_s: column([], ({ latency_s }) => latency_s),
  energy_pJ: column(['energy'], ({ sums }) => sums.energy_pJ),
  energy_J: column(['energy'], ({ energy_J }) => energy_J),
  area_mm2: column(['area'], ({ physical }) => physical?.total_mm2 ?? NaN),
  power_W: column(['energy'], ({ energy_J, latency_s }) => power_W(energy_J, latency_s)),
  edp_Js: column(['energy'], ({ energy_J, latency_s }) => energyDelay_Js(energy_J, latency_s)),
  TOPS: column([], ({ sums, latency_s }) => tops(sums.macs, latency_s)),
  TOPS_W: column(['energy'], ({ sums, energy_J }) => topsPerWatt(sums.macs, energy_J)),
  TOPS_mm2: column(['area'], ({ sums, latency_s, physical }) => tops(sums.macs, latency_s) / (physical?.total_mm2 ?? NaN)),
  utilization: column(['utilization'], ({ sums }) => sums.utilization),
  macs: column([], ({ sums }) => sums.macs),
  dram_bytes: column([], ({ sums }) => sums.dram_bytes),
  model_bytes: column([], ({ model_bytes }) => model_bytes),
  compute_cycles: causeOf('compute'),
  laneStall_cycles: causeOf('laneStall'),
  dequant_cycles: causeOf('dequant'),
  dramStall_cycles: causeOf('dramStall'),
  fill_cycles: causeOf('fill'),
  drain_cycles: causeOf('drain'),
  sync_cycles: causeOf('sync'),
  launch_cycles: causeOf('launch'),
  pe_pJ: column(['energy'], ({ sums }) => sums.pe_pJ),
  sram_pJ: column(['energy'], ({ sums }) => sums.sram_pJ),
  memory_pJ: column(['energy'], ({ sums }) => sums.dram_pJ),
  dequantization_pJ: column(['energy'], ({ sums }) => sums.dequant_pJ),
  vector_pJ: column(['energy'], ({ sums }) => sums.vector_pJ),
  static_pJ: column(['energy'], ({ sums }) => sums.static_pJ),
  pe_mm2: areaOf('pe'),
  decoders_mm2: areaOf('decoders'),
  vectorUnit_mm2: areaOf('vectorUnit'),
  buffers_mm2: column(['area'], ({ physical }) => bufferArea_mm2(physical)),
  pes: column([], ({ hardware }) => (hardware === undefined ? NaN : peCount(hardware))),
  array_rows: column([], ({ hardware }) => hardware?.array.rows ?? NaN),
  array_columns: column([], ({ hardware }) => hardware?.array.columns ?? NaN),
  weight_bits: column([], ({ weight_bits }) => weight_bits),
  weight_sqnr_dB: column(['sqnr'], ({ weight_sqnr_dB }) => weight_sqnr_dB),
});

/** Seconds of the sums. Throws RangeError for sums that are no quantities. */
export function setLatency(point: PointTotals, clock_MHz: number): void {
  point.latency_s = cyclesToSeconds(cycles(point.sums.cycles.total), megahertz(clock_MHz));
}

/** Joules of the sums. Throws RangeError for sums that are no quantities. */
export function setEnergy(point: PointTotals): void {
  const { sums } = point;
  point.energy_J = Number.isNaN(sums.energy_pJ) ? NaN : picojoulesToJoules(picojoules(sums.energy_pJ));
}

function bufferArea_mm2(physical: Physical | undefined): number {
  let sum = 0;
  for (const [part, area_mm2] of Object.entries(physical?.area_mm2 ?? {})) if (part.endsWith('Buffer')) sum += area_mm2 ?? NaN;
  return sum;
}
