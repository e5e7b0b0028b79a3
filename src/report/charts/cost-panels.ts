/**
 * An error over each cost, a panel per cost: down and left is better. A cost that is unknown is no place on an axis: its dot is a question mark in a
 * strip of its own, right of the panel. Behind the dots what they were chosen from, as a raster (cost-cloud.ts). Intervals are vertical lines; where they are there, errors may be negative and the axis is linear.
 */
import { extent } from '../../numeric/extremes.js';
import { axisScale, axisTitle } from '../expression-quantity.js';
import { cloudLayer, cloudOf, greyOf, type CloudCell, type CloudPlace } from './cost-cloud.js';
import { haloLabels } from './halo-labels.js';
import { placeLabels, type PlacedLabel } from './label-placement.js';
import { logTicks } from './log-ticks.js';
import { chart, guideInk, mutedInk, type ChartSpec } from './theme.js';

const WIDTH = 350;
const HEIGHT = 250;
const UNKNOWN_AT = WIDTH + 16;
/** Errors that span more are drawn on a logarithmic axis. */
const WIDE_SPAN = 20;
/** Room around the outermost values, over the range. */
const MARGIN = 0.07;

export interface CostDot {
  readonly label: string;
  readonly kind: string;
  readonly error: number;
  readonly low?: number | null;
  readonly high?: number | null;
  /** In the order of the panels; null: unknown. */
  readonly costs: readonly (number | null)[];
  readonly hardware: string;
  /** Drawn so far to the right of its cost; without a unit of the axis, for intervals that would cover each other. */
  readonly shift_px?: number;
}

export interface CostPanels {
  readonly costs: readonly { readonly name: string; readonly unit: string }[];
  readonly error: string;
  readonly dots: readonly CostDot[];
  /** Kinds of dots in the order of the legend: the first is drawn on top and labelled. */
  readonly kinds: readonly string[];
  /** What the dots were chosen from, drawn as a raster behind them. */
  readonly cloud?: readonly Pick<CostDot, 'error' | 'costs'>[];
}

export interface CostChart {
  readonly spec: ChartSpec;
  /** Side of a cell of the cloud. */
  readonly cell_px: number;
}

type Domain = readonly [number, number];

const colours = ['#d55e00', '#0072b2', '#8a939c', '#009e73'] as const;
const shapes = ['circle', 'diamond', 'square', 'triangle-up'] as const;

export function costPanels(
  { costs, error, dots, kinds, cloud = [] }: CostPanels,
  { title, subtitle }: { title: string; subtitle: string },
): CostChart {
  const used = kinds.filter((kind) => dots.some((dot) => dot.kind === kind));
  const scale = { domain: used, range: used.map((kind) => colours[kinds.indexOf(kind)] ?? guideInk) };
  const encoding = {
    color: { field: 'kind', type: 'nominal', title: null, scale, legend: { orient: 'top' } },
    shape: {
      field: 'kind',
      type: 'nominal',
      title: null,
      scale: { domain: used, range: used.map((kind) => shapes[kinds.indexOf(kind)] ?? 'circle') },
    },
  };
  const y = errorAxis([...dots, ...cloud], error);
  const axes = costs.map((cost, c) => costAxis(cost, c, [...dots, ...cloud]));
  const behind = cloudOf(
    axes.map((axis, c) => placesOf(cloud, c, { axis, y })),
    { width: WIDTH, height: HEIGHT },
  );
  // Legend order and drawing order differ: the first kind lies on top.
  const drawn = dots.toSorted((a, b) => kinds.indexOf(b.kind) - kinds.indexOf(a.kind));
  const spec = chart({
    title,
    subtitle,
    description: `${title}. ${dots
      .filter(({ kind }) => kind === kinds[0])
      .map((dot) => `${dot.label}: ${dot.error.toPrecision(3)}`)
      .join(', ')}.`,
    body: {
      columns: 2,
      spacing: 34,
      concat: axes.map((axis, c) => {
        const cells = valuesOf(behind.panels[c] ?? [], { axis, y });
        return panelOf({ axis, c, dots: drawn, y, encoding, labelled: kinds[0] ?? '', cells, cell_px: behind.cell_px });
      }),
    },
  });
  return { spec, cell_px: behind.cell_px };
}

interface CostAxis {
  readonly domain: Domain;
  readonly factor: number;
  readonly title: string;
  /** Whether any dot has the cost. */
  readonly known: boolean;
}

function costAxis({ name, unit }: CostPanels['costs'][number], c: number, dots: readonly Pick<CostDot, 'costs'>[]): CostAxis {
  const known = dots.flatMap((dot) => dot.costs[c] ?? []);
  const scale = axisScale(known, unit);
  const domain = widened(known.length === 0 ? [0, 1] : extent(known.map((value) => value * scale.factor)));
  return { domain, factor: scale.factor, title: axisTitle(name, scale.unit), known: known.length > 0 };
}

interface Axes {
  readonly axis: CostAxis;
  readonly y: ErrorAxis;
}

/** Where candidates lie in a panel; those of unknown cost nowhere. */
function placesOf(cloud: readonly Pick<CostDot, 'error' | 'costs'>[], c: number, { axis, y }: Axes): CloudPlace[] {
  return cloud.flatMap(({ error, costs }) => {
    const cost = costs[c] ?? null;
    return cost === null ? [] : [{ x: shareOf(cost * axis.factor, axis.domain), y: 1 - heightOf(error, y) }];
  });
}

const CELL_DIGITS = 4;

