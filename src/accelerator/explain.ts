/**
 * Every term of a layer's cycles and picojoules: formula, the same with numbers, value, unit, source.
 * Each `numbers` is an expression that evaluates to `value`, so the result can be recomputed from the terms alone.
 */
import type { EnergyTable } from '../energy/breakdown.js';
import type { SramCost } from '../energy/sram.js';
import { energyOf } from '../energy/breakdown.js';
import { LowbitError } from '../lowbit-error.js';
import type { LayerActivity } from '../trace/layer-activity.js';
import type { LayerTrace } from '../trace/layer-trace.js';
import { scaleActivity } from '../trace/scale-activity.js';
import { energyParts } from '../trace/simulation-result.js';
import type { Term } from '../trace/term.js';
import type { AcceleratorConfig } from './accelerator-config.js';
import { energyTable, sramCosts, timedHardware, type ArrayPhase } from './array-design.js';
import { physicalDesign } from './physical-design.js';
import { SRAM_SOURCE } from './result-notes.js';
import type { SimulationContext } from './simulate.js';
import { timingNamed } from './timing/index.js';

/** Terms of one result row (all `repeat` identical layers); no sum of energies while a part is unknown. Throws LowbitError for a layer the timing model does not charge. */
export function explainLayer(
  hardware: AcceleratorConfig,
  layer: LayerTrace,
  phase: ArrayPhase | undefined,
  context: SimulationContext,
): Term[] {
  const timing = timingNamed(hardware.timing, `${hardware.name}: timing`);
  if (!timing.charges.includes(layer.kind)) {
    throw new LowbitError(`${timing.name} does not charge this kind of layer`, {
      value: layer.kind,
      place: layer.name,
      allowed: timing.charges,
    });
  }
  const timed = timedHardware(hardware, phase);
  const { leakage_mW } = physicalDesign(hardware, context.sramTable);
  const table = energyTable(hardware, { sram: sramCosts(hardware, context.sramTable), timing, leakage_mW });
  const one = timing.activity(timed, layer);
  const activity = scaleActivity(one, layer.repeat);
  return [
    ...timing.explain(timed, layer),
    {
      name: 'latency',
      formula: 'layer cycles * identical layers',
      numbers: `${one.cycles.total} * ${layer.repeat}`,
      value: activity.cycles.total,
      unit: 'cycles',
      source: hardware.source,
    },
    ...peTerms(hardware, one, layer.repeat, table),
    ...sramTerms(one, layer.repeat, table),
    ...dramTerms(hardware, one, layer.repeat, table),
    ...staticTerms(activity, table),
    ...totalTerm(activity, table),
  ];
}

function peTerms(hardware: AcceleratorConfig, one: LayerActivity, count: number, table: EnergyTable): Term[] {
  const { energy_pJ, layoutFactor, source = hardware.source } = hardware.pe;
  if (energy_pJ === null || typeof table.pe_pJPerStep !== 'number') return [];
  return [
    {
      name: 'pe energy',
      formula: 'rows * columns * compute cycles * identical layers * PE energy * layout factor (idle PEs included)',
      numbers: `${one.peSteps} * ${count} * ${energy_pJ} * ${layoutFactor}`,
      value: one.peSteps * count * table.pe_pJPerStep,
      unit: 'pJ',
      source,
    },
  ];
}

function sramTerms(one: LayerActivity, count: number, table: EnergyTable): Term[] {
  return Object.entries(one.sram).flatMap(([buffer, access]) => {
    if (access.read_accesses + access.write_accesses === 0) return [];
    const cost = table.sramCost(buffer, access.access_bits);
    if (cost === null) return [];
    return [readTerm(buffer, access.read_accesses * count, cost), writeTerm(buffer, access, count, cost)];
  });
}

function readTerm(buffer: string, reads: number, cost: SramCost): Term {
  return {
    name: `${buffer} buffer read energy`,
    formula: `tiles * identical layers * read energy at a bus of ${cost.bus_bits} bits`,
    numbers: `${reads} * ${cost.read_pJ}`,
    value: reads * cost.read_pJ,
    unit: 'pJ',
    source: SRAM_SOURCE,
  };
}

function writeTerm(buffer: string, access: LayerActivity['sram'][string], count: number, cost: SramCost): Term {
  const writes = access.write_accesses * count;
  return {
    name: `${buffer} buffer write energy`,
    formula: 'granules * identical layers * write energy of the bus width * granule bits / bus bits',
    numbers: `${writes} * ${cost.write_pJ} * ${access.write_bits} / ${cost.bus_bits}`,
    value: (writes * cost.write_pJ * access.write_bits) / cost.bus_bits,
    unit: 'pJ',
    source: SRAM_SOURCE,
  };
}

function dramTerms(hardware: AcceleratorConfig, one: LayerActivity, count: number, table: EnergyTable): Term[] {
  if (typeof table.dram_pJPerBit !== 'number') return [];
  return [
    {
      name: 'dram energy',
      formula: '(bytes read + bytes written) * identical layers * 8 * energy per bit',
      numbers: `(${one.dramRead_bytes} + ${one.dramWrite_bytes}) * ${count} * 8 * ${table.dram_pJPerBit}`,
      value: (one.dramRead_bytes + one.dramWrite_bytes) * count * 8 * table.dram_pJPerBit,
      unit: 'pJ',
      source: hardware.dram.source,
    },
  ];
}

function staticTerms(activity: LayerActivity, table: EnergyTable): Term[] {
  if (typeof table.leakage_mW !== 'number') return [];
  return [
    {
      name: 'static energy',
      formula: 'leakage of the buffers * cycles / clock * 1000',
      numbers: `${table.leakage_mW} * ${activity.cycles.total} / ${table.clock_MHz} * 1000`,
      value: ((table.leakage_mW * activity.cycles.total) / table.clock_MHz) * 1000,
      unit: 'pJ',
      source: SRAM_SOURCE,
    },
  ];
}

function totalTerm(activity: LayerActivity, table: EnergyTable): Term[] {
  const energy = energyOf(activity, table);
  if (energy.total === null) return [];
  const known = energyParts.filter((part) => energy[part] !== null);
  return [
    {
      name: 'energy',
      formula: known.join(' + '),
      numbers: known.map((part) => energy[part]).join(' + '),
      value: energy.total,
      unit: 'pJ',
      source: 'sum of the parts, those left out on purpose excepted',
    },
  ];
}
