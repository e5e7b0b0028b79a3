/**
 * The items of a study: weight matrices of a decoder, those that read one input, or all of a layer together. Experts of a layer that are alike in place are
 * one item. An input has one format whoever reads it, so options that differ in activations need items that hold all products of an input or none.
 */
import type { DecoderModel } from '../../decoder/decoder-model.js';
import { namedGroups } from '../../decoder/product-names.js';
import { LowbitError } from '../../lowbit-error.js';
import { nameTest, requireMatches } from '../../trace/product-pattern.js';
import type { OperandEntry } from '../../trace/scheme-entries.js';

export interface StudyItem {
  readonly name: string;
  /** Patterns that a scheme names its products by: whole names, `*` for the number of an expert. */
  readonly products: readonly string[];
  readonly layer: number;
  /** Last part of the name, of products of one input with all of them, `{gate,up}_proj`; of a layer: block. */
  readonly matrix: string;
  readonly weights: number;
}

/** What takes one option. */
export type ItemKind = 'product' | 'input' | 'block';

/** A weight matrix as a scheme names it: experts of a layer share one pattern. */
export function patternOf(product: string): string {
  return product.replace(/\.experts\.\d+\./, '.experts.*.');
}

/** The matrices of an item, under the names of the model's file. */
export function matricesOf(
  model: Pick<DecoderModel, 'layers'>,
  { products }: StudyItem,
): { readonly name: string; readonly weight: DecoderModel['head'] }[] {
  const own = new Set(products);
  return namedGroups(model).flatMap(({ group, names }) => group.products.filter((_, i) => own.has(patternOf(names[i]!))));
}

/** Throws LowbitError for a pattern of `only` that matches nothing; `places` says where each stands. */
export function itemsOf(
  model: Pick<DecoderModel, 'layers'>,
  { items, only }: { readonly items: ItemKind; readonly only: readonly { readonly match: string; readonly place: string }[] | undefined },
): StudyItem[] {
  const products = namedGroups(model).flatMap(({ group, names }) =>
    names.map((name, i) => ({ name, names, weights: group.products[i]!.weight.rows * group.products[i]!.weight.cols })),
  );
  if (only !== undefined)
    requireMatches(
      only,
      products.map(({ name }) => name),
    );
  const tests = only?.map(({ match }) => nameTest(match));
  const found = new Map<string, { readonly products: Set<string>; weights: number }>();
  for (const { name, names, weights } of products) {
    if (tests?.some((matches) => matches(name)) === false) continue;
    const pattern = patternOf(name);
    const item = itemName[items](pattern, names.map(patternOf));
    const known = found.get(item) ?? { products: new Set<string>(), weights: 0 };
    known.products.add(pattern);
    known.weights += weights;
    found.set(item, known);
  }
  return [...found].map(([name, item]) => ({
    name,
    products: [...item.products],
    layer: Number(/layers\.(\d+)/.exec(name)?.[1]),
    matrix: items === 'block' ? 'block' : (/[^.]*$/.exec(name)?.[0] ?? name),
    weights: item.weights,
  }));
}

const itemName: Readonly<Record<ItemKind, (pattern: string, group: readonly string[]) => string>> = {
  product: (pattern) => pattern,
  input: (_pattern, group) => togetherNamed(group),
  block: (pattern) => /^model\.layers\.\d+/.exec(pattern)?.[0] ?? pattern,
};

/** a.q_proj, a.k_proj, a.v_proj -> a.{q,k,v}_proj */
function togetherNamed(names: readonly string[]): string {
  const [first = ''] = names;
  if (names.length === 1) return first;
  const path = first.slice(0, first.lastIndexOf('.') + 1);
  return `${path}{${names.map((name) => name.slice(path.length).replace(/_proj$/, '')).join(',')}}_proj`;
}

/** Throws LowbitError where products of one input could take different activations: they are in several items, or some are in none. */
export function requireWholeInputs(
  model: Pick<DecoderModel, 'layers'>,
  items: readonly StudyItem[],
  { options, own, place }: { readonly options: readonly (OperandEntry | undefined)[]; readonly own: OperandEntry; readonly place: string },
): void {
  const chosen = new Set(options.map((activation) => JSON.stringify(activation ?? own)));
  if (chosen.size === 1 && chosen.has(JSON.stringify(own))) return;
  const itemOf = new Map(items.flatMap(({ products }, i) => products.map((product) => [product, i] as const)));
  for (const { names } of namedGroups(model)) {
    const owners = names.map((name) => itemOf.get(patternOf(name)));
    const other = names.find((_, i) => owners[i] !== owners[0]);
    if (other === undefined || (chosen.size === 1 && !owners.includes(undefined))) continue;
    throw new LowbitError('options with activations need all products of an input in one item', {
      value: `${names[0]!}, ${other}`,
      place,
      remedy: 'write `items: input` or `items: block`, and in `products` name all that read an input or none',
    });
  }
}
