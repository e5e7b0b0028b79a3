/**
 * The front of a sweep in the plane of its objectives: every sampled feasible row in grey, the front on top of it, knees marked and labelled, bounds as
 * bars where the models state their error. With two objectives the border of what the rows attain is drawn in steps; with more,
 * there is one panel per pair, in which a point of the front may well lie inside the cloud.
 */
import { extent } from '../../numeric/extremes.js';
import { axisScale, axisTitle, quantity } from '../expression-quantity.js';
import { logTicks } from './log-ticks.js';
import { haloLabels } from './halo-labels.js';
import { placeLabels, type Rectangle } from './label-placement.js';
import { chart, MAX_MARKS, type ChartSpec } from './theme.js';

export interface ObjectiveAxis {
  readonly name: string;
  readonly direction: 'minimize' | 'maximize';
  readonly unit: string;
}

export interface FrontPoint {
  readonly point: number;
  /** What the axes are, in a few words. */
  readonly design: string;
  /** In the order of the objectives. */
  readonly values: readonly number[];
  readonly bounds?: readonly (readonly [low: number, high: number])[];
  readonly knee: boolean;
}

export interface FrontChart {
  readonly objectives: readonly ObjectiveAxis[];
  readonly front: readonly FrontPoint[];
  /** Points only the errors of the models tell apart from the front. */
  readonly withinError: readonly FrontPoint[];
  /** Values of sampled rows, in the order of the objectives. */
  readonly sample: readonly (readonly number[])[];
}

const WIDTH = 760;
const HEIGHT = 400;
const frontColour = '#0072b2';
const kneeColour = '#d55e00';
const errorColour = '#e69f00';
const cloudColour = '#b9c0c7';

/** Two to five objectives. */
export function paretoFront(data: FrontChart, title: string): ChartSpec {
  const { objectives } = data;
  const pairs = objectives.flatMap((_, a) => objectives.slice(a + 1).map((__, i) => [a, a + 1 + i] as const));
  const lone = pairs.length === 1;
  const perRow = Math.min(pairs.length, pairs.length === 4 ? 2 : 3);
  const size = lone ? { width: WIDTH, height: HEIGHT } : { width: Math.floor(840 / perRow) - 66, height: 220 };
  const panels = pairs.map((pair) => panelOf(data, pair, { ...size, lone }));
  return chart({
    title,
    subtitle: subtitleOf(data),
    description: descriptionOf(data),
    body: lone ? (panels[0] ?? {}) : { columns: perRow, concat: panels, spacing: 28 },
  });
}

function subtitleOf({ objectives, withinError, front }: FrontChart): string {
  const better = objectives.map(({ name, direction }) => `${direction === 'minimize' ? 'less' : 'more'} ${name}`).join(', ');
  return [
    `better: ${better}`,
    `grey: other feasible rows`,
    ...(front.some(({ knee }) => knee) ? ['diamonds: knees'] : []),
    ...(withinError.length === 0 ? [] : ['orange rings: within the stated error of the front']),
  ].join('; ');
}

function descriptionOf({ objectives, front, sample }: FrontChart): string {
  const names = objectives.map(({ name }) => name).join(', ');
  const shown = front
    .slice(0, 12)
    .map((one) => `point ${one.point}: ${one.values.map((value, o) => quantity(value, objectives[o]?.unit ?? '')).join(', ')}`);
  const rest = front.length > shown.length ? ` and ${front.length - shown.length} more` : '';
  return `Scatter of ${sample.length} sampled rows and the ${front.length} points of the front in ${names}. ${shown.join('. ')}${rest}.`;
}

interface Panel {
  readonly width: number;
  readonly height: number;
  readonly lone: boolean;
}

/** One side of a panel: the values of an objective, scaled for printing. */
interface Side {
  readonly objective: number;
  readonly factor: number;
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly title: string;
}

type Pair = readonly [x: number, y: number];

function panelOf(data: FrontChart, pair: Pair, panel: Panel): Record<string, unknown> {
  const [x, y] = [sideOf(data, pair[0]), sideOf(data, pair[1])];
  const encoding = { x: encodingOf('x', x, panel.width), y: encodingOf('y', y, panel.height) };
  const at = (values: readonly number[]): { x: number; y: number } => ({
    x: (values[x.objective] ?? 0) * x.factor,
    y: (values[y.objective] ?? 0) * y.factor,
  });
  const dots = (points: readonly FrontPoint[]): Record<string, unknown>[] =>
    points.map((one) => ({
      ...at(one.values),
      point: one.point,
      design: one.design,
      ...Object.fromEntries(data.objectives.map(({ name, unit }, o) => [`text_${name}`, quantity(one.values[o] ?? null, unit)])),
    }));
  const tooltip = [
    { field: 'point', title: 'point' },
    { field: 'design', title: 'design' },
    ...data.objectives.map(({ name }) => ({ field: `text_${name}`, title: name })),
  ];
  const room = Math.floor(MAX_MARKS / 2 / (panel.lone ? 1 : 5));
  const layer = (
    values: readonly unknown[],
    mark: Record<string, unknown>,
    more: Record<string, unknown> = {},
  ): Record<string, unknown>[] =>
    values.length === 0 ? [] : [{ data: { values }, mark: { clip: true, ...mark }, encoding: { ...encoding, ...more } }];
  const knees = data.front.filter(({ knee }) => knee);
  return {
    width: panel.width,
    height: panel.height,
    layer: [
      ...layer(thinned(data.sample, room).map(at), { type: 'circle', size: 14, color: cloudColour, opacity: 0.55 }),
      ...layer(barsOf(data.front, x, 'x', at), { type: 'rule', color: frontColour, opacity: 0.45 }, { x2: { field: 'x2' } }),
      ...layer(barsOf(data.front, y, 'y', at), { type: 'rule', color: frontColour, opacity: 0.45 }, { y2: { field: 'y2' } }),
      ...layer(dots(data.withinError), { type: 'point', size: 40, color: errorColour, strokeWidth: 1.4 }, { tooltip }),
      ...(panel.lone
        ? layer(
            data.front.map(({ values }) => at(values)),
            { type: 'line', interpolate: borderSteps(data), color: frontColour, strokeWidth: 1.4 },
          )
        : []),
      ...layer(dots(data.front), { type: 'circle', size: panel.lone ? 46 : 26, color: frontColour, opacity: 1 }, { tooltip }),
      ...layer(dots(knees), { type: 'point', shape: 'diamond', filled: true, size: panel.lone ? 170 : 90, color: kneeColour, stroke: '#ffffff', opacity: 1 }, { tooltip }), // prettier-ignore
      ...(panel.lone ? kneeLabels(data, { x, y, at }) : []),
    ],
  };
}

