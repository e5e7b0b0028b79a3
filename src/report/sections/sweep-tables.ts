/** The tables of a sweep: counts, front, sensitivity, constraints, failures. */
import { axisValueText } from '../axis-value-text.js';
import type { SweepDocument } from '../documents.js';
import { quantity } from '../expression-quantity.js';
import { grouped, percent } from '../number-text.js';
import { tableOf, type Column, type Table } from '../table.js';
import { movingAxes, movingTogether } from './sweep-figures.js';

type SweepPoint = SweepDocument['front'][number];

export function countsTable(document: SweepDocument): Table {
  const { counts, objectives } = document;
  const number = (title: string, value: number | null): Column<null> => ({
    title,
    align: 'right',
    text: () => (value === null ? 'not counted' : grouped(value)),
  });
  return tableOf<null>(
    'Points',
    [
      { title: 'sweep', text: () => document.name },
      number('in the space', counts.space),
      number('ruled out before simulation', counts.excluded),
      number('simulated', counts.rows),
      number('feasible', counts.feasible),
      ...(counts.unknown === 0 ? [] : [number('not compared', counts.unknown)]),
      number('failed', counts.failed),
      ...(objectives.length === 0 ? [] : [number('on the front', counts.front)]),
    ],
    [null],
  );
}

const FIRST_POINTS = 20;
const MOST_POINTS = 500;

/** The first points of the front; a longer front folded below. */
export function frontTables(document: SweepDocument): Table[] {
  const { front, counts } = document;
  const long = front.length > FIRST_POINTS;
  const whole = front.length === counts.front;
  const size = `${grouped(front.length)} points ${whole ? 'of the front' : `listed of the ${grouped(counts.front)} on the front`}`;
  const [first] = document.objectives;
  const caption = long ? `First ${FIRST_POINTS} of ${size}, best ${first?.name ?? ''} first` : frontCaption(document);
  const shown = front.slice(0, MOST_POINTS);
  return [
    pointsTable(document, front.slice(0, FIRST_POINTS), caption),
    ...(long
      ? [{ ...pointsTable(document, shown, shown.length < front.length ? `First ${MOST_POINTS} of ${size}` : whole ? 'The whole front' : size), collapsed: true }] // prettier-ignore
      : []),
  ];
}

function frontCaption({ front, objectives, counts }: SweepDocument): string {
  const [first] = objectives;
  if (front.length < counts.front) return `Points of the front that are listed, best ${first?.name ?? ''} first`;
  if (front.length > 1) return `The front, best ${first?.name ?? ''} first`;
  return objectives.length === 1 ? 'The best point' : 'The front: one point is best in every objective';
}

/** Points that only the errors of the models tell apart from the front. */
export function withinErrorTable(document: SweepDocument): Table[] {
  const { withinError } = document;
  if (withinError === null || withinError.points.length === 0) return [];
  const shown = withinError.points.slice(0, MOST_POINTS);
  return [{ ...pointsTable(document, shown, 'Points within the stated error of the front'), collapsed: true }];
}

const LONGEST_SHARED = 60;

/** A block may hold the sources of its numbers: too much for a caption, and the sweep file has it. */
function shortened(text: string): string {
  return text.length <= LONGEST_SHARED ? text : `${text.slice(0, LONGEST_SHARED)}...${text.startsWith('{') ? '}' : ''}`;
}

/** Axis values that all points shown share stand in the caption instead of in a column. */
function pointsTable(document: SweepDocument, points: readonly SweepPoint[], caption: string): Table {
  const { axes, objectives, knees } = document;
  const moving = movingAxes(document, points);
  const [one] = points;
  // A point that stands for others differs from them: what is true of those shown need not be true of these.
  const moot = new Set(points.flatMap(({ same, alike }) => (same === 1 ? [] : (alike ?? axes.map(({ name }) => name)))));
  const fixed = axes.filter(({ name }) => !moving.includes(name)).map(({ name }) => ({ name, text: `${name} ${shortened(axisValueText(one?.axes[name]))}` })); // prettier-ignore
  const shared = (title: string, of: typeof fixed): string =>
    of.length === 0 ? '' : `; ${title} ${of.map(({ text }) => text).join(', ')}`;
  const ofAll = shared(
    'all have',
    fixed.filter(({ name }) => !moot.has(name)),
  );
  const ofShown = shared(
    'all points shown have',
    fixed.filter(({ name }) => moot.has(name)),
  );
  const marks = (point: SweepPoint): string => {
    const rank = knees.indexOf(point.point);
    return [
      ...(rank < 0 ? [] : [knees.length === 1 ? 'knee' : `knee ${rank + 1}`]),
      ...(point.same > 1
        ? [`and ${grouped(point.same - 1)} alike${(point.alike ?? []).length === 0 ? '' : ` with other ${(point.alike ?? []).join(', ')}`}`]
        : []),
    ].join(', ');
  };
  const columns: Column<SweepPoint>[] = [
    { title: 'point', align: 'right', text: (point) => String(point.point) },
    ...axes
      .filter(({ name }) => moving.includes(name))
      .map(({ name, values }): Column<SweepPoint> => ({
        title: name,
        align: values.every((value) => typeof value === 'number') ? 'right' : 'left',
        text: (point) => axisValueText(point.axes[name]),
      })),
    ...objectives.map(({ name, unit }): Column<SweepPoint> => ({
      title: name,
      align: 'right',
      text: (point) => `${quantity(point.objectives[name] ?? null, unit)}${boundsText(point, name, unit)}`,
    })),
    ...(points.some((point) => marks(point) !== '') ? [{ title: 'remark', text: marks }] : []),
  ];
  return tableOf(`${caption}${ofAll}${ofShown}`, columns, points);
}

