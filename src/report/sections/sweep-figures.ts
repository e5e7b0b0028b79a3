/** The charts of a sweep, each with a title that states what it found. */
import { evenIndexesWith } from '../../numeric/even-choice.js';
import { axisEffects, type AxisEffect } from '../charts/axis-effects.js';
import { axisCoordinate, frontCoordinates, objectiveCoordinate } from '../charts/front-coordinates.js';
import { objectiveHistogram } from '../charts/objective-histogram.js';
import { paretoFront, type FrontPoint } from '../charts/pareto-front.js';
import { sensitivityBars } from '../charts/sensitivity-bars.js';
import type { ChartSpec } from '../charts/theme.js';
import { axisValueText } from '../axis-value-text.js';
import type { SweepDocument } from '../documents.js';
import { quantity } from '../expression-quantity.js';
import { grouped, percent } from '../number-text.js';
import type { Figure } from '../report-parts.js';

type SweepPoint = SweepDocument['front'][number];

const figureOf = (id: string, spec: ChartSpec, caption: string): Figure => ({ id, alt: spec.description, caption, spec });

/** Axes whose value is not the same in all of these points; the others say nothing there. */
export function movingAxes({ axes }: SweepDocument, points: readonly SweepPoint[]): string[] {
  const texts = (name: string): Set<string> => new Set(points.map((point) => axisValueText(point.axes[name])));
  const moving = axes.map(({ name }) => name).filter((name) => texts(name).size > 1);
  return points.length === 1 ? axes.map(({ name }) => name) : moving;
}

/** Names of the axes of an effect, each with those of a zip that always move with it: `rows + columns`, in pairs `(rows + columns) x clock`. */
export function movingTogether({ sensitivity }: SweepDocument): (axes: readonly string[]) => string[] {
  const names = new Map<string, string>();
  for (const { main } of Object.values(sensitivity)) {
    for (const { axes, together = [] } of main) names.set(axes[0] ?? '', [...axes, ...together].join(' + '));
  }
  return (axes) =>
    axes.map((axis) => {
      const name = names.get(axis) ?? axis;
      return axes.length > 1 && name !== axis ? `(${name})` : name;
    });
}

/** A point in a few words: `group 64, rows 32`; names alone where a value says what it is. */
function designText(point: SweepPoint, axes: readonly string[]): string {
  const words = axes.flatMap((name) => {
    const value = point.axes[name];
    return value === undefined ? [] : [typeof value === 'string' ? value : `${name} ${axisValueText(value)}`];
  });
  return words.join(', ');
}

/** More would be no marks. */
const MOST_KNEES = 3;
/** Points of the front in a chart of two objectives, and in one with a panel per pair. */
const MOST_DRAWN = 1500;
const MOST_DRAWN_IN_PANELS = 400;

/** About `most` of the values at equal distances, with both ends and those that must stay. */
function thinned<T>(values: readonly T[], most: number, stays: (value: T) => boolean = () => false): readonly T[] {
  if (values.length <= most) return values;
  const always = values.flatMap((value, i) => (stays(value) ? [i] : []));
  return evenIndexesWith(values.length, most, always).flatMap((i) => values.slice(i, i + 1));
}

