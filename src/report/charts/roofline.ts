/**
 * Roofline: attained throughput of every layer over its arithmetic intensity, under the roofs of its design.
 * Source: Williams, Waterman, Patterson, Roofline, CACM 2009. bound = min(peak, intensity * bandwidth), both axes logarithmic.
 * Peaks come from the results (see `rooflineDesign`), so a serial PE that needs more steps for one operand shows more than one roof.
 * Left out: roofs of on-chip buffers.
 */
import { extent } from '../../numeric/extremes.js';
import { bottlenecks } from '../../trace/simulation-result.js';
import { haloLabels } from './halo-labels.js';
import { placeLabels } from './label-placement.js';
import { textWidth } from './text-width.js';
import { chart, guideInk, mutedInk, type ChartSpec } from './theme.js';

export interface RooflinePoint {
  readonly label: string;
  /** Operations (2 x MACs) per byte of DRAM traffic. */
  readonly intensity_opsPerByte: number;
  readonly attained_TOPS: number;
  /** Share of the design's latency. */
  readonly latencyShare: number;
  readonly bottleneck: (typeof bottlenecks)[number];
}

export interface RooflineDesign {
  readonly design: string;
  /** What the array could do at each of the precisions in use, ascending, and the width of the weights (in attention: of keys and values) it holds for. */
  readonly peaks: readonly { readonly peak_TOPS: number; readonly weights: string }[];
  /** null: the description of the hardware does not say. */
  readonly bandwidth_bytesPerSecond: number | null;
  readonly points: readonly RooflinePoint[];
}

/** Labels in one panel: more cannot be read. */
const LABELS = 9;
const ROOF_FONT = 11;
const SMALLEST = 30;
const LARGEST = 900;

const bottleneckColours = {
  compute: '#0072b2',
  dram: '#d55e00',
  dequant: '#cc79a7',
  array: '#009e73',
  l2: '#56b4e9',
  latency: '#e69f00',
  launch: '#3b3f44',
} as const;
const bottleneckLabels = {
  compute: 'compute',
  dram: 'DRAM bandwidth',
  dequant: 'dequantization',
  array: 'array load and drain',
  l2: 'L2 bandwidth',
  latency: 'latency of loads',
  launch: 'launch',
} as const;

/** One panel per design, all on the same axes. */
export function roofline(designs: readonly RooflineDesign[], title: string): ChartSpec {
  const box = domainOf(designs);
  const columns = Math.min(2, designs.length);
  const size = { width: columns === 1 ? 720 : 400, height: columns === 1 ? 360 : 260 };
  const shown = bottlenecks.filter((name) => designs.some((design) => design.points.some((point) => point.bottleneck === name)));
  return chart({
    title,
    subtitle:
      'attained throughput of each layer over its operations per DRAM byte; area of a dot: share of the latency; lines: what memory and array allow',
    description: designs.map(describeDesign).join(' '),
    body: {
      columns,
      concat: designs.map((design) => panel(design, box, { ...size, shown })),
      spacing: 30,
      resolve: { scale: { x: 'shared', y: 'shared', size: 'shared' } },
    },
  });
}

function describeDesign(design: RooflineDesign): string {
  const bound = bottlenecks.map((name) => ({
    name,
    share: sum(design.points.filter((p) => p.bottleneck === name).map((p) => p.latencyShare)),
  }));
  const shares = bound
    .filter(({ share }) => share > 0)
    .map(({ name, share }) => `${(share * 100).toFixed(0)} % of the latency in layers bound by ${bottleneckLabels[name]}`);
  return `Roofline of ${design.design}: peak ${design.peaks.map((peak) => roofLabel(peak, design)).join(' and ')}; ${shares.join(', ')}.`;
}

type Peak = RooflineDesign['peaks'][number];

/** A roof that holds for every width needs no width. */
function roofLabel({ peak_TOPS, weights }: Peak, { peaks }: RooflineDesign): string {
  return `${peak_TOPS.toPrecision(3)} TOPS${peaks.length === 1 ? '' : `, ${weights}`}`;
}

