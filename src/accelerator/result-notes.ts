/** What a result rests on and what it leaves out: constants with their sources, omissions with their reasons, rules taken beyond their source. */
import { namesText } from '../trace/names-text.js';
import type { Constant, LayerResult, Omission } from '../trace/simulation-result.js';
import type { LayerTrace } from '../trace/layer-trace.js';
import type { ProcessingElement } from '../pe/processing-element.js';
import type { AcceleratorConfig } from './accelerator-config.js';
import { SRAM_SOURCE, type SramCosts } from './array-design.js';
import type { PhysicalDesign } from './physical-design.js';
import type { TimingModel } from './timing/timing-model.js';

/** Every number of the hardware that entered the result. Ask after the layers: SRAM costs are those that were looked up. */
export function constantsOf(hardware: AcceleratorConfig, physical: PhysicalDesign, sram: SramCosts): Constant[] {
  const { pe, dram, dequantization, vectorUnit } = hardware;
  const peSource = pe.source ?? hardware.source;
  const constant = (name: string, value: number | null | undefined, unit: string, source: string): Constant[] =>
    value === null || value === undefined ? [] : [{ name, value, unit, source }];
  return [
    ...constant('technology', hardware.technology_nm, 'nm', hardware.source),
    ...constant('clock', hardware.clock_MHz, 'MHz', hardware.source),
    ...constant('pe.energy', pe.energy_pJ, 'pJ per PE and cycle', peSource),
    ...constant('pe.layoutFactor', pe.layoutFactor, '', peSource),
    ...constant('pe.leakage', pe.leakage_pJPerCycle, 'pJ per PE and cycle', peSource),
    ...constant('pe.area', pe.area_um2, 'um2 per PE', peSource),
    ...constant('dram.bandwidth', dram.bandwidth_bitsPerCycle, 'bits per cycle', dram.source),
    ...constant('dram.energy', dram.energy_pJPerBit, 'pJ per bit', dram.source),
    ...constant('dram.writeEnergy', dram.writeEnergy_pJPerBit, 'pJ per bit written', dram.source),
    ...constant('dram.static', dram.static_pJPerCycle, 'pJ per cycle', dram.source),
    ...constant('dequantization', dequantization?.energy_pJPerOperation, 'pJ per multiplication by a scale', dequantization?.source ?? ''),
    ...constant('vectorUnit.lanes', vectorUnit?.lanes, 'operations per cycle', vectorUnit?.source ?? ''),
    ...constant('vectorUnit.energy', vectorUnit?.energy_pJPerOperation, 'pJ per operation', vectorUnit?.source ?? ''),
    ...constant('vectorUnit.area', vectorUnit?.area_um2, 'um2 per lane', vectorUnit?.source ?? ''),
    ...(hardware.decoders ?? []).flatMap(({ name, area_um2, source }) => constant(`decoder ${name}`, area_um2, 'um2', source)),
    ...constant('sram.leakage', physical.leakage_mW, 'mW, all buffers', SRAM_SOURCE),
    ...sram.used.flatMap(({ buffer, bus_bits, cost, source }) => [
      ...constant(`sram.${buffer}.read at ${bus_bits} bits`, cost.read_pJ, 'pJ', source),
      ...constant(`sram.${buffer}.write at ${bus_bits} bits`, cost.write_pJ, 'pJ', source),
    ]),
  ];
}

/** Parts of energy and area without a value, and layers that are not charged, each with its reason. */
export function omissionsOf(
  hardware: AcceleratorConfig,
  timing: TimingModel,
  { physical, sram, uncharged }: { physical: PhysicalDesign; sram: SramCosts; uncharged: readonly LayerTrace[] },
): Omission[] {
  const missing = (part: string, value: number | null, key: string): Omission[] =>
    value === null ? [unknown(part, `${hardware.name} gives no ${key}`)] : [];
  return [
    ...missing('pe', hardware.pe.energy_pJ, 'pe.energy_pJ'),
    ...(hardware.dram.energy_pJPerBit === null
      ? [unknown('dram', `${hardware.name} has no energy per DRAM bit: ${hardware.dram.source}`)]
      : []),
    ...missing('area.pe', hardware.pe.area_um2, 'pe.area_um2'),
    ...sram.unknown.map((reason) => unknown('sram', reason)),
    ...physical.unknown.map((reason) => unknown('area.buffers', reason)),
    ...timing.excludedEnergy.map(({ part, reason }): Omission => ({ part, status: 'excluded', reason })),
    ...dequantOmission(hardware, timing),
    ...vectorOmission(hardware),
    ...staticOmission(hardware, timing, physical),
    unknown(
      'area.other',
      'accumulators, encoders, control, network and DRAM interface have no number in a source; the area is PEs, decoders and buffers',
    ),
    ...unchargedOmissions(timing, uncharged),
  ];
}

