/** The unit of an axis in expressions, from the end of its path (`size_KiB`, `clock_MHz`); a plain number where mathjs has no such unit. */
import { unitNamed } from './expression-tree.js';

/** Suffixes that mathjs spells otherwise. */
const spelled: Readonly<Record<string, string>> = { mm2: 'mm^2', um2: 'um^2', KB: 'kB' };

/** As mathjs writes it; empty: a plain number. */
export function axisUnit(path: string): string {
  const suffix = /_([A-Za-z]+2?)$/.exec(path.split('.').at(-1)!)?.[1];
  if (suffix === undefined) return '';
  if (Object.hasOwn(spelled, suffix)) return spelled[suffix]!;
  return unitNamed(suffix) === undefined ? '' : suffix;
}