interface Box {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

interface PanelOptions {
  readonly width: number;
  readonly height: number;
  readonly shown: readonly (typeof bottlenecks)[number][];
}

function panel(design: RooflineDesign, box: Box, options: PanelOptions): Record<string, unknown> {
  const x = {
    type: 'quantitative',
    scale: { type: 'log', domain: box.x, nice: false },
    title: 'operations per DRAM byte',
    axis: logAxis(box.x),
  };
  const y = { type: 'quantitative', scale: { type: 'log', domain: box.y, nice: false }, title: 'TOPS', axis: logAxis(box.y) };
  const place = (intensity: number, rate: number): { x: number; y: number } => ({
    x: position(intensity, box.x) * options.width,
    y: (1 - position(rate, box.y)) * options.height,
  });
  const roofs = design.peaks.map((peak) => roofNameBox(design, peak, { place, width: options.width }));
  const labelled = [...design.points].sort((a, b) => b.latencyShare - a.latencyShare).slice(0, LABELS);
  const labels = placeLabels(
    design.points.map((point) => ({
      text: labelled.includes(point) ? point.label : '',
      ...place(point.intensity_opsPerByte, point.attained_TOPS),
      weight: point.latencyShare,
      radius: Math.sqrt(dotArea(point.latencyShare) / Math.PI),
    })),
    {
      ...options,
      occupied: roofs,
    },
  );
  return {
    title: { text: design.design, fontSize: 13, anchor: 'start', offset: 6 },
    width: options.width,
    height: options.height,
    layer: [
      roofLines(design, box, { x, y }),
      ...roofs.map(roofName),
      dots(design, { x, y }, options.shown),
      ...haloLabels(labels, { fontSize: 11 }),
    ],
  };
}

/** Area of a dot in square pixels. */
const dotArea = (latencyShare: number): number => SMALLEST + (LARGEST - SMALLEST) * latencyShare;

interface Axes {
  readonly x: Record<string, unknown>;
  readonly y: Record<string, unknown>;
}

function roofLines(design: RooflineDesign, box: Box, { x, y }: Axes): Record<string, unknown> {
  const perByte = design.bandwidth_bytesPerSecond === null ? null : design.bandwidth_bytesPerSecond / 1e12;
  const values = design.peaks.flatMap(({ peak_TOPS: peak }, i) => {
    const from = perByte === null ? box.x[0] : Math.max(box.x[0], box.y[0] / perByte);
    const corner = perByte === null ? from : Math.min(box.x[1], Math.max(from, peak / perByte));
    const slope = perByte === null ? [] : [{ roof: i, intensity: from, bound: Math.min(peak, from * perByte) }];
    return [...slope, { roof: i, intensity: corner, bound: peak }, { roof: i, intensity: box.x[1], bound: peak }];
  });
  return {
    data: { values },
    mark: { type: 'line', color: guideInk, strokeWidth: 1.5 },
    encoding: { x: { ...x, field: 'intensity' }, y: { ...y, field: 'bound' }, detail: { field: 'roof' } },
  };
}

/** Pixels of the name of a roof. */
interface RoofNameBox {
  readonly label: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Over the right end of the roof, and over the dots that stand there. */
function roofNameBox(
  design: RooflineDesign,
  peak: Peak,
  { place, width }: { readonly place: (intensity: number, rate: number) => { x: number; y: number }; readonly width: number },
): RoofNameBox {
  const label = roofLabel(peak, design);
  const left = width - textWidth({ fontSize: ROOF_FONT }, label) - 4;
  const line = place(1, peak.peak_TOPS).y;
  const inTheWay = design.points.flatMap((point) => {
    const dot = place(point.intensity_opsPerByte, point.attained_TOPS);
    const radius = Math.sqrt(dotArea(point.latencyShare) / Math.PI);
    return dot.x + radius > left && dot.y - radius < line && dot.y + radius > line - ROOF_FONT ? [dot.y - radius] : [];
  });
  const [bottom] = extent([line, ...inTheWay]);
  return { label, left, right: width, top: bottom - 18, bottom };
}

function roofName({ label, right, bottom }: RoofNameBox): Record<string, unknown> {
  return {
    data: { values: [{ label }] },
    mark: {
      type: 'text',
      align: 'right',
      baseline: 'bottom',
      x: right - 2,
      y: bottom - 4,
      fontSize: ROOF_FONT,
      color: mutedInk,
      tooltip: null,
    },
    encoding: { text: { field: 'label' } },
  };
}

function dots(design: RooflineDesign, { x, y }: Axes, shown: PanelOptions['shown']): Record<string, unknown> {
  return {
    data: { values: design.points.map((point) => ({ ...point, bottleneck: bottleneckLabels[point.bottleneck] })) },
    mark: { type: 'circle', opacity: 0.85, stroke: '#ffffff', strokeWidth: 1 },
    encoding: {
      x: { ...x, field: 'intensity_opsPerByte' },
      y: { ...y, field: 'attained_TOPS' },
      size: {
        field: 'latencyShare',
        type: 'quantitative',
        legend: null,
        scale: { type: 'linear', domain: [0, 1], range: [SMALLEST, LARGEST] },
      },
      color: {
        field: 'bottleneck',
        type: 'nominal',
        title: 'bound by',
        scale: { domain: shown.map((name) => bottleneckLabels[name]), range: shown.map((name) => bottleneckColours[name]) },
        legend: { orient: 'top', direction: 'horizontal', titleOrient: 'left' },
      },
      tooltip: [
        { field: 'label', title: 'layer' },
        { field: 'intensity_opsPerByte', title: 'operations per byte', format: '.4~g' },
        { field: 'attained_TOPS', title: 'TOPS', format: '.4~g' },
        { field: 'latencyShare', title: 'share of latency', format: '.1%' },
        { field: 'bottleneck', title: 'bound by' },
      ],
    },
  };
}

/** Powers of ten with room on both sides; at least two decades. */
function domainOf(designs: readonly RooflineDesign[]): Box {
  const points = designs.flatMap((design) => design.points);
  const ridges = designs.flatMap((d) =>
    d.bandwidth_bytesPerSecond === null ? [] : d.peaks.map(({ peak_TOPS }) => (peak_TOPS * 1e12) / (d.bandwidth_bytesPerSecond ?? 1)),
  );
  return {
    x: decades([...points.map((point) => point.intensity_opsPerByte), ...ridges]),
    y: decades([
      ...points.map((point) => point.attained_TOPS),
      ...designs.flatMap((design) => design.peaks.map(({ peak_TOPS }) => peak_TOPS)),
    ]),
  };
}

function decades(values: readonly number[]): [number, number] {
  const positive = values.filter((value) => value > 0);
  const [least, most] = extent(positive);
  const low = Math.floor(Math.log10(Math.min(least, 10) / 1.3));
  const high = Math.ceil(Math.log10(Math.max(most, 10 ** (low + 1)) * 1.5));
  return [10 ** low, 10 ** Math.max(high, low + 2)];
}

function position(value: number, [low, high]: readonly [number, number]): number {
  return Math.log(value / low) / Math.log(high / low);
}

function logAxis([low, high]: readonly [number, number]): Record<string, unknown> {
  const first = Math.round(Math.log10(low));
  const last = Math.round(Math.log10(high));
  return { values: Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i)), format: '~g', gridOpacity: 0.8 };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
