/** The tables of a co-design study: its front, what changes from point to point, one more bit of each item, and methods side by side. */
import type { Comparison, FrontPoint, MeasuredPoint } from '../../codesign/codesign-result.js';
import {
  assignmentsOf,
  bitSteps,
  changesOf,
  costKinds,
  itemLabels,
  measuredOf,
  promiseOf,
  sumWithin,
  type BitStep,
} from '../codesign-tables.js';
import type { CodesignDocument } from '../documents.js';
import { quantity } from '../expression-quantity.js';
import { difference } from '../number-text.js';
import { tableOf, type Column, type Table } from '../table.js';

const right = { align: 'right' } as const;
/** Longer tables are folded away. */
const MOST_OPEN = 14;
/** Names in a cell. */
const MOST_NAMES = 10;

const folded = (table: Table): Table => (table.rows.length > MOST_OPEN ? { ...table, collapsed: true } : table);
const error = (value: number | null): string => (value === null ? 'unknown' : value.toPrecision(3));

function intervalText({ mean, low, high, resolved }: MeasuredPoint['logPerplexityDifference']): string {
  if (low === null || high === null) return `${mean.toFixed(4)}, interval unknown`;
  return `${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]${resolved ? '' : ', not resolved'}`;
}

const promisedText = (promise: FrontPoint['promise']): string => (promise ? `${promise.mean.toFixed(4)} [${promise.low.toFixed(4)}, ${promise.high.toFixed(4)}]` : ''); // prettier-ignore
const perplexityText = (measured: MeasuredPoint | null): string => (measured === null ? 'not measured' : (measured.perplexity?.toFixed(4) ?? 'infinite')); // prettier-ignore
const withinText = (within: boolean | null): string => (within === null ? 'unknown' : within ? 'yes' : 'no');

export function frontTable(document: CodesignDocument): Table {
  const { front, errors, hardware } = document;
  const measured = (point: FrontPoint) => measuredOf(document, point);
  const one = hardware.length === 1;
  const promises = front.some((point) => point.promise);
  const columns: Column<FrontPoint>[] = [
    { title: 'point', text: ({ id }) => id },
    ...(one ? [] : [{ title: 'hardware', text: (point: FrontPoint) => point.hardware }]),
    { title: 'method', text: ({ method }) => method },
    { title: 'bits', ...right, text: ({ costs }) => costs.bits.toFixed(3) },
    ...costKinds
      .filter(({ key }) => key !== 'bits' && !(one && key === 'area_mm2'))
      .map(({ key, name, unit }): Column<FrontPoint> => ({ title: name, ...right, text: ({ costs }) => quantity(costs[key], unit) })),
    { title: 'sum of errors', ...right, text: ({ predictedError }) => error(predictedError) },
    ...(promises ? [{ title: 'promised', ...right, text: (point: FrontPoint) => promisedText(point.promise) }] : []),
    { title: 'perplexity', ...right, text: (point) => perplexityText(measured(point)) },
    { title: 'log difference', ...right, text: (point) => (measured(point) === null ? '' : intervalText(measured(point)!.logPerplexityDifference)) }, // prettier-ignore
    promises
      ? { title: 'holds', text: (point) => (measured(point) === null ? '' : withinText(promiseOf(document, point)?.holds ?? null)) }
      : { title: 'sum in it', text: (point) => (measured(point) === null ? '' : withinText(sumWithin(document, point))) },
  ];
  return folded(tableOf(`The front${one ? ` on ${hardware[0]?.name ?? ''}` : ''}; errors in ${errors.unit}`, columns, front));
}

interface Move {
  readonly from: FrontPoint;
  readonly to: FrontPoint;
}

