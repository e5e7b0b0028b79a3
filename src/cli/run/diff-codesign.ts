/**
 * What differs between two points of co-design fronts, of one study or of two: hardware and the option of every item as settings, costs and accuracy as totals, the table
 * entries of items as terms, and the paired difference of accuracy (paired-points.ts). Without points two studies are held against each other: what they were asked, and the best of each objective on their fronts.
 * Items of two studies are the same where their names are.
 */
import { LowbitError } from '../../lowbit-error.js';
import { optionText, sharesOf } from '../../report/codesign-assignment.js';
import { costKinds, measuredOf } from '../../report/codesign-tables.js';
import type { CodesignDocument, DiffDocument, SimulateDocument } from '../../report/documents.js';
import type { ReportDocument } from '../../report/read-documents.js';
import type { Term } from '../../trace/term.js';
import { changedSettings, changedTotals } from './changed-leaves.js';
import { pairedAccuracy } from './paired-points.js';

/** One side of a diff; `point`: what stood behind the `#` of its file. */
export interface DiffSide {
  readonly place: string;
  readonly document: ReportDocument;
  readonly point?: string;
}

type Changes = Pick<DiffDocument, 'settings' | 'totals' | 'terms' | 'accuracy'>;
type Point = CodesignDocument['front'][number];
type ItemTerm = Term & { readonly layer: string };

/** The simulation of a side. Throws LowbitError for another document, and for a point of something that has none. */
export function simulationOf({ document, place, point }: DiffSide): SimulateDocument {
  if (document.command === 'simulate' && point === undefined) return document;
  if (document.command === 'codesign')
    throw new LowbitError('a co-design study has nothing in common with a simulation', {
      place,
      remedy: 'give two studies, or two of their points as FILE#p1 and FILE#p2',
    });
  throw new LowbitError(point === undefined ? 'not the result of one simulation' : 'only co-design studies have points', {
    value: point ?? document.command,
    place,
    remedy: 'make it with `lowbit simulate ... --json > FILE`',
  });
}

/** Throws LowbitError for a point that is not on the front, and for a point beside a whole study. */
export function codesignChanges(a: DiffSide, b: DiffSide): Changes {
  const [left, right] = [studyOf(a), studyOf(b)];
  const [from, to] = [pointOf(left, a), pointOf(right, b)];
  if (from === undefined && to === undefined) return studyChanges(left, right);
  if (from === undefined || to === undefined)
    throw new LowbitError('a point beside a whole study', {
      place: (from === undefined ? a : b).place,
      remedy: 'name a point on both sides, FILE#p1 and FILE#p2, or on none',
    });
  return {
    settings: changedSettings(pointSettings(left, from), pointSettings(right, to)),
    // The ratio of two differences says nothing: they may have either sign.
    totals: changedTotals(pointTotals(left, from), pointTotals(right, to)).map((total) =>
      total.name.startsWith('logPerplexityDifference') ? { ...total, ratio: null } : total,
    ),
    terms: changedItemTerms(itemTerms(left, from), itemTerms(right, to)),
    accuracy: pairedAccuracy({ document: left, point: from }, { document: right, point: to }),
  };
}

function studyOf({ document, place }: DiffSide): CodesignDocument {
  if (document.command === 'codesign') return document;
  throw new LowbitError('not a co-design study', { value: document.command, place, remedy: 'give codesign.json of its output folder' });
}

function pointOf({ front }: CodesignDocument, { point, place }: DiffSide): Point | undefined {
  if (point === undefined) return undefined;
  const found = front.find(({ id }) => id === point);
  if (found !== undefined) return found;
  throw new LowbitError('no such point on the front', { value: point, place, allowed: front.map(({ id }) => id) });
}

function pointSettings(document: CodesignDocument, point: Point): Record<string, unknown> {
  const { hardware } = point;
  const design = document.hardware.find(({ name }) => name === hardware);
  const options = document.items.map(({ name }, item) => [name, optionText(document, point, item)] as const);
  return { model: document.model, hardware, ...Object.fromEntries(Object.entries(design?.settings ?? {})), ...Object.fromEntries(options) };
}

