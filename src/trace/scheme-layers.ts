/**
 * `layers` of a scheme: entries of weights and activations for single products, by their names (src/decoder/product-names.ts). The first entry whose
 * pattern matches wins; what it does not name, and products that no pattern matches, take the entries of the scheme itself.
 * An entry with `rows` is for these output features of its products alone; the others go on to the entries behind it (row-blocks.ts).
 * Checked where a model is known: every pattern that is not `optional` matches something, rows are those of their matrices, and products that read one
 * input read it in one format.
 */
import { LowbitError } from '../lowbit-error.js';
import { nameTest, requireMatches, type NameTest } from './product-pattern.js';
import { checkRowBlocks, rowBlocksOf, type RowBlock } from './row-blocks.js';
import type { OutlierEntry, WeightEntry } from './scheme-entries.js';

/** An entry for the products whose names match. */
export interface LayerEntry {
  readonly match: string;
  /** True: nothing has to match. */
  readonly optional?: boolean | undefined;
  /** Output features that the entry is for, `0-3,17`, and how many the matrix has. */
  readonly rows?: string | undefined;
  readonly of?: number | undefined;
  readonly weight?: WeightEntry | undefined;
  readonly activation?: OutlierEntry | undefined;
}

/** What of a scheme says how a product is quantized. */
export interface LayeredScheme {
  readonly name: string;
  readonly weight: WeightEntry;
  readonly activation: OutlierEntry;
  readonly layers?: readonly LayerEntry[] | undefined;
}

/** How one product is quantized. */
export interface ProductEntry {
  /** Of the output features that no block holds. */
  readonly weight: WeightEntry;
  readonly activation: OutlierEntry;
  /** Output features with another weight, each in one block at most; absent: none. */
  readonly rowBlocks?: readonly RowBlock[];
}

/** The entries of products by name; names under the same entries of the scheme get the same object. */
export function productEntries(scheme: LayeredScheme): (name: string) => ProductEntry {
  const own: ProductEntry = { weight: scheme.weight, activation: scheme.activation };
  const tests = entryTests(scheme, own);
  const known = new Map<string, ProductEntry>();
  return (name) => {
    const whole = tests.find(({ rows, matches }) => rows === undefined && matches(name));
    const before = whole === undefined ? tests : tests.slice(0, tests.indexOf(whole));
    const parts = before.filter(({ rows, matches }) => rows !== undefined && matches(name));
    const rest = whole?.entry ?? own;
    if (parts.length === 0) return rest;
    const key = [...parts, whole].map((test) => (test === undefined ? -1 : tests.indexOf(test))).join();
    const found = known.get(key) ?? withBlocks(rest, parts);
    known.set(key, found);
    return found;
  };
}

function withBlocks(rest: ProductEntry, parts: readonly EntryTest[]): ProductEntry {
  const rowBlocks = rowBlocksOf(
    rest.weight,
    parts.map(({ entry, rows = '', of = 0, place }) => ({ rows, of, weight: entry.weight, place })),
  );
  return rowBlocks.length === 0 ? rest : { ...rest, rowBlocks };
}

/** All entries that products, or some of their output features, may take: those of the scheme itself first. */
export function allEntries(scheme: LayeredScheme): ProductEntry[] {
  const own: ProductEntry = { weight: scheme.weight, activation: scheme.activation };
  return [own, ...entryTests(scheme, own).map(({ entry }) => entry)];
}

/** Names of the quantizers of weights, each once. */
export function weightQuantizers(scheme: LayeredScheme): string[] {
  return [...new Set(allEntries(scheme).flatMap(({ weight }) => weight.quantizer ?? []))];
}

/** Names of the quantizers of activations, each once. */
export function activationQuantizers(scheme: LayeredScheme): string[] {
  return [...new Set(allEntries(scheme).flatMap(({ activation }) => activation.quantizer ?? []))];
}

/** The products of a model, as far as `layers` speaks of them. */
export interface ModelProducts {
  /** Names of the products that read one input, for every input of the model. */
  readonly inputs: readonly (readonly string[])[];
  /** Names without a quantizer or an input of their own. */
  readonly others?: readonly string[];
  /** Output features of every product. */
  readonly features: ReadonlyMap<string, number>;
}

/**
 * Throws LowbitError for a pattern that matches none of the products and is not optional, for rows of another matrix or of two entries, and for products
 * of one input under several activations.
 */
export function checkLayers(scheme: LayeredScheme, { inputs, others = [], features }: ModelProducts): void {
  const { layers } = scheme;
  if (layers === undefined) return;
  const patterns = layers.map(({ match, optional }, i) => ({ match, optional, place: `${placeOf(scheme, i)}.match` }));
  requireMatches(
    patterns.filter(({ optional }) => optional !== true),
    [...inputs.flat(), ...others],
  );
  const entryOf = productEntries(scheme);
  for (const name of inputs.flat()) checkRowBlocks(name, entryOf(name), features.get(name));
  for (const names of inputs) {
    const [first, ...rest] = names.map((name) => ({ name, text: JSON.stringify(entryOf(name).activation) }));
    const other = rest.find(({ text }) => text !== first?.text);
    if (first === undefined || other === undefined) continue;
    throw new LowbitError('products that read the same input have different activations', {
      value: `${first.name}, ${other.name}`,
      place: `scheme ${scheme.name}: layers`,
      remedy: 'give all of them one activation',
    });
  }
}

interface EntryTest {
  readonly matches: NameTest;
  readonly entry: ProductEntry;
  readonly rows?: string | undefined;
  readonly of?: number | undefined;
  readonly place: string;
}

function entryTests(scheme: LayeredScheme, own: ProductEntry): EntryTest[] {
  return (scheme.layers ?? []).map(({ match, weight, activation, rows, of }, i) => ({
    matches: exactOrPattern(match),
    entry: { weight: weight ?? own.weight, activation: activation ?? own.activation },
    rows,
    of,
    place: placeOf(scheme, i),
  }));
}

function placeOf({ name }: LayeredScheme, entry: number): string {
  return `scheme ${name}: layers.${entry}`;
}

/** Most entries of a written scheme are whole names. */
function exactOrPattern(match: string): NameTest {
  if (/[*{}]/.test(match)) return nameTest(match);
  return (name) => name === match || name.endsWith(`.${match}`);
}
