/** An assignment as a co-design document holds it: an option for every item, or how many output features of every item take each option. */
import type { CodesignResult, FrontPoint } from '../codesign/codesign-result.js';

export type Assignment = Pick<FrontPoint, 'choice' | 'features'>;

/** An option and the share of an item that takes it. */
export interface OptionShare {
  readonly option: number;
  readonly share: number;
  /** Features; 1 of a whole item. */
  readonly count: number;
}

/** Of every item, options in their order. Costs of a matrix add up over its features; errors do not. */
export function sharesOf({ choice, features }: Assignment): OptionShare[][] {
  if (features === undefined) return choice.map((option) => [{ option, share: 1, count: 1 }]);
  return features.map((counts) => {
    const all = counts.reduce((sum, count) => sum + count, 0);
    return counts.flatMap((count, option) => (count === 0 ? [] : [{ option, share: count / all, count }]));
  });
}

/** The same for assignments that a document does not tell apart. */
export function assignmentKey({ choice, features }: Assignment): string {
  return features === undefined ? choice.join() : features.map((counts) => counts.join(' ')).join();
}

/** What one item takes: the option, or `230 rtn3, 26 rtn8`; empty where it is not known. */
export function optionText({ options }: Pick<CodesignResult, 'options'>, { choice, features }: Assignment, item: number): string {
  if (features === undefined) return options[choice[item] ?? -1]?.name ?? '';
  return (features[item] ?? []).flatMap((count, option) => (count === 0 ? [] : [`${count} ${options[option]?.name ?? ''}`])).join(', ');
}

/** How many items, or features, take each option. */
export function countsByOption({ options }: { readonly options: readonly unknown[] }, assignment: Assignment): number[] {
  const counts = options.map(() => 0);
  for (const { option, count } of sharesOf(assignment).flat()) counts[option]! += count;
  return counts;
}
