/** A scheme in which every item takes its option: what `simulate` and `evaluate` are given, here and as a file. */
import type { SchemeConfig } from '../../trace/scheme-config.js';
import type { StudyItem } from './items.js';
import type { StudyOption } from './read-study.js';

/** What of an option says how a product is quantized. */
type OptionEntries = Pick<StudyOption, 'weight' | 'activation'>;

/** The scheme of a study with the entries of an assignment; `choice` holds the option of every item. */
export function assignedScheme(
  base: SchemeConfig,
  { items, options }: { readonly items: readonly StudyItem[]; readonly options: readonly StudyOption[] },
  choice: ArrayLike<number>,
): SchemeConfig {
  return withOptions(
    base,
    items.flatMap(({ products }, i) => products.map((product) => [product, options[choice[i]!]!] as const)),
  );
}

/** The scheme with every product of the items under one option. */
export function uniformScheme(base: SchemeConfig, items: readonly StudyItem[], option: OptionEntries): SchemeConfig {
  return withOptions(
    base,
    items.flatMap(({ products }) => products.map((product) => [product, option] as const)),
  );
}

function withOptions(base: SchemeConfig, entries: readonly (readonly [product: string, option: OptionEntries])[]): SchemeConfig {
  return {
    ...base,
    layers: entries.map(([match, { weight, activation }]) => ({ match, weight, ...(activation === undefined ? {} : { activation }) })),
  };
}