/** From each assignment of the front to the next. */
export function changesTable(document: CodesignDocument): Table[] {
  const { options } = document;
  const points = assignmentsOf(document).flatMap(({ points: [first] }) => (first === undefined ? [] : [first]));
  const moves = points.slice(1).flatMap((to, i): Move[] => (points[i] === undefined ? [] : [{ from: points[i], to }]));
  if (moves.length === 0) return [];
  const labels = itemLabels(document);
  const changed = ({ from, to }: Move): string =>
    changesOf(from, to)
      .map((change) => `${options[change.from]?.name ?? ''} to ${options[change.to]?.name ?? ''}: ${namesText(change.items, labels)}`)
      .join('; ');
  const columns: Column<Move>[] = [
    { title: 'from, to', text: ({ from, to }) => `${from.id}, ${to.id}` },
    { title: 'sum of errors', ...right, text: ({ from, to }) => relative(from.predictedError, to.predictedError) },
    ...costKinds.map(({ key, name }): Column<Move> => ({ title: name === 'stored bits per weight' ? 'bits' : name, ...right, text: ({ from, to }) => relative(from.costs[key], to.costs[key]) })), // prettier-ignore
    { title: 'hardware', text: ({ from, to }) => (from.hardware === to.hardware ? 'same' : to.hardware) },
    { title: 'items that change (layer, matrix)', text: changed },
  ];
  return [folded(tableOf('What changes from one assignment of the front to the next', columns, moves))];
}

function namesText(items: readonly number[], labels: readonly string[]): string {
  const names = items.slice(0, MOST_NAMES).map((item) => labels[item] ?? '');
  const rest = items.length - names.length;
  return `${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function relative(from: number | null, to: number | null): string {
  if (from === null || to === null) return 'unknown';
  if (from === to) return '0 %';
  return from === 0 ? `${error(from)} to ${error(to)}` : difference(to / from - 1);
}

/** Every step of every item, a table for each design. */
export function bitStepTables(document: CodesignDocument): Table[] {
  const { options, hardware, errors } = document;
  const labels = itemLabels(document);
  const columns: Column<BitStep>[] = [
    { title: 'item', text: ({ item }) => labels[item] ?? '' },
    { title: 'from, to', text: ({ from, to }) => `${options[from]?.name ?? ''}, ${options[to]?.name ?? ''}` },
    { title: 'bits between', ...right, text: ({ bits }) => bits.toFixed(3) },
    { title: `error saved (${errors.unit})`, ...right, text: ({ errorSaved }) => error(errorSaved) },
    { title: 'latency', ...right, text: ({ latency_s }) => quantity(latency_s, 's') },
    { title: 'energy', ...right, text: ({ energy_pJ }) => quantity(energy_pJ, 'pJ') },
    { title: 'memory', ...right, text: ({ memory_bytes }) => quantity(memory_bytes, 'byte') },
  ];
  return hardware.flatMap((design) => {
    const steps = bitSteps(document, design);
    return steps.length === 0 ? [] : [folded(tableOf(`Per further stored bit of a weight, on ${design.name}`, columns, steps))];
  });
}

export function comparisonTable({ comparisons }: CodesignDocument): Table[] {
  if (comparisons.length === 0) return [];
  const textOf = (interval: Comparison['againstUniform']): string => (interval === null ? '' : intervalText(interval));
  const against = (title: string, read: (comparison: Comparison) => Comparison['againstUniform']): Column<Comparison>[] =>
    comparisons.every((comparison) => read(comparison) === null)
      ? []
      : [{ title, ...right, text: (comparison) => textOf(read(comparison)) }];
  const columns: Column<Comparison>[] = [
    { title: 'method', text: ({ method }) => method },
    { title: 'budget', ...right, text: ({ budget }) => `${budget.value} ${budget.resource}` },
    { title: 'bits', ...right, text: ({ bits }) => bits.toFixed(3) },
    { title: 'perplexity', ...right, text: ({ measured }) => measured.perplexity?.toFixed(4) ?? 'infinite' },
    ...against('log difference to uniform', ({ againstUniform }) => againstUniform),
    ...against('log difference to random', ({ againstRandom }) => againstRandom),
  ];
  return [tableOf('Methods at the same budget; nats per token, paired over windows; negative is better', columns, comparisons)];
}