/** Scatter of the front, or the spread of a lone objective; null without rows to show. */
export function frontFigure(document: SweepDocument, id: string): Figure | null {
  const { objectives, front, sample, withinError } = document;
  const [first] = objectives;
  const best = first === undefined ? undefined : front[0]?.objectives[first.name];
  if (first === undefined || best === undefined) return null;
  if (objectives.length === 1) {
    const values = sample.flatMap((row) => row.objectives[0] ?? []);
    const title = `${quantity(best, first.unit)} is the ${first.direction === 'minimize' ? 'least' : 'most'} ${first.name}`;
    return figureOf(`${id}-spread`, objectiveHistogram(first, values, best, title), 'Sampled rows; the table has the best.');
  }
  const most = objectives.length === 2 ? MOST_DRAWN : MOST_DRAWN_IN_PANELS;
  const marked = new Set(document.knees.slice(0, MOST_KNEES));
  const drawn = thinned(front, most, ({ point }) => marked.has(point));
  const axes = movingAxes(document, drawn);
  const pointOf = (point: SweepPoint): FrontPoint => ({
    point: point.point,
    design: designText(point, axes),
    values: objectives.map(({ name }) => point.objectives[name] ?? NaN),
    ...(point.bounds === undefined ? {} : { bounds: objectives.map(({ name }) => point.bounds?.[name] ?? [NaN, NaN]) }),
    knee: marked.has(point.point),
  });
  const data = {
    objectives,
    front: drawn.map(pointOf),
    withinError: thinned(withinError?.points ?? [], most).map(pointOf),
    sample: sample.map((row) => row.objectives),
  };
  const caption =
    objectives.length === 2
      ? 'The line in steps is the border of what the rows attain; scales are logarithmic where values span much.'
      : 'One panel per pair of objectives: a point can be inside the cloud of one panel and best in another.';
  const left = drawn.length < document.counts.front ? ` Of the front ${grouped(drawn.length)} points are drawn.` : '';
  return figureOf(`${id}-pareto`, paretoFront(data, frontTitle(document)), `${caption}${left}`);
}

function frontTitle({ objectives, front, counts, knees }: SweepDocument): string {
  const size = `${grouped(counts.front)} of ${grouped(counts.feasible)} feasible points ${counts.front === 1 ? 'is' : 'are'} on the front`;
  const knee = front.find(({ point }) => point === knees[0]);
  if (knee === undefined) return size;
  const values = objectives.map(({ name, unit }) => quantity(knee.objectives[name] ?? null, unit));
  return `${size}; the first knee has ${values.join(', ')}`;
}

const FEWEST_LINES = 2;
const MOST_LINES = 300;

/** null for a front of a point, and for a sweep whose axes do not move along it. */
export function coordinatesFigure(document: SweepDocument, id: string): Figure | null {
  const { axes, objectives } = document;
  const front = thinned(document.front, MOST_LINES);
  const names = movingAxes(document, front);
  if (front.length < FEWEST_LINES || names.length === 0) return null;
  const moving = axes.filter(({ name }) => names.includes(name));
  const coordinates = [
    ...moving.map(({ name, values }) => {
      const labels = values.map((value) => axisValueText(value));
      const indices = new Map(labels.map((label, index) => [label, index]));
      return axisCoordinate(
        name,
        labels,
        front.map((point) => indices.get(axisValueText(point.axes[name])) ?? -1),
      );
    }),
    ...objectives.map((objective) =>
      objectiveCoordinate(
        objective,
        front.map((point) => point.objectives[objective.name] ?? NaN),
      ),
    ),
  ];
  const spec = frontCoordinates(
    { coordinates, axes: moving.length, labels: front.map((point) => designText(point, names)), of: document.counts.front },
    coordinatesTitle(document, names),
  );
  return figureOf(`${id}-coordinates`, spec, 'Axes of which the points drawn have one value are left out; the table names them.');
}

/** The axis value most of the front has in common. */
function coordinatesTitle({ axes, front, counts: { front: all } }: SweepDocument, names: readonly string[]): string {
  let most: { readonly name: string; readonly text: string; readonly count: number } | undefined;
  for (const { name, values } of axes.filter((axis) => names.includes(axis.name))) {
    const counts = new Map(values.map((value) => [axisValueText(value), 0]));
    for (const point of front) {
      const text = axisValueText(point.axes[name]);
      const count = counts.get(text);
      if (count !== undefined) counts.set(text, count + 1);
    }
    for (const [text, count] of counts) if (count > (most?.count ?? 1)) most = { name, text, count };
  }
  return most === undefined
    ? 'What the front is made of'
    : `${grouped(most.count)} of ${grouped(front.length)} points ${front.length < all ? 'listed' : 'of the front'} have ${most.name} ${most.text}`;
}

