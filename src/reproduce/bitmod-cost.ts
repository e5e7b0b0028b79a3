/** Cycles and energy of one network on one system of BitMoD's figures, under a convention for its attention. */
import type { AcceleratorConfig } from '../accelerator/accelerator-config.js';
import { energyTable, sramCosts, timedHardware } from '../accelerator/array-design.js';
import { layerRoofline, rooflineActivity } from '../accelerator/timing/layer-roofline.js';
import { energyOf, type EnergyTable } from '../energy/breakdown.js';
import type { SramTable } from '../energy/sram.js';
import { LowbitError, unknownName } from '../lowbit-error.js';
import { scaleActivity } from '../trace/scale-activity.js';
import {
  bitmodGemms,
  bitmodNetworks,
  bitmodSystems,
  type AttentionConvention,
  type BitmodSystem,
  type BitmodTask,
} from './bitmod-workload.js';

const PJ_PER_UJ = 1e6;
const models = Object.keys(bitmodNetworks);

export interface BitmodCost {
  readonly cycles: number;
  /** PE and SRAM. */
  readonly onchip_uJ: number;
  /** PE, SRAM and DRAM. */
  readonly total_uJ: number;
}

/** Cost of a cell of the figures. */
export type BitmodCostOf = (task: BitmodTask, model: string, system: string) => BitmodCost;

/**
 * Costs of the cells, each computed once. `hardware` holds the accelerators by name.
 * Throws LowbitError for an unknown system, or an accelerator that is missing or lacks an energy.
 */
export function bitmodCosts(
  hardware: Readonly<Record<string, AcceleratorConfig>>,
  sramTable: SramTable,
  attention: AttentionConvention,
): BitmodCostOf {
  const costs = new Map<string, BitmodCost>();
  const accelerators = new Map<string, Accelerator>();
  const accelerator = (name: string): Accelerator => {
    const config = hardware[name];
    if (config === undefined) throw unknownName('accelerator', name, Object.keys(hardware));
    const known = accelerators.get(name) ?? {
      config,
      table: energyTable(config, { sram: sramCosts(config, sramTable), timing: layerRoofline, leakage_mW: null }),
    };
    accelerators.set(name, known);
    return known;
  };
  return (task, model, system) => {
    const column = bitmodSystems[system];
    if (column === undefined) throw unknownName('system of BitMoD', system, Object.keys(bitmodSystems));
    const key = `${task} ${model} ${system}`;
    let cost = costs.get(key);
    if (cost === undefined) costs.set(key, (cost = costOf({ task, model, column }, accelerator(column.hardware), attention)));
    return cost;
  };
}

interface Accelerator {
  readonly config: AcceleratorConfig;
  readonly table: EnergyTable;
}

function costOf(
  { task, model, column }: { task: BitmodTask; model: string; column: BitmodSystem },
  { config, table }: Accelerator,
  attention: AttentionConvention,
): BitmodCost {
  const timed = timedHardware(config, task === 'discriminative' ? 'prefill' : 'decode');
  const weight_bits = column.weight_bits[task][models.indexOf(model)] as number;
  let cycles = 0;
  let onchip_pJ = 0;
  let dram_pJ = 0;
  for (const { charge, count } of bitmodGemms({ model, task, weight_bits, kv_bits: column.kv_bits, timed }, attention)) {
    const activity = scaleActivity(rooflineActivity(timed, charge, charge.m * charge.n * charge.k * charge.gemms), count);
    const { pe, sram, dram } = energyOf(activity, table);
    if (pe === null || sram === null || dram === null)
      throw new LowbitError('an accelerator of BitMoD needs its PE, SRAM and DRAM energy', { value: config.name });
    cycles += activity.cycles.total;
    onchip_pJ += pe + sram;
    dram_pJ += dram;
  }
  return { cycles, onchip_uJ: onchip_pJ / PJ_PER_UJ, total_uJ: (onchip_pJ + dram_pJ) / PJ_PER_UJ };
}