function boundsText(point: SweepPoint, name: string, unit: string): string {
  const bounds = point.bounds?.[name];
  return bounds === undefined || bounds[0] === bounds[1] ? '' : ` (${quantity(bounds[0], unit)} to ${quantity(bounds[1], unit)})`;
}

const LEAST_PAIR = 0.01;
const MOST_PAIRS = 6;

/** Axes and the pairs that matter, by objective, the most deciding first. */
export function sensitivityTable(document: SweepDocument): Table[] {
  const { objectives, sensitivity, counts } = document;
  if (counts.feasible === 0) return [];
  const named = objectives.filter(({ name }) => (sensitivity[name]?.main.length ?? 0) > 0);
  const all = new Map<string, { readonly axes: number; readonly shares: Record<string, number> }>();
  const together = movingTogether(document);
  for (const { name } of named) {
    const { main = [], pairs = [] } = sensitivity[name] ?? {};
    for (const { axes, share } of [...main, ...pairs]) {
      const key = together(axes).join(' x ');
      const entry = all.get(key) ?? { axes: axes.length, shares: {} };
      entry.shares[name] = share;
      all.set(key, entry);
    }
  }
  const rows = [...all].map(([name, { axes, shares }]) => ({ name, axes, shares, most: Math.max(...Object.values(shares)) }));
  const ranked = rows.toSorted((a, b) => b.most - a.most);
  const pairs = ranked.filter(({ axes, most }) => axes > 1 && most >= LEAST_PAIR).slice(0, MOST_PAIRS);
  const shown = ranked.filter((row) => row.axes === 1 || pairs.includes(row));
  if (shown.length === 0) return [];
  return [
    tableOf(
      'Which axis decides: share of the variance over the feasible rows',
      [
        { title: 'axis', text: (row) => row.name },
        ...named.map(({ name }): Column<(typeof rows)[number]> => ({
          title: name,
          align: 'right',
          text: ({ shares }) => (shares[name] === undefined ? '-' : percent(shares[name])),
        })),
      ],
      shown,
    ),
  ];
}

/** Constraints that rule something out come first on a screen; a sweep without constraints has no table. */
export function constraintsTable({ constraints }: SweepDocument): Table[] {
  if (constraints.length === 0) return [];
  type Constraint = (typeof constraints)[number];
  const someUnknown = constraints.some(({ unknown }) => unknown > 0);
  return [
    tableOf<Constraint>(
      'Constraints',
      [
        { title: 'constraint', text: ({ text }) => text },
        { title: 'points that violate it', align: 'right', text: ({ violated }) => grouped(violated) },
        { title: 'and nothing else', align: 'right', text: ({ violatedAlone }) => grouped(violatedAlone) },
        ...(someUnknown ? [{ title: 'unknown for', align: 'right' as const, text: ({ unknown }: Constraint) => grouped(unknown) }] : []),
      ],
      constraints,
    ),
  ];
}

/** What some rows have no value for, and why. */
export function unknownsTable({ unknowns }: SweepDocument): Table[] {
  if (unknowns.length === 0) return [];
  return [
    tableOf(
      'Unknown values: such points are ruled out, or not compared',
      [
        { title: 'constraint or objective', text: ({ of }) => of },
        { title: 'points', align: 'right', text: ({ count }) => grouped(count) },
        { title: 'first', align: 'right', text: ({ point }) => String(point) },
        { title: 'what is unknown there', text: ({ why }) => (why.length === 0 ? 'its expression has no finite value' : why.join('; ')) },
      ],
      unknowns,
    ),
  ];
}

export function failuresTable({ failures }: SweepDocument): Table[] {
  if (failures.length === 0) return [];
  return [
    tableOf(
      'Failed points',
      [
        { title: 'message', text: ({ message }) => message },
        { title: 'points', align: 'right', text: ({ count }) => grouped(count) },
        { title: 'first', align: 'right', text: ({ point }) => String(point) },
      ],
      failures,
    ),
  ];
}
