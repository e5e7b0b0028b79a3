/**
 * Area and leakage of an accelerator's buffers and PEs.
 * A buffer is built once for the widest bus any of its arrays asks for, at the PE model's widest weight or widest activation.
 * The array counts as the largest of the phases' shapes (they are the same PEs, wired differently).
 */
import { peArea_mm2, type AreaParts } from '../energy/area.js';
import type { SramTable } from '../energy/sram.js';
import { sramCosts, timedHardware } from './array-design.js';
import type { AcceleratorConfig } from './accelerator-config.js';
import { busBits } from './bus-width.js';

export interface PhysicalDesign {
  readonly area_mm2: AreaParts;
  /** Leakage of both buffers; null: unknown. */
  readonly leakage_mW: number | null;
  /** Why the area or leakage of a buffer is unknown. */
  readonly unknown: readonly string[];
}

/** Area by part and leakage of the design, over the arrays of all its phases. */
export function physicalDesign(hardware: AcceleratorConfig, table: SramTable): PhysicalDesign {
  const sram = sramCosts(hardware, table);
  const timed = timedHardware(hardware);
  const arrays = [hardware.array, hardware.arrayByPhase?.prefill, hardware.arrayByPhase?.decode].filter((array) => array !== undefined);
  const widest = (bits: (array: AcceleratorConfig['array']) => number): number => Math.max(...arrays.map(bits));
  const weightBus_bits = widest(({ rows }) => busBits(timed, timed.pe.widestWeight_bits, rows));
  const activationBus_bits = widest(({ columns }) => busBits(timed, timed.pe.widestActivation_bits, columns));
  const weight = sram.at('weight', weightBus_bits);
  const activation = sram.at('activation', activationBus_bits);
  const pes = widest(({ rows, columns }) => rows * columns);
  return {
    area_mm2: {
      pe: hardware.pe.area_um2 === null ? null : peArea_mm2(pes, hardware.pe.area_um2),
      weightBuffer: weight?.area_mm2 ?? null,
      activationBuffer: activation?.area_mm2 ?? null,
    },
    leakage_mW: weight === null || activation === null ? null : weight.leakage_mW + activation.leakage_mW,
    unknown: sram.unknown,
  };
}
