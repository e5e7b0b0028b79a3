/** `lowbit sweep explain DIR --point N`: what a point is, how good, what dominates it, what it violates, and how to simulate it alone. */
import { LowbitError } from '../../lowbit-error.js';
import type { SweepExplainDocument } from '../../report/documents.js';
import { axisValueText } from '../../report/axis-value-text.js';
import { quantity } from '../../report/expression-quantity.js';
import { grouped, percent } from '../../report/number-text.js';
import { tableOf, type Table } from '../../report/table.js';
import { terminalTable } from '../../report/terminal-table.js';
import { shellCommand } from '../../sweep/cluster/shell-quote.js';
import { dominators } from '../../sweep/pareto/dominators.js';
import { feasibleRows } from '../../sweep/pareto/feasible-rows.js';
import { admit, spaceOf } from '../../sweep/plan/space.js';
import type { AxisValue, SweepPlan } from '../../sweep/plan/sweep-plan.js';
import { resultColumns } from '../../sweep/rows/result-columns.js';
import type { RowBatch } from '../../sweep/rows/row-batch.js';
import { readManifest } from '../../sweep/store/manifest.js';
import { planHash } from '../../sweep/plan/plan-hash.js';
import { readRows } from '../../sweep/store/read-rows.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { envelope } from '../envelope.js';
import { print } from './present.js';
import { simulateWords } from './sweep-point.js';

/** One row of a batch. */
interface Row {
  readonly batch: RowBatch;
  readonly index: number;
}

export async function explainPoint(args: Arguments, dir: string): Promise<void> {
  const { plan } = readManifest(dir);
  const point = pointOf(args, plan);
  const row = await rowOf(dir, plan, point);
  const document = await explainDocument(dir, plan, row);
  print(args, document, () => textOf(document, plan));
}

function pointOf(args: Arguments, plan: SweepPlan): number {
  const text = single('point', args['point']);
  const last = spaceOf(plan).rawSize - 1;
  if (text === undefined) throw new LowbitError('no point given', { remedy: `add --point N, a number from 0 to ${last}` });
  const point = Number(text);
  if (text.trim() !== '' && Number.isInteger(point) && point >= 0 && point <= last) return point;
  throw new LowbitError(`--point takes a number from 0 to ${last}`, {
    value: text,
    remedy: 'tables and rows.parquet have it in column point',
  });
}

async function rowOf(dir: string, plan: SweepPlan, point: number): Promise<Row> {
  for await (const batch of readRows(dir, plan)) {
    const index = batch.points.indexOf(point);
    if (index >= 0) return { batch, index };
  }
  throw notSimulated(dir, plan, point);
}

/** Why a point has no row. */
function notSimulated(dir: string, plan: SweepPlan, point: number): LowbitError {
  const space = spaceOf(plan);
  const digits = new Int32Array(space.sizes.length);
  space.digitsOf(point, digits);
  const what = 'this point was not simulated';
  if (!space.exists(digits)) return new LowbitError(what, { value: point, remedy: 'a condition (when) keeps it out of the space' });
  const { violated } = admit(plan, space, Float64Array.of(point));
  const excluded = plan.constraints.flatMap(({ text }, i) => ((violated[i] ?? 0) > 0 ? [text] : []));
  if (excluded.length > 0) {
    return new LowbitError(what, { value: point, remedy: `ruled out before simulation by ${excluded.join(' and ')}` });
  }
  const axes = new Int32Array(plan.axes.length);
  space.axesOf(digits, axes);
  return new LowbitError(what, {
    value: point,
    place: dir,
    remedy: `the strategy did not ask for it, or the sweep is not complete; simulate it alone: ${shellCommand(simulateWords(plan, axes))}`,
  });
}

