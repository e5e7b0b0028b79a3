/** A scheme in which every item takes its option: what `simulate` and `evaluate` are given, here and as a file. */
import type { SchemeConfig } from '../../trace/scheme-config.js';
import type { WeightEntry } from '../../trace/scheme-entries.js';
import type { StudyItem } from './items.js';
import type { StudyOption } from './read-study.js';

/** The scheme of a study with the weights of an assignment; `choice` holds the option of every item. */
export function assignedScheme(
  base: SchemeConfig,
  { items, options }: { readonly items: readonly StudyItem[]; readonly options: readonly StudyOption[] },
  choice: ArrayLike<number>,
): SchemeConfig {
  return withWeights(
    base,
    items.flatMap(({ products }, i) => products.map((product) => [product, options[choice[i]!]!.weight] as const)),
  );
}

/** The scheme with the weights of these products. */
export function withWeights(base: SchemeConfig, weights: readonly (readonly [product: string, weight: WeightEntry])[]): SchemeConfig {
  return { ...base, layers: weights.map(([match, weight]) => ({ match, weight })) };
}
