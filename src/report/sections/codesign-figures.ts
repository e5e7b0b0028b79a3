/** The charts of a co-design study: errors over costs, the map of bits, and what one more bit of each item buys. */
import { evenIndexesWith } from '../../numeric/even-choice.js';
import { counted } from '../../units/si.js';
import { bitCostBars, type BitCostPanel } from '../charts/bit-cost-bars.js';
import { bitMap } from '../charts/bit-map.js';
import { costPanels, type CostDot } from '../charts/cost-panels.js';
import { candidateCloud, cloudText } from '../candidate-cloud.js';
import { MAX_MARKS, type ChartSpec } from '../charts/theme.js';
import { assignmentKey, optionText, sharesOf, type Assignment } from '../codesign-assignment.js';
import {
  assignmentsOf,
  bitSteps,
  commonHardware,
  costKinds,
  costsOf,
  itemLabels,
  measuredOf,
  sumOf,
  promiseOf,
  sumWithin,
  type BitStep,
  type CostKind,
} from '../codesign-tables.js';
import type { CodesignDocument } from '../documents.js';
import { grouped } from '../number-text.js';
import type { Figure } from '../report-parts.js';

/** Columns of the map. */
const MOST_COLUMNS = 14;
/** So that intervals at one cost do not cover each other. */
const PROMISE_SHIFT_px = 5;
/** Rows of a chart; with more items a row is a layer. */
const MOST_ROWS = 80;

const figureOf = (id: string, spec: ChartSpec, caption: string): Figure => ({ id, alt: spec.description, caption, spec });

/** Sums of errors and measured differences share an axis. */
const inNats = ({ errors }: CodesignDocument): boolean => errors.unit === 'nats per token';

/** Costs that tell these dots apart or are objectives; what is unknown for all of them has no panel. */
function shownCosts({ objectives }: CodesignDocument, costs: readonly (readonly (number | null)[])[]): CostKind[] {
  return costKinds.filter(({ key }, k) => {
    const values = costs.map((own) => own[k] ?? null);
    if (values.every((value) => value === null)) return false;
    return objectives.includes(key) || new Set(values).size > 1;
  });
}

function panelsOf(document: CodesignDocument, dots: readonly CostDot[], { kinds, error }: { kinds: readonly string[]; error: string }) {
  const shown = shownCosts(document, dots.map(({ costs }) => costs)); // prettier-ignore
  const kept = dots.map((dot) => ({ ...dot, costs: shown.map((kind) => dot.costs[costKinds.indexOf(kind)] ?? null) }));
  return { costs: shown, error, dots: kept, kinds };
}

const keyOf = (hardware: string, assignment: Assignment): string => `${hardware}\u0000${assignmentKey(assignment)}`;

/** All items, or features, under one option. */
function uniformly({ items, options }: CodesignDocument, option: number): Assignment {
  if (!items.some(({ features }) => features !== undefined)) return { choice: items.map(() => option) };
  return { choice: [], features: items.map(({ features = 0 }) => options.map((_, o) => (o === option ? features : 0))) };
}

/** The sum of errors that the front minimises, beside one option for all items and what methods chose. */
export function promisedFigure(document: CodesignDocument, id: string): Figure {
  const { front, options, hardware, comparisons, errors } = document;
  const kinds = ['on the front', 'one option for all', 'chosen by a method'];
  const listOf = (costs: Readonly<Record<CostKind['key'], number | null>>): (number | null)[] => costKinds.map(({ key }) => costs[key]);
  const taken = new Set(front.map((point) => keyOf(point.hardware, point)));
  const dots: CostDot[] = front.map((point) => ({ label: point.id, kind: kinds[0]!, error: point.predictedError, costs: listOf(point.costs), hardware: point.hardware })); // prettier-ignore
  for (const design of hardware) {
    const other = (label: string, kind: string, assignment: Assignment, error: number | null): void => {
      const key = keyOf(design.name, assignment);
      if (error === null || taken.has(key)) return;
      taken.add(key);
      dots.push({ label, kind, error, costs: listOf(costsOf(document, design, assignment)), hardware: design.name });
    };
    for (const [o, { name }] of options.entries()) {
      const all = uniformly(document, o);
      other(name, kinds[1]!, all, sumOf(errors.error, all));
    }
    for (const comparison of comparisons.filter((one) => one.hardware === design.name)) {
      const { method, predictedError, budget } = comparison;
      other(`${method}, ${budget.value} ${budget.resource}`, kinds[2]!, comparison, predictedError);
    }
  }
  const panels = panelsOf(document, dots, { kinds, error: inNats(document) ? `sum of errors (${errors.unit})` : 'sum of errors' });
  const { spec, cell_px } = costPanels(
    { ...panels, cloud: candidateCloud(document, panels.costs) },
    {
      title: `${front.length} of ${grouped(document.candidates.evaluated)} candidates are on the front`,
      subtitle: `errors: ${errors.measure}, ${errors.unit}; what the tables promise; down and left is better, and a point is on the front for its costs together`,
    },
  );
  return figureOf(`${id}-front`, spec, cloudText(document, cell_px));
}