async function explainDocument(dir: string, plan: SweepPlan, row: Row): Promise<SweepExplainDocument> {
  const { batch, index } = row;
  const standing = await standingOf(dir, plan, row);
  const error = batch.errors.get(index) ?? null;
  return {
    ...envelope('sweep-explain', { plan: planHash(plan), point: batch.points[index] }),
    sweep: plan.name,
    point: batch.points[index] ?? 0,
    axes: axesOf(plan, row),
    columns: Object.fromEntries(plan.columns.map((name, c) => [name, known(batch.columns[c]?.[index])])),
    objectives: Object.fromEntries(
      plan.objectives.map(({ name }, o) => {
        const bounds = [known(batch.bounds?.[o]?.low[index]), known(batch.bounds?.[o]?.high[index])] as const;
        return [
          name,
          {
            value: known(batch.objectives[o]?.[index]),
            bounds: bounds[0] === null || bounds[1] === null ? null : [bounds[0], bounds[1]],
            place: standing.places[o] ?? null,
          },
        ];
      }),
    ),
    error,
    violated: error === null ? constraintsOf(plan, batch.violated[index] ?? 0) : [],
    unknown: error === null ? constraintsOf(plan, batch.unknown[index] ?? 0) : [],
    feasibleRows: standing.feasibleRows,
    dominatedBy: standing.dominatedBy,
    dominators: standing.dominators.map((other) => ({
      point: other.batch.points[other.index] ?? 0,
      axes: axesOf(plan, other),
      objectives: Object.fromEntries(plan.objectives.map(({ name }, o) => [name, other.batch.objectives[o]?.[other.index] ?? NaN])),
      gains: Object.fromEntries(plan.objectives.map(({ name }, o) => [name, gain(plan, o, { row, other })])),
    })),
    simulate: simulateWords(
      plan,
      batch.axes.map((column) => column[index] ?? -1),
    ),
  };
}

/** The constraints whose bits are set, as written. */
function constraintsOf({ constraints }: SweepPlan, bits: number): string[] {
  return constraints.flatMap(({ text }, i) => ((bits >> i) & 1 ? [text] : []));
}

const known = (value: number | undefined): number | null => (value === undefined || !Number.isFinite(value) ? null : value);

