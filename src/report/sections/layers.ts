/** Where the cycles go: per workload the cycles of each layer by cause, the roofline of each design, and the layers as a table. */
import { cycleCauses, type CycleCause } from '../../trace/layer-activity.js';
import { bottlenecks, type LayerResult, type SimulationResult } from '../../trace/simulation-result.js';
import { formatSI } from '../../units/si.js';
import { addCycles, layerCycles, type LayerCyclesItem } from '../charts/layer-cycles.js';
import { roofline, type RooflineDesign, type RooflinePoint } from '../charts/roofline.js';
import { causeLabels } from '../charts/theme.js';
import type { Figure, ReportSection } from '../report-parts.js';
import { grouped, percent } from '../number-text.js';
import type { Design, Study } from '../studies.js';
import { tableOf, type Column, type Table } from '../table.js';
import { partStatus } from './designs.js';

/** null when nothing was simulated. */
export function layersSection(studies: readonly Study[]): ReportSection | null {
  if (studies.length === 0) return null;
  return {
    id: 'layers',
    title: 'Layer by layer',
    paragraphs: ['A row stands for all identical layers of the network. Cycles by cause add up to the latency; nothing is counted twice.'],
    figures: [],
    tables: [],
    sections: studies.map(studySection),
  };
}

function studySection(study: Study, index: number): ReportSection {
  const id = `layers-${index + 1}`;
  const cycles = layerCycles(
    study.designs.flatMap((design) => cyclesItems(design)),
    cyclesTitle(study),
  );
  const roof = roofline(study.designs.map(rooflineDesign), rooflineTitle(study));
  const figures: Figure[] = [
    {
      id: `${id}-cycles`,
      alt: cycles.description,
      caption:
        'What each layer spends its cycles on. Transfers and compute overlap: a DRAM stall is what transfers take beyond the compute under way, so compute beside a stall is hidden under DRAM traffic. These are shares of cycles; which of the waits is the longest of a layer is what the roofline shows.',
      spec: cycles,
    },
    {
      id: `${id}-roofline`,
      alt: roof.description,
      caption:
        'A layer is bound by what its array waits for longest, however short that wait: a layer of 96 % compute and 4 % DRAM stall counts whole as bound by DRAM here, and with 4 % in the cycles by cause. Compute: it waits for nothing, or loads and drains for less time than it computes. Layers that fall together (two digits) share a dot. A dot below its roof loses time to fill, stalls or an array it cannot fill.',
      spec: roof,
    },
  ];
  const table = study.designs.length === 1 ? study.designs.map(singleTable) : [sideBySideTable(study)];
  return {
    id,
    title: study.label,
    paragraphs: [],
    figures,
    tables: table.map((one) => ({ ...one, collapsed: one.rows.length > 60 || study.designs.length > 1 })),
    sections: [],
  };
}

/** The cause that costs the first design most, and its share in every design. */
function cyclesTitle(study: Study): string {
  const [base] = study.designs;
  if (base === undefined) return study.label;
  const cause = cycleCauses.reduce((a, b) => (base.result.totals.cycles[b] > base.result.totals.cycles[a] ? b : a));
  const shares = study.designs.map((design) => `${shareOf(design.result, cause)} on ${design.name}`);
  return `${study.label}: share of cycles spent on ${causeLabels[cause]}: ${shares.join(', ')}`;
}

function shareOf({ totals: { cycles } }: SimulationResult, cause: CycleCause): string {
  return cycles.total === 0 ? '0 %' : `${((cycles[cause] / cycles.total) * 100).toFixed(0)} %`;
}

function rooflineTitle(study: Study): string {
  const texts = study.designs.map((design) => {
    const latency = design.result.totals.latency_s;
    const dram = design.result.layers.filter((layer) => layer.bottleneck === 'dram').reduce((sum, layer) => sum + layer.latency_s, 0);
    return `${latency === 0 ? 0 : ((dram / latency) * 100).toFixed(0)} % on ${design.name}`;
  });
  return `${study.label}: share of latency in layers that wait longest for DRAM: ${texts.join(', ')}`;
}