/** Measured differences of log-perplexity with their intervals; null where nothing was evaluated. */
export function measuredFigure(document: CodesignDocument, id: string): Figure | null {
  const { front, comparisons, hardware, reference } = document;
  const kinds = ['measured, on the front', document.promise ? 'promised' : 'sum of errors', 'measured, chosen by a method'];
  const verified = front.filter((point) => measuredOf(document, point) !== null);
  if (verified.length === 0 || reference === null) return null;
  const verifiedKeys = new Set(verified.map((point) => keyOf(point.hardware, point)));
  const dots: CostDot[] = verified.flatMap((point) => {
    const { mean, low, high } = measuredOf(document, point)!.logPerplexityDifference;
    const rest = { label: point.id, costs: costKinds.map(({ key }) => point.costs[key]), hardware: point.hardware };
    const own = { ...rest, kind: kinds[0]!, error: mean, low, high };
    const promise = promiseOf(document, point);
    if (promise !== null)
      return [own, { ...rest, kind: kinds[1]!, error: promise.mean, low: promise.low, high: promise.high, shift_px: PROMISE_SHIFT_px }];
    return inNats(document) ? [own, { ...rest, kind: kinds[1]!, error: point.predictedError }] : [own];
  });
  for (const comparison of comparisons) {
    const { method, budget, measured, hardware: name } = comparison;
    const design = hardware.find((one) => one.name === name);
    if (design === undefined || verifiedKeys.has(keyOf(name, comparison))) continue;
    const { mean, low, high } = measured.logPerplexityDifference;
    const costs = costsOf(document, design, comparison);
    dots.push({ label: `${method}, ${budget.value} ${budget.resource}`, kind: kinds[2]!, error: mean, low, high, costs: costKinds.map(({ key }) => costs[key]), hardware: name }); // prettier-ignore
  }
  const { spec } = costPanels(panelsOf(document, dots, { kinds, error: 'log-perplexity above float32 (nats)' }), {
    title: measuredTitle(document, verified),
    subtitle: `${counted(reference.windows, 'window')} of ${reference.window} tokens; lines are 95 % intervals${document.promise ? '; what is promised stands a little to the right' : ' of the paired bootstrap over windows'}`,
  });
  const bare = dots.some(({ kind, low }) => kind !== kinds[1] && low === null) ? ' A dot without a line has an unknown interval.' : '';
  return figureOf(`${id}-measured`, spec, `${verified.length} of ${front.length} points of the front were evaluated; what the others come to is unknown.${bare}`); // prettier-ignore
}

function measuredTitle(document: CodesignDocument, verified: CodesignDocument['front']): string {
  const { front, errors } = document;
  const judgements = verified.map((point) => promiseOf(document, point)?.holds ?? null).filter((holds) => holds !== null);
  if (judgements.length > 0)
    return `The promised loss agrees with the measured one for ${judgements.filter(Boolean).length} of ${judgements.length} points that were evaluated`;
  const told = verified.map((point) => sumWithin(document, point)).filter((within) => within !== null);
  const within = told.filter(Boolean).length;
  if (told.length === 0)
    return `Measured accuracy of ${verified.length} of ${front.length} points; sums of ${errors.measure} errors are no promise in nats`;
  return `The sum of errors lies in the measured interval for ${within} of ${told.length} points that were evaluated`;
}

/** Rows of charts of items: the items themselves or, of many, their layers with the members of each. */
function rowsOf(document: CodesignDocument): { readonly labels: string[]; readonly members: number[][]; readonly merged: boolean } {
  const { items } = document;
  if (items.length <= MOST_ROWS) return { labels: itemLabels(document), members: items.map((_, i) => [i]), merged: false };
  const layers = [...new Set(items.map(({ layer }) => layer))].sort((a, b) => a - b);
  const members = layers.map((layer) => items.flatMap((item, i) => (item.layer === layer ? [i] : [])));
  return { labels: layers.map((layer) => `layer ${layer}`), members, merged: true };
}

