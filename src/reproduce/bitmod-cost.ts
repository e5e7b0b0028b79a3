/** Cycles and energy of one network on one system of BitMoD's figures, under a convention for its attention. */
import type { AcceleratorConfig } from '../accelerator/accelerator-config.js';
import { arrayOf, energyTable, sramCosts } from '../accelerator/array-design.js';
import { layerRoofline, rooflineActivity } from '../accelerator/timing/layer-roofline/layer-roofline.js';
import { rooflineHardware } from '../accelerator/timing/layer-roofline/hardware.js';
import { energyOf, type EnergyTable } from '../energy/breakdown.js';
import { LowbitError, unknownName } from '../lowbit-error.js';
import { scaleActivity } from '../trace/scale-activity.js';
import { bitmodGemms, networkOf, type AttentionConvention, type BitmodTask, type Network } from './bitmod-workload.js';
import type { PublishedWorkload } from './published-table.js';
import type { ReproductionInputs } from './reproduction.js';

const PJ_PER_UJ = 1e6;
type System = PublishedWorkload['systems'][string];

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
 * Costs of the cells, each computed once; `workload` says what each system runs on and at how many bits.
 * Throws LowbitError for an unknown system, a model or an accelerator that is missing or no decoder, bits that are missing, or an accelerator without an energy.
 */
export function bitmodCosts(inputs: ReproductionInputs, workload: PublishedWorkload, attention: AttentionConvention): BitmodCostOf {
  const costs = new Map<string, BitmodCost>();
  const accelerators = new Map<string, Accelerator>();
  const accelerator = (name: string): Accelerator => {
    const config = own(inputs.hardware, name, 'accelerator');
    const known = accelerators.get(name) ?? { config, table: tableOf(config, inputs) };
    accelerators.set(name, known);
    return known;
  };
  return (task, model, name) => {
    const system = own(workload.systems, name, 'system of BitMoD');
    const key = `${task} ${model} ${name}`;
    let cost = costs.get(key);
    if (cost === undefined) {
      const net = networkOf(own(inputs.models, model, "network of BitMoD's figures"));
      const bits = { weight_bits: weightBits(system, task, model), kv_bits: system.kv_bits };
      costs.set(key, (cost = costOf({ task, net, ...bits }, accelerator(system.accelerator), attention)));
    }
    return cost;
  };
}

interface Accelerator {
  readonly config: AcceleratorConfig;
  readonly table: EnergyTable;
}

interface CostSetting {
  readonly task: BitmodTask;
  readonly net: Network;
  readonly weight_bits: number;
  readonly kv_bits: number;
}

function tableOf(config: AcceleratorConfig, { sramTable }: ReproductionInputs): EnergyTable {
  return energyTable(config, { sram: sramCosts(config, sramTable), timing: layerRoofline, leakage_mW: null });
}

/** The entry of a name, which must be there. */
function own<T>(record: Readonly<Record<string, T>>, name: string, what: string): T {
  const entry = Object.hasOwn(record, name) ? record[name] : undefined;
  if (entry === undefined) throw unknownName(what, name, Object.keys(record));
  return entry;
}

function weightBits({ weight_bits }: System, task: BitmodTask, model: string): number {
  const bits = own(weight_bits, task, 'task with weight bits');
  return typeof bits === 'number' ? bits : own(bits, model, 'model with weight bits');
}

function costOf(setting: CostSetting, { config, table }: Accelerator, attention: AttentionConvention): BitmodCost {
  const timed = rooflineHardware(config, arrayOf(config, setting.task === 'discriminative' ? 'prefill' : 'decode'));
  let cycles = 0;
  let onchip_pJ = 0;
  let dram_pJ = 0;
  for (const { charge, count } of bitmodGemms({ ...setting, timed }, attention)) {
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