/** Cells as values of the axes. */
function valuesOf(cells: readonly CloudCell[], { axis: { domain }, y }: Axes): object[] {
  const [low, high] = y.log ? [Math.log10(y.domain[0]), Math.log10(y.domain[1])] : y.domain;
  const rounded = (value: number): number => Number(value.toPrecision(CELL_DIGITS));
  return cells.map(({ x, y: down, count }) => {
    const error = low + (1 - down / HEIGHT) * (high - low);
    const cost = domain[0] + (x / WIDTH) * (domain[1] - domain[0]);
    return { cost: rounded(cost), error: rounded(y.log ? 10 ** error : error), grey: greyOf(count) };
  });
}

interface ErrorAxis {
  readonly domain: Domain;
  readonly log: boolean;
  readonly title: string;
}

function errorAxis(dots: readonly Pick<CostDot, 'error' | 'low' | 'high'>[], title: string): ErrorAxis {
  const values = dots.flatMap(({ error, low, high }) => [error, low ?? error, high ?? error]);
  const [least, most] = extent(values);
  const log = least > 0 && most / least > WIDE_SPAN;
  if (log) return { domain: widened([Math.log10(least), Math.log10(most)]).map((value) => 10 ** value) as [number, number], log, title };
  return { domain: widened([Math.min(0, least), most]), log, title };
}

function widened([low, high]: Domain): [number, number] {
  const room = high > low ? (high - low) * MARGIN : Math.max(Math.abs(high) * MARGIN, 1e-12);
  return [low - room, high + room];
}

const shareOf = (value: number, [low, high]: Domain): number => (value - low) / (high - low);

/** Share of the height from below. */
const heightOf = (error: number, { log, domain }: ErrorAxis): number =>
  log ? shareOf(Math.log10(error), [Math.log10(domain[0]), Math.log10(domain[1])]) : shareOf(error, domain);

interface Panel {
  readonly axis: CostAxis;
  readonly c: number;
  readonly dots: readonly CostDot[];
  readonly y: ErrorAxis;
  readonly encoding: Readonly<Record<string, unknown>>;
  readonly labelled: string;
  readonly cells: readonly object[];
  readonly cell_px: number;
}

function panelOf({
  axis: { domain, factor, title, known },
  c,
  dots,
  y: error,
  encoding,
  labelled,
  cells,
  cell_px,
}: Panel): Record<string, unknown> {
  const values = dots.map(({ costs, ...dot }) => ({ ...dot, cost: known ? times(costs[c] ?? null, factor) : null }));
  const x = { field: 'cost', type: 'quantitative', title, scale: { domain, nice: false, zero: false }, axis: { tickCount: 5 } };
  const y = {
    field: 'error',
    type: 'quantitative',
    title: error.title,
    scale: { domain: error.domain, nice: false, ...(error.log ? { type: 'log' } : { zero: false }) },
    axis: error.log ? { format: '~g', values: logTicks(error.domain[0], error.domain[1]) } : { tickCount: 6 },
  };
  const tooltip = [
    { field: 'label', title: 'point' },
    { field: 'hardware', title: 'hardware' },
    { field: 'cost', title, format: '.4~g' },
    { field: 'error', title: error.title, format: '.4~g' },
  ];
  const there = values.filter((dot) => dot.cost !== null);
  const shift = there.some((dot) => dot.shift_px !== undefined) ? { xOffset: { expr: 'datum.shift_px || 0' } } : {};
  const intervals = there.filter((dot) => typeof dot.low === 'number' && typeof dot.high === 'number');
  return {
    width: WIDTH,
    height: HEIGHT,
    layer: [
      ...cloudLayer(cells, cell_px, { x, y }),
      ...(error.domain[0] < 0
        ? [{ data: { values: [{ error: 0 }] }, mark: { type: 'rule', color: guideInk, strokeDash: [4, 3] }, encoding: { y } }]
        : []),
      ...(intervals.length === 0
        ? []
        : [
            {
              data: { values: intervals },
              mark: { type: 'rule', strokeWidth: 1.5, ...shift },
              encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color: encoding['color'] },
            },
          ]),
      {
        data: { values: there },
        mark: { type: 'point', filled: true, size: 70, opacity: 0.9, stroke: '#ffffff', strokeWidth: 0.8, ...shift },
        encoding: { x, y, ...encoding, tooltip },
      },
      ...unknownStrip(
        values.filter((dot) => dot.cost === null),
        { y, color: encoding['color'], tooltip },
      ),
      ...haloLabels(labelsOf(there, { domain, error, labelled }), { fontSize: 11 }),
    ],
  };
}

const times = (value: number | null, factor: number): number | null => (value === null ? null : value * factor);

/** Dots without a cost, by their error alone. */
function unknownStrip(values: readonly object[], { y, color, tooltip }: Readonly<Record<string, unknown>>): Record<string, unknown>[] {
  if (values.length === 0) return [];
  const mark = { type: 'text', x: UNKNOWN_AT, fontSize: 13, fontWeight: 700 };
  return [
    { data: { values }, mark, encoding: { y, text: { value: '?' }, color, tooltip } },
    {
      data: { values: [{ text: 'unknown' }] },
      mark: { type: 'text', x: UNKNOWN_AT, y: -8, fontSize: 11, color: mutedInk },
      encoding: { text: { field: 'text' } },
    },
  ];
}

function labelsOf(
  dots: readonly { readonly label: string; readonly kind: string; readonly error: number; readonly cost: number | null }[],
  { domain, error, labelled }: { readonly domain: Domain; readonly error: ErrorAxis; readonly labelled: string },
): PlacedLabel[] {
  const placed = dots.map((dot, i) => ({
    text: dot.kind === labelled ? dot.label : '',
    x: shareOf(dot.cost ?? 0, domain) * WIDTH,
    y: (1 - heightOf(dot.error, error)) * HEIGHT,
    weight: dot.kind === labelled ? dots.length - i : 0,
    radius: 5,
  }));
  return placeLabels(placed, { width: WIDTH, height: HEIGHT });
}