function axesOf(plan: SweepPlan, { batch, index }: Row): Record<string, AxisValue> {
  return Object.fromEntries(
    plan.axes.flatMap(({ name, values }, a) => {
      const value = values[batch.axes[a]?.[index] ?? -1];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

interface Standing {
  /** By objective; null where the point has no value. */
  readonly places: readonly (number | null)[];
  readonly feasibleRows: number;
  readonly dominatedBy: number | null;
  readonly dominators: readonly Row[];
}

const MOST_DOMINATORS = 5;

/** Every feasible row against the point. */
async function standingOf(dir: string, plan: SweepPlan, row: Row): Promise<Standing> {
  const target = plan.objectives.map((_, o) => row.batch.objectives[o]?.[row.index] ?? NaN);
  const valued = target.length > 0 && target.every(Number.isFinite);
  const better = target.map(() => 0);
  let [feasible, dominatedBy] = [0, 0];
  let best: { readonly row: Row; readonly gain: number }[] = [];
  for await (const batch of readRows(dir, plan)) {
    const { rows } = feasibleRows(batch);
    feasible += rows.length;
    for (const [o, { direction }] of plan.objectives.entries()) better[o] = (better[o] ?? 0) + countBetter(batch.objectives[o], { rows, than: target[o] ?? NaN, direction }); // prettier-ignore
    if (!valued) continue;
    const found = dominators(plan, batch, target).rows;
    dominatedBy += found.length;
    const candidates = Array.from(found, (index) => ({ row: { batch, index }, gain: meanGain(plan, row, { batch, index }) }));
    best = [...best, ...candidates].toSorted((a, b) => b.gain - a.gain).slice(0, MOST_DOMINATORS);
  }
  return {
    places: target.map((value, o) => (Number.isFinite(value) ? (better[o] ?? 0) + 1 : null)),
    feasibleRows: feasible,
    dominatedBy: valued ? dominatedBy : null,
    dominators: best.map(({ row: other }) => other),
  };
}

interface Measure {
  readonly rows: Int32Array;
  readonly than: number;
  readonly direction: 'minimize' | 'maximize';
}

function countBetter(values: Float64Array | undefined, { rows, than, direction }: Measure): number {
  let count = 0;
  for (const row of rows) {
    const value = values?.[row] ?? NaN;
    if (direction === 'minimize' ? value < than : value > than) count++;
  }
  return count;
}

/** By how much `other` is better in an objective, over the value of the point; null over 0. */
function gain(plan: SweepPlan, o: number, { row, other }: { readonly row: Row; readonly other: Row }): number | null {
  const own = row.batch.objectives[o]?.[row.index] ?? NaN;
  const value = other.batch.objectives[o]?.[other.index] ?? NaN;
  const sign = plan.objectives[o]?.direction === 'minimize' ? 1 : -1;
  return own === 0 ? null : (sign * (own - value)) / Math.abs(own);
}

function meanGain(plan: SweepPlan, row: Row, other: Row): number {
  const gains = plan.objectives.map((_, o) => gain(plan, o, { row, other }) ?? 0);
  return gains.reduce((sum, value) => sum + value, 0) / gains.length;
}

function textOf(document: SweepExplainDocument, plan: SweepPlan): string {
  const tables = [axesTable(document), figuresTable(document, plan), ...dominatorsTable(document, plan)];
  return [...tables.map(terminalTable), verdict(document), `To simulate it alone:\n  ${shellCommand(document.simulate)}`].join('\n\n');
}

function axesTable({ sweep, point, axes }: SweepExplainDocument): Table {
  return tableOf<[string, AxisValue]>(
    `Point ${point} of ${sweep}`,
    [
      { title: 'axis', text: ([name]) => name },
      { title: 'value', text: ([, value]) => axisValueText(value) },
    ],
    Object.entries(axes),
  );
}

function figuresTable({ columns, objectives, feasibleRows }: SweepExplainDocument, plan: SweepPlan): Table {
  const unitOf = (name: string): string =>
    plan.objectives.find((objective) => objective.name === name)?.unit ?? resultColumns.find((column) => column.name === name)?.unit ?? '';
  const rows = [
    ...Object.entries(objectives).map(([name, objective]) => ({ name, ...objective })),
    ...Object.entries(columns).flatMap(([name, value]) => (name in objectives ? [] : [{ name, value, bounds: null, place: null }])),
  ];
  return tableOf<(typeof rows)[number]>(
    'Its row',
    [
      { title: 'objective or column', text: ({ name }) => name },
      { title: 'value', align: 'right', text: ({ name, value }) => quantity(value, unitOf(name)) },
      ...(rows.some(({ bounds }) => bounds !== null)
        ? [{ title: 'range of its error', text: ({ name, bounds }: (typeof rows)[number]) => (bounds === null ? '' : bounds.map((value) => quantity(value, unitOf(name))).join(' to ')) }] // prettier-ignore
        : []),
      { title: `place among ${grouped(feasibleRows)}`, align: 'right', text: ({ place }) => (place === null ? '' : grouped(place)) },
    ],
    rows,
  );
}

function dominatorsTable({ dominators, dominatedBy }: SweepExplainDocument, plan: SweepPlan): Table[] {
  if (dominators.length === 0) return [];
  const title = dominators.length < (dominatedBy ?? 0) ? `${dominators.length} of the ${grouped(dominatedBy ?? 0)} rows that dominate it, most gain first` : 'Rows that dominate it, most gain first'; // prettier-ignore
  type Dominator = (typeof dominators)[number];
  return [
    tableOf<Dominator>(
      title,
      [
        { title: 'point', align: 'right', text: ({ point }) => String(point) },
        ...plan.axes.map(({ name }) => ({ title: name, text: ({ axes }: Dominator) => axisValueText(axes[name]) })),
        ...plan.objectives.map(({ name, unit, direction }) => ({
          title: name,
          align: 'right' as const,
          text: ({ objectives, gains }: Dominator) =>
            `${quantity(objectives[name] ?? null, unit)} (${gainText(gains[name] ?? null, direction)})`,
        })),
      ],
      dominators,
    ),
  ];
}

function gainText(share: number | null, direction: 'minimize' | 'maximize'): string {
  if (share === 0) return 'same';
  return share === null ? 'better' : `${direction === 'minimize' ? '-' : '+'}${percent(share)}`;
}

function verdict({ error, violated, unknown, dominatedBy }: SweepExplainDocument): string {
  if (error !== null) return `It failed: ${error}`;
  const broken = violated.filter((text) => !unknown.includes(text));
  const ruledOut = [
    ...(broken.length > 0 ? [`It violates ${broken.join(' and ')}.`] : []),
    ...(unknown.length > 0 ? [`It is ruled out because ${unknown.join(' and ')} is unknown: the command lists the omissions.`] : []),
  ];
  if (ruledOut.length > 0) return ruledOut.join(' ');
  if (dominatedBy === null) return 'The sweep has no objectives, or a value of the point is unknown.';
  return dominatedBy === 0 ? 'No row dominates it: it is on the front.' : `${grouped(dominatedBy)} rows dominate it.`;
}