/** The border of what the rows attain: with less x, the y of the next point on the better side is still had. */
function borderSteps({ objectives }: FrontChart): 'step-after' | 'step-before' {
  return objectives[0]?.direction === 'minimize' ? 'step-after' : 'step-before';
}

/** Every k-th, so that at most `most` are left. */
function thinned<T>(values: readonly T[], most: number): readonly T[] {
  const step = Math.ceil(values.length / most);
  return step < 2 ? values : values.filter((_, i) => i % step === 0);
}

const SPAN_OF_LOG = 8;

function sideOf(data: FrontChart, objective: number): Side {
  const { name = '', unit = '' } = data.objectives[objective] ?? {};
  const known = valuesOf(data, objective);
  const [low, high] = extent(known);
  const { factor, unit: printed } = axisScale(known, unit);
  const log = low > 0 && high / low > SPAN_OF_LOG;
  const room = log ? (high / low) ** 0.04 : (high - low) * 0.05 || Math.abs(high) * 0.05 || 1;
  return {
    objective,
    factor,
    low: (log ? low / room : low - room) * factor,
    high: (log ? high * room : high + room) * factor,
    log,
    title: axisTitle(name, printed),
  };
}

/** Every value of an objective that is drawn, ends of bars included. */
function valuesOf({ front, withinError, sample }: FrontChart, objective: number): number[] {
  const points = [...front, ...withinError].flatMap((one) => [one.values[objective] ?? NaN, ...(one.bounds?.[objective] ?? [])]);
  return [...sample.map((row) => row[objective] ?? NaN), ...points].filter(Number.isFinite);
}

function encodingOf(field: 'x' | 'y', { low, high, log, title }: Side, pixels: number): Record<string, unknown> {
  const digits = (value: number): number => Number(value.toPrecision(6));
  return {
    field,
    type: 'quantitative',
    title,
    scale: { ...(log ? { type: 'log' } : { zero: false }), domain: [digits(low), digits(high)], nice: false },
    axis: {
      ...(log ? { values: logTicks(low, high) } : { tickCount: Math.max(3, Math.round(pixels / 90)) }),
      format: high >= 10000 ? '~s' : '.6~g',
      labelOverlap: true,
      labelSeparation: 6,
    },
  };
}

/** Low to high end of an objective for every point that has one. */
function barsOf(
  points: readonly FrontPoint[],
  side: Side,
  field: 'x' | 'y',
  at: (values: readonly number[]) => { x: number; y: number },
): Record<string, number>[] {
  return points.flatMap((one) => {
    const [low, high] = one.bounds?.[side.objective] ?? [NaN, NaN];
    if (!(high > low)) return [];
    return [{ ...at(one.values), [field]: low * side.factor, [`${field}2`]: high * side.factor }];
  });
}

interface Placing {
  readonly x: Side;
  readonly y: Side;
  readonly at: (values: readonly number[]) => { x: number; y: number };
}

/** The knees with their design in words; a label that finds no room is left to the tooltip and the table. */
function kneeLabels(data: FrontChart, { x, y, at }: Placing): Record<string, unknown>[] {
  const pixel = (side: Side, value: number, length: number): number => {
    const map = side.log ? Math.log : (v: number): number => v;
    return ((map(value) - map(side.low)) / (map(side.high) - map(side.low))) * length;
  };
  const dots = data.front.map((one, i) => {
    const { x: left, y: up } = at(one.values);
    return {
      text: one.knee ? (one.design.length > 60 ? `point ${one.point}` : one.design) : '',
      x: pixel(x, left, WIDTH),
      y: HEIGHT - pixel(y, up, HEIGHT),
      weight: -i,
      radius: one.knee ? 7 : 3,
    };
  });
  const occupied = stepBoxes(dots, borderSteps(data));
  return haloLabels(placeLabels(dots, { width: WIDTH, height: HEIGHT, occupied }), { fontSize: 12, fontWeight: 600 });
}

/** Where the line of steps runs, in pixels. */
function stepBoxes(dots: readonly { readonly x: number; readonly y: number }[], steps: 'step-after' | 'step-before'): Rectangle[] {
  return dots.slice(1).flatMap((to, i) => {
    const from = dots[i] ?? to;
    const [level, turn] = steps === 'step-after' ? [from.y, to.x] : [to.y, from.x];
    const sorted = (a: number, b: number): readonly [number, number] => [Math.min(a, b) - 1, Math.max(a, b) + 1];
    const [[left, right], [top, bottom]] = [sorted(from.x, to.x), sorted(from.y, to.y)];
    return [
      { left, right, top: level - 1, bottom: level + 1 },
      { left: turn - 1, right: turn + 1, top, bottom },
    ];
  });
}