/**
 * Roofs and dots of one design. Attention of `generate` at its many contexts counts as one row by name. A peak follows from a layer's utilization (useful MACs over what the array could do in those cycles), so it is
 * the rate at the precision of that layer; layers that agree in two digits share a dot.
 */
function rooflineDesign(design: Design): RooflineDesign {
  const { layers, totals, hardware } = design.result;
  const live = layers.filter((layer) => layer.latency_s > 0 && layer.activity.macs > 0 && layer.utilization > 0);
  const peaks = new Map<number, Set<number>>();
  for (const layer of live) {
    const peak = Number(((2 * layer.activity.macs) / (layer.latency_s * layer.utilization) / 1e12).toPrecision(4));
    peaks.set(peak, (peaks.get(peak) ?? new Set()).add(Number(layer.trace.weight.payload_bitsPerElement.toPrecision(3))));
  }
  return {
    design: design.name,
    peaks: [...peaks].sort(([a], [b]) => a - b).map(([peak_TOPS, bits]) => ({ peak_TOPS, weights: bitsText([...bits]) })),
    bandwidth_bytesPerSecond: bandwidthOf(hardware),
    points: pointsOf(live, totals.latency_s),
  };
}

/** `3-bit` or `4- and 8-bit`: the second operand a roof holds for. */
function bitsText(bits: readonly number[]): string {
  const sorted = [...bits].sort((a, b) => a - b);
  const last = sorted.pop() ?? 0;
  return `${sorted.length === 0 ? '' : `${sorted.map((width) => `${width}-`).join(', ')} and `}${last}-bit`;
}

function pointsOf(layers: readonly LayerResult[], latency_s: number): RooflinePoint[] {
  const groups = new Map<string, { names: string[]; point: RooflinePoint }>();
  for (const layer of layers) {
    const point = {
      label: '',
      intensity_opsPerByte: Number(layer.arithmeticIntensity_opsPerByte.toPrecision(4)),
      attained_TOPS: Number(((2 * layer.activity.macs) / layer.latency_s / 1e12).toPrecision(4)),
      latencyShare: layer.latency_s / latency_s,
      bottleneck: layer.bottleneck,
    };
    const key = `${point.intensity_opsPerByte.toPrecision(2)} ${point.attained_TOPS.toPrecision(2)} ${point.bottleneck}`;
    const group = groups.get(key);
    groups.set(key, {
      names: [...new Set([...(group?.names ?? []), rowName(layer.name)])],
      point: { ...(group?.point ?? point), latencyShare: point.latencyShare + (group?.point.latencyShare ?? 0) },
    });
  }
  return [...groups.values()].map(({ names, point }) => ({
    ...point,
    label: jointName(names),
    latencyShare: Number(point.latencyShare.toPrecision(4)),
  }));
}

/** `q, k, v` or `q and 31 more`: short enough for a chart. */
function jointName(names: readonly string[]): string {
  const all = names.join(', ');
  return all.length <= 24 ? all : `${names[0] ?? ''}${names.length > 1 ? ` +${names.length - 1}` : ''}`;
}

/** DRAM bytes per second when the description has the usual keys. */
function bandwidthOf(hardware: Readonly<Record<string, unknown>>): number | null {
  const dram = hardware['dram'];
  const clock = hardware['clock_MHz'];
  if (typeof dram !== 'object' || dram === null || typeof clock !== 'number') return null;
  const { bandwidth_bitsPerCycle: bits, bandwidth_GBps } = dram as Readonly<Record<string, unknown>>;
  if (typeof bandwidth_GBps === 'number') return bandwidth_GBps * 1e9;
  return typeof bits === 'number' ? (bits / 8) * clock * 1e6 : null;
}

/** Attention of `generate` has a row for every context it grows through, named `...@CONTEXT`; in a chart they are one. */
function rowName(name: string): string {
  return name.replace(/@\d+$/, '');
}

