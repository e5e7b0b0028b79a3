/** A co-design study as text tables: the front, and every method beside uniform and random. */
import type { CodesignResult, Comparison, FrontPoint, MeasuredPoint } from '../codesign/codesign-result.js';
import { countsByOption } from './codesign-assignment.js';
import { formatSI } from '../units/si.js';
import { tableOf, type Column } from './table.js';
import { terminalTable } from './terminal-table.js';

/** The front and the comparisons of a result. */
export function codesignText({ name, model, front, candidates, comparisons, options, reference }: CodesignResult): string {
  const measured = reference === null ? '' : `; ${model} in float32: perplexity ${reference.perplexity.toFixed(4)}`;
  const caption = `${name}: ${front.length} points on the front of ${candidates.evaluated} candidates (${candidates.assignments} assignments)${measured}`;
  const shown = front.filter((point) => point.measured !== null);
  return [
    terminalTable(tableOf(caption, frontColumns(options.map((option) => option.name), front.some(({ promise }) => promise)), shown.length > 0 ? shown : front.slice(0, MOST))), // prettier-ignore
    ...(comparisons.length === 0
      ? []
      : [terminalTable(tableOf('Methods at the same budget', comparisonColumns(comparisons), comparisons))]),
  ].join('\n\n');
}

const MOST = 20;

function frontColumns(options: readonly string[], promises: boolean): Column<FrontPoint>[] {
  const right = { align: 'right' } as const;
  return [
    { title: 'point', text: ({ id }) => id },
    { title: 'hardware', text: ({ hardware }) => hardware },
    { title: 'method', text: ({ method }) => method },
    { title: 'bits', ...right, text: ({ costs }) => costs.bits.toFixed(3) },
    { title: 'latency', ...right, text: ({ costs }) => formatSI(costs.latency_s, 's') },
    { title: 'energy', ...right, text: ({ costs }) => (costs.energy_pJ === null ? 'unknown' : formatSI(costs.energy_pJ * 1e-12, 'J')) },
    { title: 'memory', ...right, text: ({ costs }) => formatSI(costs.memory_bytes, 'B') },
    { title: 'sum of errors', ...right, text: ({ predictedError }) => predictedError.toPrecision(4) },
    ...(promises ? [{ title: 'promised', ...right, text: ({ promise }: FrontPoint) => (promise ? intervalText({ ...promise, resolved: true }) : '') }] : []), // prettier-ignore
    { title: 'perplexity', ...right, text: ({ measured }) => measured?.perplexity?.toFixed(4) ?? '' },
    {
      title: 'log difference',
      ...right,
      text: ({ measured }) => (measured === null ? '' : intervalText(measured.logPerplexityDifference)),
    },
    choiceColumn(options),
  ];
}

/** So many options have a place each in the column; of more, only those that are used are named. */
const FEW = 8;

function choiceColumn(options: readonly string[]): Column<FrontPoint> {
  if (options.length <= FEW) return { title: options.join(' / '), text: (point) => countsByOption({ options }, point).join(' / ') };
  return {
    title: 'items by option',
    text: (point) =>
      countsByOption({ options }, point)
        .flatMap((count, o) => (count === 0 ? [] : [`${count} ${options[o]!}`]))
        .join(', '),
  };
}

/** Uniform and random have columns where the study held methods against them. */
function comparisonColumns(comparisons: readonly Comparison[]): Column<Comparison>[] {
  const right = { align: 'right' } as const;
  const against = (title: string, read: (comparison: Comparison) => Comparison['againstUniform']): Column<Comparison>[] =>
    comparisons.every((comparison) => read(comparison) === null)
      ? []
      : [{ title, ...right, text: (comparison) => textOf(read(comparison)) }];
  const textOf = (interval: Comparison['againstUniform']): string => (interval === null ? '' : intervalText(interval));
  return [
    { title: 'budget', ...right, text: ({ budget }) => `${budget.value} ${budget.resource}` },
    { title: 'method', text: ({ method }) => method },
    { title: 'bits', ...right, text: ({ bits }) => bits.toFixed(3) },
    { title: 'perplexity', ...right, text: ({ measured }) => measured.perplexity?.toFixed(4) ?? '' },
    ...against('log, against uniform', ({ againstUniform }) => againstUniform),
    ...against('log, against random', ({ againstRandom }) => againstRandom),
  ];
}

function intervalText({ mean, low, high, resolved }: MeasuredPoint['logPerplexityDifference']): string {
  if (low === null || high === null) return mean.toFixed(4);
  return `${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]${resolved ? '' : ' ~'}`;
}
