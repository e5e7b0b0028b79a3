/**
 * What all charts share: the vega-lite envelope, fonts, ink on white, and the colour of every cause, part and design.
 * Colours start from the palette of Okabe and Ito (Color Universal Design, 2008), which stays apart under colour blindness; the same thing has the same colour in every
 * chart: compute and PE energy blue, DRAM stalls and DRAM energy vermilion, dequantization purple-pink in both.
 */
import type { CycleCause } from '../../trace/layer-activity.js';
import type { EnergyPart } from '../../trace/simulation-result.js';
import { wrapWords } from '../wrap-words.js';

/** A vega-lite v6 specification with its data inline. */
export interface ChartSpec {
  readonly $schema: string;
  readonly description: string;
  readonly [key: string]: unknown;
}

/** Wording and body of a chart; `description` is the text alternative of the picture. */
export interface ChartParts {
  readonly title: string;
  readonly subtitle?: string;
  readonly description: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const chartSchemaUrl = 'https://vega.github.io/schema/vega-lite/v6.json';

export const ink = '#1b1f24';
export const mutedInk = '#4d5761';
/** Axis labels of workloads such as `llama-2-7b decode, context 256`: a line per part. */
export const lineAtComma = "split(datum.label, ', ')";

export const guideInk = '#8a939c';

/** Ink of text on a fill that is `share` of the way from light to dark. */
export const inkOn = (share: number): string => (share > 0.5 ? '#ffffff' : ink);

/** More marks than this in one chart are aggregated or left to the tables. */
export const MAX_MARKS = 5000;

export const causeColours: Readonly<Record<CycleCause, string>> = {
  compute: '#0072b2',
  laneStall: '#e6c229',
  dequant: '#cc79a7',
  dramStall: '#d55e00',
  fill: '#56b4e9',
  drain: '#9fd3c7',
  sync: '#7a7f85',
  launch: '#3b3f44',
};

export const causeLabels: Readonly<Record<CycleCause, string>> = {
  compute: 'compute',
  laneStall: 'lane stall',
  dequant: 'dequantization',
  dramStall: 'DRAM stall',
  fill: 'fill',
  drain: 'drain',
  sync: 'synchronization',
  launch: 'launch',
};

export const partColours: Readonly<Record<EnergyPart, string>> = {
  pe: '#0072b2',
  sram: '#7fc4ec',
  dram: '#d55e00',
  dequant: '#cc79a7',
  vector: '#009e73',
  static: '#7a7f85',
};

export const partLabels: Readonly<Record<EnergyPart, string>> = {
  pe: 'PEs',
  sram: 'SRAM',
  dram: 'DRAM',
  dequant: 'dequantization',
  vector: 'vector unit',
  static: 'static',
};

/** Colours of designs, quantizers and datatypes, in order of appearance: the first, which the others are compared with, is grey. */
const seriesColours = ['#8a939c', '#e69f00', '#4aa3df', '#009e73', '#b5488a', '#5b4fc4', '#a6761d', '#b9c400'] as const;

/** A colour scale over names in their order of appearance; beyond eight the colours repeat. */
export function seriesScale(names: readonly string[]): { domain: string[]; range: string[] } {
  return { domain: [...names], range: names.map((_, i) => seriesColours[i % seriesColours.length] ?? guideInk) };
}

/** A complete specification from a chart's wording and body. */
export function chart(parts: ChartParts): ChartSpec {
  return {
    $schema: chartSchemaUrl,
    description: parts.description,
    title: { text: wrapWords(parts.title, 105), ...(parts.subtitle === undefined ? {} : { subtitle: wrapWords(parts.subtitle, 110) }) },
    ...parts.body,
    config,
  };
}

const font = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif";

const config = {
  font,
  aria: false,
  background: '#ffffff',
  padding: 12,
  view: { stroke: null },
  title: {
    anchor: 'start',
    frame: 'group',
    color: ink,
    fontSize: 15,
    fontWeight: 600,
    offset: 14,
    subtitleColor: mutedInk,
    subtitleFontSize: 12,
    subtitlePadding: 5,
    subtitleLineHeight: 16,
  },
  axis: {
    labelColor: ink,
    labelFontSize: 12,
    labelLimit: 260,
    titleColor: mutedInk,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titlePadding: 8,
    gridColor: '#e7eaed',
    domainColor: guideInk,
    tickColor: guideInk,
  },
  header: { labelColor: ink, labelFontSize: 13, labelFontWeight: 600, labelLimit: 240, titleColor: mutedInk, titleFontWeight: 'normal' },
  legend: { labelColor: ink, labelFontSize: 12, labelLimit: 260, titleColor: mutedInk, titleFontSize: 12, titleFontWeight: 'normal' },
  text: { color: ink, fontSize: 12 },
} as const;
