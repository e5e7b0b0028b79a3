/**
 * `layers` of a scheme: entries of weights and activations for single products, by their names (src/decoder/product-names.ts). The first entry whose
 * pattern matches wins; what it does not name, and products that no pattern matches, take the entries of the scheme itself.
 * Checked where a model is known: every pattern that is not `optional` matches something, and products that read one input read it in one format.
 */
import { LowbitError } from '../lowbit-error.js';
import { nameTest, requireMatches, type NameTest } from './product-pattern.js';
import type { OperandEntry, WeightEntry } from './scheme-entries.js';

/** An entry for the products whose names match. */
export interface LayerEntry {
  readonly match: string;
  /** True: nothing has to match. */
  readonly optional?: boolean | undefined;
  readonly weight?: WeightEntry | undefined;
  readonly activation?: OperandEntry | undefined;
}

/** What of a scheme says how a product is quantized. */
export interface LayeredScheme {
  readonly name: string;
  readonly weight: WeightEntry;
  readonly activation: OperandEntry;
  readonly layers?: readonly LayerEntry[] | undefined;
}

/** How one product is quantized. */
export interface ProductEntry {
  readonly weight: WeightEntry;
  readonly activation: OperandEntry;
}

/** The entries of products by name; a scheme without `layers` gives every name the same object. */
export function productEntries(scheme: LayeredScheme): (name: string) => ProductEntry {
  const own: ProductEntry = { weight: scheme.weight, activation: scheme.activation };
  const tests = entryTests(scheme, own);
  return (name) => tests.find(({ matches }) => matches(name))?.entry ?? own;
}

/** All entries that products may take: those of the scheme itself first. */
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

/**
 * `inputs`: names of the products that read one input, for every input of the model; `others`: names without a quantizer or an input of their own.
 * Throws LowbitError for a pattern that matches none of them and is not optional, and for products of one input under several activations.
 */
export function checkLayers(scheme: LayeredScheme, inputs: readonly (readonly string[])[], others: readonly string[] = []): void {
  const { layers } = scheme;
  if (layers === undefined) return;
  const patterns = layers.map(({ match, optional }, i) => ({ match, optional, place: `scheme ${scheme.name}: layers.${i}.match` }));
  requireMatches(
    patterns.filter(({ optional }) => optional !== true),
    [...inputs.flat(), ...others],
  );
  const entryOf = productEntries(scheme);
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
}

function entryTests({ layers = [] }: LayeredScheme, own: ProductEntry): EntryTest[] {
  return layers.map(({ match, weight, activation }) => ({
    matches: exactOrPattern(match),
    entry: { weight: weight ?? own.weight, activation: activation ?? own.activation },
  }));
}

/** Most entries of a written scheme are whole names. */
function exactOrPattern(match: string): NameTest {
  if (/[*{}]/.test(match)) return nameTest(match);
  return (name) => name === match || name.endsWith(`.${match}`);
}