function unknown(part: string, reason: string): Omission {
  return { part, status: 'unknown', reason };
}

function dequantOmission({ name, dequantization }: AcceleratorConfig, timing: TimingModel): Omission[] {
  if (timing.excludedEnergy.some(({ part }) => part === 'dequant')) return [];
  if (dequantization === undefined) {
    const reason = `${name} describes no dequantization: PEs multiply scales of groups themselves, scales per channel or tensor cost nothing`;
    return [{ part: 'dequant', status: 'excluded', reason }];
  }
  return dequantization.energy_pJPerOperation === null ? [unknown('dequant', `${name} gives no dequantization.energy_pJPerOperation`)] : [];
}

function vectorOmission({ name, vectorUnit }: AcceleratorConfig): Omission[] {
  if (vectorUnit === undefined) {
    const reason = `${name} describes no vectorUnit: softmax, norms, elementwise work and online quantization cost neither time nor energy`;
    return [{ part: 'vector', status: 'excluded', reason }];
  }
  return [
    ...(vectorUnit.energy_pJPerOperation === null ? [unknown('vector', `${name} gives no vectorUnit.energy_pJPerOperation`)] : []),
    ...(vectorUnit.area_um2 === null ? [unknown('area.vectorUnit', `${name} gives no vectorUnit.area_um2`)] : []),
  ];
}

function staticOmission({ staticEnergy, pe, dram }: AcceleratorConfig, { name }: TimingModel, physical: PhysicalDesign): Omission[] {
  if (staticEnergy === 'sram-leakage') return physical.leakage_mW === null ? [unknown('static', physical.unknown.join('; '))] : [];
  const charged = pe.leakage_pJPerCycle !== undefined || dram.static_pJPerCycle !== undefined;
  const reason = `${name} leaves the leakage of the buffers out${charged ? ' of the static energy' : ''}; staticEnergy: sram-leakage charges it`;
  return [{ part: 'static', status: 'excluded', reason }];
}

/** Weights wider than the PE is published for are charged by its rule all the same; a note per width says so. */
export function wideWeightNotes(pe: ProcessingElement, layers: readonly LayerResult[]): string[] {
  const wide = layers.map(({ trace }) => ({ name: trace.name, bits: trace.weight.payload_bitsPerElement }));
  const widths = [...new Set(wide.map(({ bits }) => bits).filter((bits) => bits > pe.widestWeight_bits))];
  return widths.map((bits) => {
    const terms = pe.terms(bits);
    const charge = `${terms} ${terms === 1 ? 'term' : 'terms'}${pe.bitSerial ? ' by the rule ceil(floor(bits)/2)' : ''}`;
    const names = namesText(wide.filter((layer) => layer.bits === bits).map(({ name }) => name));
    return `${bits}-bit weights on a PE for at most ${pe.widestWeight_bits} bits: charged as ${charge}; the published design does not do this (${names})`;
  });
}

/** What a timing model took for granted, each note once with the layers it is true of. */
export function assumptionNotes(assumed: readonly (readonly [note: string, layer: string])[]): string[] {
  return [...new Set(assumed.map(([note]) => note))].map(
    (note) => `${note} (${namesText(assumed.filter(([other]) => other === note).map(([, layer]) => layer))})`,
  );
}

function unchargedOmissions(timing: TimingModel, layers: readonly LayerTrace[]): Omission[] {
  return [...new Set(layers.map((layer) => layer.kind))].map((kind) => {
    const shown = namesText(layers.filter((layer) => layer.kind === kind).map((layer) => layer.name));
    return { part: `layers.${kind}`, status: 'excluded', reason: `${timing.name} does not charge ${kind} layers: ${shown}` };
  });
}