/** Bars of one design under names that are unique in the network. */
function cyclesItems(design: Design): LayerCyclesItem[] {
  const rows = new Map<string, { count: number; item: LayerCyclesItem }>();
  const seen = new Map<string, number>();
  for (const { name, count, cycles } of design.result.layers) {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    const layer = `${rowName(name)}${times > 1 ? ` #${times}` : ''}`;
    const row = rows.get(layer);
    rows.set(layer, {
      count: count + (row?.count ?? 0),
      item: { design: design.name, layer, cycles: addCycles(row?.item.cycles, cycles) },
    });
  }
  return [...rows.values()].map(({ count, item }) => (count > 1 ? { ...item, layer: `${item.layer} x${count}` } : item));
}

function singleTable(design: Design): Table {
  const causes = cycleCauses.filter((cause) => design.result.layers.some((layer) => layer.cycles[cause] > 0));
  const columns: Column<LayerResult>[] = [
    ...shapeColumns,
    { title: 'cycles', align: 'right', text: (layer) => grouped(layer.cycles.total) },
    ...causes.map((cause) => ({
      title: causeLabels[cause],
      align: 'right' as const,
      text: (layer: LayerResult) => grouped(layer.cycles[cause]),
    })),
    { title: 'energy', align: 'right', text: (layer) => energyText(layer, design.result) },
    { title: 'utilization', align: 'right', text: (layer) => percent(layer.utilization) },
    { title: 'bound by', text: boundBy },
  ];
  return tableOf(`Layers of ${design.name}`, columns, design.result.layers);
}

/** Cycles, energy and bound of each design beside each other; layers are matched by their place in the network. */
function sideBySideTable(study: Study): Table {
  const longest = study.designs.reduce((a, b) => (b.result.layers.length > a.result.layers.length ? b : a)).result.layers;
  const rows = longest.map((layer, i) => ({ layer, across: study.designs.map((design) => design.result.layers[i]) }));
  type Row = (typeof rows)[number];
  const perDesign = study.designs.flatMap((design, d): Column<Row>[] => [
    { title: `${design.name} cycles`, align: 'right', text: (row) => cell(row.across[d], (layer) => grouped(layer.cycles.total)) },
    { title: `${design.name} energy`, align: 'right', text: (row) => cell(row.across[d], (layer) => energyText(layer, design.result)) },
    { title: `${design.name} bound by`, text: (row) => cell(row.across[d], boundBy) },
  ]);
  const shapes = shapeColumns.map((column): Column<Row> => ({ ...column, text: (row) => column.text(row.layer) }));
  return tableOf(`Layers of ${study.label}`, [...shapes, ...perDesign], rows);
}

const cell = (layer: LayerResult | undefined, text: (layer: LayerResult) => string): string =>
  layer === undefined ? 'absent' : text(layer);

const shapeColumns: readonly Column<LayerResult>[] = [
  { title: 'layer', text: (layer) => layer.name },
  { title: 'm x n x k', text: (layer) => `${layer.m} x ${layer.n} x ${layer.k}` },
  { title: 'GEMMs', align: 'right', text: (layer) => grouped(layer.gemms) },
  { title: 'count', align: 'right', text: (layer) => grouped(layer.count) },
];

function energyText(layer: LayerResult, result: SimulationResult): string {
  return layer.energy_pJ.total === null ? partStatus(result.omissions, 'energy') : formatSI(layer.energy_pJ.total, 'pJ');
}

/** What binds a layer; nothing where another kernel does it in passing. */
const boundBy = ({ bottleneck, latency_s }: LayerResult): string => (latency_s === 0 ? '-' : bottleneck);

/** Share of the latency by bottleneck, e.g. `dram 93 %, compute 7 %`. */
export function boundText(result: SimulationResult): string {
  const latency = result.totals.latency_s;
  return bottlenecks
    .map((name) => ({
      name,
      share: result.layers.filter((layer) => layer.bottleneck === name).reduce((sum, layer) => sum + layer.latency_s, 0) / (latency || 1),
    }))
    .filter(({ share }) => share > 0)
    .map(({ name, share }) => `${name} ${(share * 100).toFixed(0)} %`)
    .join(', ');
}