export function mapFigure(document: CodesignDocument, id: string): Figure {
  const { items, options } = document;
  const ofFeatures = items.some(({ features }) => features !== undefined);
  const assignments = assignmentsOf(document);
  const { labels, members, merged } = rowsOf(document);
  const always = assignments.flatMap(({ points }, i) => (points.some((point) => measuredOf(document, point) !== null) ? [i] : []));
  const most = Math.max(2, Math.min(MOST_COLUMNS, Math.floor(MAX_MARKS / 2 / labels.length)));
  const shown = evenIndexesWith(assignments.length, most, always.slice(0, most)).flatMap((i) => assignments.slice(i, i + 1));
  const alike = merged || ofFeatures ? new Set<number>() : alikeOptions(document);
  const cellOf = (assignment: Assignment, row: readonly number[]) => {
    const option = assignment.choice[row[0] ?? -1] ?? -1;
    const letter = alike.has(option) ? letterOf(option) : '';
    const told = merged ? 'mean of the layer' : optionText(document, assignment, row[0] ?? -1);
    return { bits: meanBits(document, assignment, row), option: told, letter };
  };
  const columns = shown.map(({ points, ...assignment }) => ({
    head: [`${points[0]?.id ?? ''}${points.length > 1 ? ` +${points.length - 1}` : ''}`, points[0]?.costs.bits.toFixed(2) ?? ''],
    cells: members.map((row) => cellOf(assignment, row)),
  }));
  const spec = bitMap(
    { rows: labels, columns },
    {
      title: `Stored bits per weight of ${merged ? 'each layer' : `${items.length} items`} along the front`,
      subtitle: `a column is an assignment of the front, its mean below its name${merged ? '; a row is the mean over the items of a layer' : ''}`,
    },
  );
  const left = shown.length < assignments.length ? ` ${shown.length} of ${assignments.length} assignments are drawn.` : '';
  const more = columns.some(({ head }) => head[0]?.includes('+') === true)
    ? ' +1: one more point has this assignment, on other hardware.'
    : '';
  const letters =
    alike.size === 0 ? '' : ` Letters: ${options.flatMap(({ name }, o) => (alike.has(o) ? [`${letterOf(o)} ${name}`] : [])).join(', ')}.`;
  return figureOf(`${id}-map`, spec, `Rows: layer and matrix. A question mark is unknown.${more}${left}${letters}`);
}

/** Over the weights of some items; null where one is unknown. Of features without the maps of rows. */
function meanBits({ items, errors }: CodesignDocument, assignment: Assignment, row: readonly number[]): number | null {
  const shares = sharesOf(assignment);
  let [bits, weights] = [0, 0];
  for (const item of row) {
    const count = items[item]?.weights ?? 0;
    for (const { option, share } of shares[item] ?? []) {
      const own = errors.bits[item]?.[option] ?? null;
      if (own === null) return null;
      bits += share * own * count;
    }
    weights += count;
  }
  return bits / weights;
}

const letterOf = (option: number): string => String.fromCharCode(97 + (option % 26));

/** Options that read the same as another in some row of the map. */
function alikeOptions({ errors }: CodesignDocument): Set<number> {
  const found = new Set<number>();
  for (const row of errors.bits) {
    const texts = row.map((bits) => bits?.toFixed(2) ?? '?');
    for (const [option, text] of texts.entries()) if (texts.indexOf(text) !== texts.lastIndexOf(text)) found.add(option);
  }
  return found;
}

/** Of the step from the narrowest option, on the design most of the front is on; null where there is one width only. */
export function bitCostFigure(document: CodesignDocument, id: string): Figure | null {
  const design = commonHardware(document);
  if (design === undefined) return null;
  const first = new Map<number, BitStep>();
  for (const step of bitSteps(document, design)) if (!first.has(step.item)) first.set(step.item, step);
  if (first.size === 0) return null;
  const { labels, members, merged } = rowsOf(document);
  const valuesOf = (key: 'errorSaved' | 'latency_s' | 'energy_pJ' | 'memory_bytes'): (number | null)[] =>
    members.map((row) => row.reduce<number | null>((sum, item) => added(sum, first.get(item)?.[key] ?? null), 0));
  const { errors } = document;
  const unit = inNats(document) ? errors.unit : '';
  const panels: BitCostPanel[] = [
    { name: 'error saved', unit, values: valuesOf('errorSaved') },
    { name: 'latency', unit: 's', values: valuesOf('latency_s') },
    { name: 'energy', unit: 'pJ', values: valuesOf('energy_pJ') },
    { name: 'memory', unit: 'byte', values: valuesOf('memory_bytes') },
  ];
  const most = largestOf(panels[0]!.values);
  const title = most === undefined ? 'What one more bit of each item buys' : `One more bit saves most error in ${labels[most] ?? ''}`;
  const spec = bitCostBars(
    { rows: labels, panels },
    { title, subtitle: `from the narrowest option to the next, over the stored bits between them${merged ? '; sums over the items of a layer' : ''}; on ${design.name}` }, // prettier-ignore
  );
  return figureOf(
    `${id}-bit`,
    spec,
    `Error saved: ${errors.unit}. Differences of table entries; wider steps and other hardware are in the table.`,
  );
}

const added = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);

function largestOf(values: readonly (number | null)[]): number | undefined {
  let best: number | undefined;
  for (const [i, value] of values.entries()) if (value !== null && value > (best === undefined ? 0 : (values[best] ?? 0))) best = i;
  return best;
}