/** One chart for all objectives; null where nothing varies. */
export function sensitivityFigure(document: SweepDocument, id: string): Figure | null {
  const { objectives, sensitivity, counts } = document;
  const together = movingTogether(document);
  if (counts.feasible === 0) return null;
  const items = objectives.flatMap(({ name }) => {
    const found = sensitivity[name];
    return found === undefined || found.main.length === 0
      ? []
      : [[name, [...found.main, ...found.pairs].map(({ axes, share }) => ({ axes: together(axes), share }))] as const];
  });
  const leaders = items.flatMap(([name, effects]) => {
    const [most] = effects.filter(({ axes }) => axes.length === 1).toSorted((a, b) => b.share - a.share);
    return most === undefined ? [] : [`${most.axes.join()} decides about ${name} (${percent(most.share)})`];
  });
  if (items.length === 0) return null;
  const spec = sensitivityBars(items, leaders.join(', '));
  const caption = 'What no bar explains is in combinations of three and more axes, or in axes that searches did not sample evenly.';
  return figureOf(`${id}-sensitivity`, spec, caption);
}

const MOST_PANELS = 9;
/** Values of an axis in a panel. */
const MOST_VALUES = 60;

/** A chart per objective with a panel per axis that has more than one value, those that decide most first. */
export function effectFigures({ axes, objectives, sensitivity, mainEffects }: SweepDocument, id: string): Figure[] {
  return objectives.flatMap((objective, o) => {
    const shareOf = (axis: string): number =>
      sensitivity[objective.name]?.main.find(({ axes: [leader], together = [] }) => leader === axis || together.includes(axis))?.share ?? 0;
    const effects = (mainEffects[objective.name] ?? []).flatMap(({ axis, mean, best }) => {
      const values = axes.find(({ name }) => name === axis)?.values ?? [];
      const there = [...mean, ...best].some((value) => value !== null);
      return values.length < 2 || !there ? [] : [{ axis, mean, best, labels: values.map((value) => axisValueText(value)) }];
    });
    const shown = effects.toSorted((a, b) => shareOf(b.axis) - shareOf(a.axis)).slice(0, MOST_PANELS);
    const [first] = shown;
    if (first === undefined) return [];
    const spec = axisEffects(objective, shown.map(thinnedEffect), effectTitle(objective, first));
    const left = effects.length - shown.length;
    const many = shown.some(({ labels }) => labels.length > MOST_VALUES) ? `; of more than ${MOST_VALUES} values some are drawn` : '';
    const caption = `Panels in the order of what the axes decide${left === 0 ? '' : `; ${left} that decide less are left out`}${many}.`;
    return [figureOf(`${id}-effects-${o + 1}`, spec, caption)];
  });
}

/** An effect at some of the values of a long axis. */
function thinnedEffect({ axis, labels, mean, best }: AxisEffect): AxisEffect {
  const kept = thinned([...labels.keys()], MOST_VALUES);
  const of = <T>(values: readonly T[]): T[] => kept.flatMap((i) => values.slice(i, i + 1));
  return { axis, labels: of(labels), mean: of(mean), best: of(best) };
}

/** Which value of the deciding axis is best on average. */
function effectTitle({ name, direction, unit }: SweepDocument['objectives'][number], { axis, labels, mean }: AxisEffect): string {
  const known = mean.flatMap((value, i) => (value === null ? [] : [{ value, label: labels[i] ?? '' }]));
  const [best] = known.toSorted((a, b) => (direction === 'minimize' ? a.value - b.value : b.value - a.value));
  if (best === undefined) return name;
  return `${name} is best on average with ${axis} ${best.label} (${quantity(best.value, unit)})`;
}
