/**
 * An error over each cost, a panel per cost: down and left is better. A cost that is unknown is no place on an axis: its dot is a question mark in a
 * strip of its own, right of the panel. Intervals are vertical lines; where they are there, errors may be negative and the axis is linear.
 */
import { extent } from '../../numeric/extremes.js';
import { axisScale, axisTitle } from '../expression-quantity.js';
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
}

export interface CostPanels {
  readonly costs: readonly { readonly name: string; readonly unit: string }[];
  readonly error: string;
  readonly dots: readonly CostDot[];
  /** Kinds of dots in the order of the legend: the first is drawn on top and labelled. */
  readonly kinds: readonly string[];
}

type Domain = readonly [number, number];

const colours = ['#d55e00', '#0072b2', '#8a939c', '#009e73'] as const;
const shapes = ['circle', 'diamond', 'square', 'triangle-up'] as const;

export function costPanels({ costs, error, dots, kinds }: CostPanels, { title, subtitle }: { title: string; subtitle: string }): ChartSpec {
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
  const y = errorAxis(dots, error);
  // Legend order and drawing order differ: the first kind lies on top.
  const drawn = dots.toSorted((a, b) => kinds.indexOf(b.kind) - kinds.indexOf(a.kind));
  return chart({
    title,
    subtitle,
    description: `${title}. ${dots
      .filter(({ kind }) => kind === kinds[0])
      .map((dot) => `${dot.label}: ${dot.error.toPrecision(3)}`)
      .join(', ')}.`,
    body: {
      columns: 2,
      spacing: 34,
      concat: costs.map((cost, c) => panelOf({ cost, c, dots: drawn, y, encoding, labelled: kinds[0] ?? '' })),
    },
  });
}

interface ErrorAxis {
  readonly domain: Domain;
  readonly log: boolean;
  readonly title: string;
}

function errorAxis(dots: readonly CostDot[], title: string): ErrorAxis {
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

interface Panel {
  readonly cost: CostPanels['costs'][number];
  readonly c: number;
  readonly dots: readonly CostDot[];
  readonly y: ErrorAxis;
  readonly encoding: Readonly<Record<string, unknown>>;
  readonly labelled: string;
}

function panelOf({ cost, c, dots, y: error, encoding, labelled }: Panel): Record<string, unknown> {
  const known = dots.flatMap((dot) => dot.costs[c] ?? []);
  const scale = axisScale(known, cost.unit);
  const domain = widened(known.length === 0 ? [0, 1] : extent(known.map((value) => value * scale.factor)));
  const values = dots.map(({ costs, ...dot }) => ({ ...dot, cost: known.length === 0 ? null : times(costs[c] ?? null, scale.factor) }));
  const title = axisTitle(cost.name, scale.unit);
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
  const intervals = there.filter((dot) => typeof dot.low === 'number' && typeof dot.high === 'number');
  return {
    width: WIDTH,
    height: HEIGHT,
    layer: [
      ...(error.domain[0] < 0
        ? [{ data: { values: [{ error: 0 }] }, mark: { type: 'rule', color: guideInk, strokeDash: [4, 3] }, encoding: { y } }]
        : []),
      ...(intervals.length === 0
        ? []
        : [
            {
              data: { values: intervals },
              mark: { type: 'rule', strokeWidth: 1.5 },
              encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color: encoding['color'] },
            },
          ]),
      {
        data: { values: there },
        mark: { type: 'point', filled: true, size: 70, opacity: 0.9, stroke: '#ffffff', strokeWidth: 0.8 },
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
  const on = (value: number, [low, high]: Domain): number => (value - low) / (high - low);
  const height = (value: number): number =>
    error.log ? on(Math.log10(value), [Math.log10(error.domain[0]), Math.log10(error.domain[1])]) : on(value, error.domain);
  const placed = dots.map((dot, i) => ({
    text: dot.kind === labelled ? dot.label : '',
    x: on(dot.cost ?? 0, domain) * WIDTH,
    y: (1 - height(dot.error)) * HEIGHT,
    weight: dot.kind === labelled ? dots.length - i : 0,
    radius: 5,
  }));
  return placeLabels(placed, { width: WIDTH, height: HEIGHT });
}
