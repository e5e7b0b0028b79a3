/**
 * The front in parallel coordinates: a vertical line per axis and objective, a line per point, dark where the first objective is best. Shows which values of
 * the axes the front is made of, and what they give.
 */
import { extent } from '../../numeric/extremes.js';
import { quantity } from '../expression-quantity.js';
import { chart, guideInk, mutedInk, type ChartSpec } from './theme.js';
import { wrapWords } from '../wrap-words.js';

/** One vertical line: where each point of the front crosses it, from 0 (bottom) to 1, and the ticks beside it. */
export interface Coordinate {
  readonly name: string;
  /** null: a condition keeps the axis out of the point, and its line has a gap. */
  readonly positions: readonly (number | null)[];
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

const MOST_TICKS = 9;
/** Height of a line of names, in pixels. */
const NAME_LINE = 14;

/** A coordinate of values by index, in the order of the sweep file; long lists show some of their labels. */
export function axisCoordinate(name: string, labels: readonly string[], indices: readonly number[]): Coordinate {
  const at = (index: number): number => (labels.length < 2 ? 0.5 : index / (labels.length - 1));
  const step = Math.ceil(labels.length / MOST_TICKS);
  const shown = labels.flatMap((label, i) => (i % step === 0 || i === labels.length - 1 ? [{ at: at(i), label }] : []));
  return { name, positions: indices.map((index) => (index < 0 ? null : at(index))), ticks: shown };
}

/** A coordinate of an objective: linear between the extremes of the front, best at the top. */
export function objectiveCoordinate(
  { name, unit, direction }: { readonly name: string; readonly unit: string; readonly direction: 'minimize' | 'maximize' },
  values: readonly number[],
): Coordinate {
  const [least, most] = extent(values);
  const [worst, best] = direction === 'minimize' ? [most, least] : [least, most];
  if (best === worst) return { name, positions: values.map(() => 0.5), ticks: [{ at: 0.5, label: quantity(best, unit) }] };
  const shares = [0, 0.25, 0.5, 0.75, 1];
  const labels = shares.map((at) => quantity(worst + (best - worst) * at, unit));
  // Values that differ beyond their printed digits are told by their distance from the best.
  const alike = new Set(labels).size < labels.length;
  const ticks = shares.map((at, i) => ({ at, label: alike && at < 1 ? beyondBest((worst - best) * (1 - at), unit) : (labels[i] ?? '') }));
  return { name, positions: values.map((value) => Math.abs((value - worst) / (best - worst))), ticks };
}

function beyondBest(difference: number, unit: string): string {
  return `${difference < 0 ? '-' : '+'}${quantity(Math.abs(difference), unit)}`;
}

export interface CoordinatesChart {
  readonly coordinates: readonly Coordinate[];
  /** How many of the coordinates, from the first, are axes; the others are objectives. */
  readonly axes: number;
  /** Of each point drawn, in the order of the front. */
  readonly labels: readonly string[];
  /** Points of the front. */
  readonly of: number;
}

export function frontCoordinates({ coordinates, axes, labels, of }: CoordinatesChart, title: string): ChartSpec {
  const keys = coordinates.map(({ name }, i) => `${i}\u0000${name}`);
  const rank = coordinates[axes]?.positions ?? labels.map(() => 1);
  const values = labels.flatMap((design, i) =>
    coordinates.map(({ positions }, c) => ({ design, id: i, key: keys[c], at: positions[i] ?? null, rank: rank[i] ?? 0 })),
  );
  const names = nameLines(coordinates);
  const x = {
    field: 'key',
    type: 'nominal',
    sort: keys,
    title: null,
    axis: { orient: 'top', domain: false, ticks: false, labelExpr: names.expression, labelFontWeight: 600, labelAngle: 0, labelLineHeight: NAME_LINE, labelPadding: 10 + NAME_LINE * (names.lines - 1), labelLimit: 130 }, // prettier-ignore
    scale: { padding: 0.3 },
  };
  const y = { field: 'at', type: 'quantitative', axis: null, scale: { domain: [0, 1] } };
  const ticks = coordinates.flatMap(({ ticks: own }, c) => own.map(({ at, label }) => ({ key: keys[c], at, label })));
  const steps = Math.max(90, Math.min(190, Math.floor(860 / Math.max(1, coordinates.length))));
  const label = { x, y, text: { field: 'label' } };
  const text = { type: 'text', align: 'left', dx: 6, fontSize: 11, limit: steps - 12, tooltip: null };
  return chart({
    title,
    subtitle: `a line is a point of the front${labels.length < of ? ` (${labels.length} of ${of})` : ''}; the darker, the better its ${coordinates[axes]?.name ?? ''}; objectives: best on top`,
    description: `Parallel coordinates of ${of} points of the front over ${coordinates.map(({ name }) => name).join(', ')}.`,
    body: {
      width: { step: steps },
      height: 300,
      layer: [
        {
          data: { values: keys.map((key) => ({ key, at: 0, to: 1 })) },
          mark: { type: 'rule', color: guideInk },
          encoding: { x, y, y2: { field: 'to' } },
        },
        {
          data: { values },
          mark: { type: 'line', strokeWidth: labels.length > 60 ? 1 : 1.8, opacity: 0.8, invalid: 'break-paths-show-path-domains' },
          encoding: {
            x,
            y,
            detail: { field: 'id' },
            color: { field: 'rank', type: 'quantitative', legend: null, scale: { domain: [0, 1], range: ['#bcd9ea', '#0b3c5d'] } },
            tooltip: [{ field: 'design', title: 'design' }],
          },
        },
        { data: { values: ticks }, mark: { ...text, stroke: '#ffffff', strokeWidth: 4 }, encoding: label },
        { data: { values: ticks }, mark: { ...text, color: mutedInk }, encoding: label },
      ],
    },
  });
}

/** Names of coordinates at their place, broken into lines; all in as many lines, the last one just above the coordinate, for the first line is what vega places. */
function nameLines(coordinates: readonly Coordinate[]): { readonly expression: string; readonly lines: number } {
  const broken = coordinates.map(({ name }) => wrapWords(name.replace(/([._])/g, '$1 '), 14).map((line) => line.replace(/([._]) /g, '$1')));
  const lines = Math.max(1, ...broken.map(({ length }) => length));
  const filled = broken.map((own) => [...Array.from({ length: lines - own.length }, () => ' '), ...own]);
  return { expression: `${JSON.stringify(filled)}[+split(datum.value, '\\u0000')[0]]`, lines };
}
