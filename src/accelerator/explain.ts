/**
 * Every term of a layer's cycles and picojoules: formula, the same with numbers, value, unit, source.
 * Each `numbers` is an expression that evaluates to `value`, so the result can be recomputed from the terms alone.
 */
import type { EnergyTable } from '../energy/breakdown.js';
import type { AccessCost } from '../energy/sram.js';
import { energyOf } from '../energy/breakdown.js';
import { LowbitError } from '../lowbit-error.js';
import type { LayerActivity } from '../trace/layer-activity.js';
import type { LayerTrace } from '../trace/layer-trace.js';
import type { ArrayPhase } from '../trace/segment.js';
import { scaleActivity } from '../trace/scale-activity.js';
import { energyParts } from '../trace/simulation-result.js';
import type { Term } from '../trace/term.js';
import type { AcceleratorConfig } from './accelerator-config.js';
import { energyTable, machineOf, sramCosts, SRAM_SOURCE } from './array-design.js';
import { physicalDesign } from './physical-design.js';
import type { SimulationContext } from './simulate.js';
import { vectorCharges, vectorMachine } from './vector-unit.js';
import { timingNamed } from './timing/index.js';

/** Terms of one result row (all `repeat` identical layers); no sum of energies while a part is unknown. Throws LowbitError for a layer the timing model does not charge. */
export function explainLayer(
  hardware: AcceleratorConfig,
  layer: LayerTrace,
  phase: ArrayPhase | undefined,
  context: SimulationContext,
): Term[] {
  const timing = timingNamed(hardware.timing, `${hardware.name}: timing`);
  const vector = vectorCharges(hardware);
  if (!timing.charges.includes(layer.kind) && !vector.includes(layer.kind)) {
    throw new LowbitError(`${timing.name} does not charge this kind of layer`, {
      value: layer.kind,
      place: layer.name,
      allowed: [...timing.charges, ...vector],
    });
  }
  const { leakage_mW } = physicalDesign(hardware, context.sramTable);
  const table = energyTable(hardware, { sram: sramCosts(hardware, context.sramTable), timing, leakage_mW });
  const array = machineOf(hardware, phase, { energy_pJ: (activity) => energyOf(activity, table).total });
  const machine = vector.includes(layer.kind) ? vectorMachine(hardware, array.ports) : array;
  const one = machine.activity(layer);
  const activity = scaleActivity(one, layer.repeat);
  return [
    ...machine.explain(layer),
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
    ...dequantTerms(hardware, activity, table),
    ...vectorTerms(hardware, activity, table),
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
      formula: 'PE steps charged (idle PEs as the timing model counts them) * identical layers * PE energy * layout factor',
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

function readTerm(buffer: string, reads: number, cost: AccessCost): Term {
  return {
    name: `${buffer} buffer read energy`,
    formula: `tiles * identical layers * read energy at a bus of ${cost.bus_bits} bits`,
    numbers: `${reads} * ${cost.read_pJ}`,
    value: reads * cost.read_pJ,
    unit: 'pJ',
    source: SRAM_SOURCE,
  };
}

function writeTerm(buffer: string, access: LayerActivity['sram'][string], count: number, cost: AccessCost): Term {
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
  const { dramRead_pJPerBit: read_pJ, dramWrite_pJPerBit: write_pJ } = table;
  if (typeof read_pJ !== 'number' || typeof write_pJ !== 'number') return [];
  return [
    {
      name: 'dram energy',
      formula: '(bytes read * read energy per bit + bytes written * write energy per bit) * identical layers * 8',
      numbers: `(${one.dramRead_bytes} * ${read_pJ} + ${one.dramWrite_bytes} * ${write_pJ}) * ${count} * 8`,
      value: (one.dramRead_bytes * read_pJ + one.dramWrite_bytes * write_pJ) * count * 8,
      unit: 'pJ',
      source: hardware.dram.source,
    },
  ];
}

function dequantTerms(hardware: AcceleratorConfig, activity: LayerActivity, table: EnergyTable): Term[] {
  const energy_pJ = table.dequant_pJPerOperation;
  if (typeof energy_pJ !== 'number' || hardware.dequantization === undefined) return [];
  return [
    {
      name: 'dequantization energy',
      formula: 'multiplications by a scale * energy of one',
      numbers: `${activity.dequant_operations} * ${energy_pJ}`,
      value: activity.dequant_operations * energy_pJ,
      unit: 'pJ',
      source: hardware.dequantization.source,
    },
  ];
}

function vectorTerms({ vectorUnit }: AcceleratorConfig, activity: LayerActivity, table: EnergyTable): Term[] {
  const { vector_operations = 0 } = activity;
  if (vectorUnit === undefined || vector_operations === 0 || typeof table.vector_pJPerOperation !== 'number') return [];
  return [
    {
      name: 'vector energy',
      formula: 'vector operations of all identical layers * energy per operation',
      numbers: `${vector_operations} * ${table.vector_pJPerOperation}`,
      value: vector_operations * table.vector_pJPerOperation,
      unit: 'pJ',
      source: vectorUnit.source,
    },
  ];
}

function staticTerms(activity: LayerActivity, table: EnergyTable): Term[] {
  return table.standing.flatMap(({ name, pJPerCycle, source }) =>
    typeof pJPerCycle !== 'number'
      ? []
      : [
          {
            name,
            formula: 'energy per cycle * cycles',
            numbers: `${pJPerCycle} * ${activity.cycles.total}`,
            value: pJPerCycle * activity.cycles.total,
            unit: 'pJ',
            source,
          },
        ],
  );
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