/** Costs, the sum of errors, and what was measured of the assignment; null: unknown or not measured. */
function pointTotals(document: CodesignDocument, point: Point): Record<string, number | null> {
  const measured = measuredOf(document, point);
  const { mean = null, low = null, high = null } = measured?.logPerplexityDifference ?? {};
  return {
    ...point.costs,
    predictedError: point.predictedError,
    perplexity: measured?.perplexity ?? null,
    logPerplexityDifference_nats: mean,
    'logPerplexityDifference_nats.low': low,
    'logPerplexityDifference_nats.high': high,
  };
}

/** The table entries that the option of every item takes, of features by their shares; unknown ones are left out, so are errors where features differ. */
function itemTerms(document: CodesignDocument, point: Point): ItemTerm[] {
  const { hardware } = point;
  const shares = sharesOf(point);
  const design = document.hardware.find(({ name }) => name === hardware);
  const { errors, memory } = document;
  const tables = [
    { name: 'error', unit: errors.unit, table: errors.error, source: `measured, ${errors.measure}` },
    { name: 'bits', unit: 'bit', table: errors.bits, source: 'stored per weight, all side data' },
    { name: 'memory', unit: 'byte', table: memory.bytes, source: 'stored bits' },
    { name: 'latency', unit: 's', table: design?.tables.latency_s ?? [], source: `simulated on ${hardware}` },
    { name: 'energy', unit: 'pJ', table: design?.tables.energy_pJ ?? [], source: `simulated on ${hardware}` },
  ];
  return document.items.flatMap(({ name: layer }, item) =>
    tables.flatMap(({ name, unit, table, source }): ItemTerm[] => {
      const own = shares[item] ?? [];
      const mixed = own.length > 1;
      if (own.some(({ option }) => (table[item]?.[option] ?? null) === null) || (mixed && name === 'error')) return [];
      const value = own.reduce((sum, { option, share }) => sum + share * table[item]![option]!, 0);
      const formula = mixed ? 'entries of its options by their features' : 'entry of its option';
      return [{ layer, name, formula, numbers: optionText(document, point, item), value, unit, source }];
    }),
  );
}

function changedItemTerms(a: readonly ItemTerm[], b: readonly ItemTerm[]): DiffDocument['terms'] {
  const key = ({ layer, name }: ItemTerm): string => `${layer} ${name}`;
  const [left, right] = [new Map(a.map((term) => [key(term), term])), new Map(b.map((term) => [key(term), term]))];
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((name) => {
    const [from, to] = [left.get(name), right.get(name)];
    const either = from ?? to;
    if (either === undefined || from?.value === to?.value) return [];
    return [{ layer: either.layer, name: either.name, unit: either.unit, a: bare(from), b: bare(to) }];
  });
}

function bare(term: ItemTerm | undefined): Term | null {
  if (term === undefined) return null;
  const { layer: _, ...rest } = term;
  return rest;
}

function studyChanges(a: CodesignDocument, b: CodesignDocument): Changes {
  return { settings: changedSettings(asked(a), asked(b)), totals: changedTotals(reached(a, b), reached(b, a)), terms: [] };
}

/** What a study was asked. */
function asked({ model, scheme, seed, workload, objectives, items, options, hardware, methods, errors }: CodesignDocument): object {
  return {
    ...{ model, scheme, seed, workload, objectives: objectives.join(', '), items: items.length },
    errors: { measure: errors.measure, windows: errors.windows },
    options: Object.fromEntries(options.map(({ name, format }) => [name, format])),
    hardware: Object.fromEntries(hardware.map(({ name, design, settings }) => [name, { design, ...settings }])),
    methods: methods.map(({ name }) => name).join(', '),
  };
}

/** Size of the front, its points that the other has too, and the least of every cost on it. */
function reached(document: CodesignDocument, other: CodesignDocument): Record<string, number | null> {
  const { front, candidates } = document;
  const known = new Set(other.front.map((point) => JSON.stringify(pointSettings(other, point))));
  const least = (values: readonly (number | null)[]): number | null => {
    const numbers = values.filter((value) => value !== null);
    return numbers.length === 0 ? null : Math.min(...numbers);
  };
  return {
    candidates: candidates.evaluated,
    front: front.length,
    'front.onlyHere': front.filter((point) => !known.has(JSON.stringify(pointSettings(document, point)))).length,
    'least.predictedError': least(front.map(({ predictedError }) => predictedError)),
    ...Object.fromEntries(costKinds.map(({ key }) => [`least.${key}`, least(front.map(({ costs }) => costs[key]))])),
  };
}
