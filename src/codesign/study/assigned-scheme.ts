/** A scheme in which every item takes its option: what `simulate` and `evaluate` are given, here and as a file. */
import type { SchemeConfig } from '../../trace/scheme-config.js';
import { rowsText } from '../../trace/row-ranges.js';
import type { LayerEntry } from '../../trace/scheme-layers.js';
import type { FeatureMatrices } from './feature-maps.js';
import type { StudyItem } from './items.js';
import type { StudyOption } from './study-option.js';

/** What of an option says how a product is quantized. */
type OptionEntries = Pick<StudyOption, 'weight' | 'activation'>;

/** What an assignment is of. */
interface Assigned {
  readonly items: readonly StudyItem[];
  readonly options: readonly StudyOption[];
  readonly features?: FeatureMatrices;
}

/** The scheme of a study with the entries of an assignment; `choice` holds the option of every item. */
export function assignedScheme(base: SchemeConfig, { items, options, features }: Assigned, choice: ArrayLike<number>): SchemeConfig {
  if (features !== undefined) return { ...base, layers: featureEntries(features, options, choice) };
  return withOptions(
    base,
    items.flatMap(({ products }, i) => products.map((product) => [product, options[choice[i]!]!] as const)),
  );
}

/** Of every matrix the option that most of its features take, behind the rows of the others. */
function featureEntries({ matrices, counts }: FeatureMatrices, options: readonly StudyOption[], choice: ArrayLike<number>): LayerEntry[] {
  let from = 0;
  return matrices.flatMap(({ products }, m) => {
    const of = counts[m]!;
    const rows = options.map((): number[] => []);
    for (let row = 0; row < of; row++) rows[choice[from + row]!]!.push(row);
    from += of;
    const most = rows.reduce((best, { length }, o) => (length > rows[best]!.length ? o : best), 0);
    return products.flatMap((match) => [
      ...rows.flatMap((own, o) => (o === most || own.length === 0 ? [] : [{ match, rows: rowsText(own), of, weight: options[o]!.weight }])),
      { match, weight: options[most]!.weight },
    ]);
  });
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
