/** The items of a study: weight matrices of a decoder, or all of a layer together. Experts of a layer that are alike in place are one item. */
import type { DecoderModel } from '../../decoder/decoder-model.js';
import { namedGroups } from '../../decoder/product-names.js';
import { nameTest, requireMatches } from '../../trace/product-pattern.js';

export interface StudyItem {
  readonly name: string;
  /** Patterns that a scheme names its products by: whole names, `*` for the number of an expert. */
  readonly products: readonly string[];
  readonly layer: number;
  /** Last part of the name; of a layer: block. */
  readonly matrix: string;
  readonly weights: number;
}

/** A weight matrix as a scheme names it: experts of a layer share one pattern. */
export function patternOf(product: string): string {
  return product.replace(/\.experts\.\d+\./, '.experts.*.');
}

/** Throws LowbitError for a pattern of `only` that matches nothing; `places` says where each stands. */
export function itemsOf(
  model: Pick<DecoderModel, 'layers'>,
  {
    items,
    only,
  }: { readonly items: 'product' | 'block'; readonly only: readonly { readonly match: string; readonly place: string }[] | undefined },
): StudyItem[] {
  const products = namedGroups(model).flatMap(({ group, names }) =>
    names.map((name, i) => ({ name, weights: group.products[i]!.weight.rows * group.products[i]!.weight.cols })),
  );
  if (only !== undefined)
    requireMatches(
      only,
      products.map(({ name }) => name),
    );
  const tests = only?.map(({ match }) => nameTest(match));
  const found = new Map<string, { readonly products: Set<string>; weights: number }>();
  for (const { name, weights } of products) {
    if (tests?.some((matches) => matches(name)) === false) continue;
    const pattern = patternOf(name);
    const item = items === 'product' ? pattern : (/^model\.layers\.\d+/.exec(name)?.[0] ?? name);
    const known = found.get(item) ?? { products: new Set<string>(), weights: 0 };
    known.products.add(pattern);
    known.weights += weights;
    found.set(item, known);
  }
  return [...found].map(([name, item]) => ({
    name,
    products: [...item.products],
    layer: Number(/layers\.(\d+)/.exec(name)?.[1]),
    matrix: items === 'product' ? (name.split('.').at(-1) ?? name) : 'block',
    weights: item.weights,
  }));
}
