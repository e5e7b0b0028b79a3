/**
 * The candidates that a document keeps beside its front, so that a page can draw what the front was chosen from: error and costs as columns, six digits each.
 * Of more than `MOST_KEPT` a random subset without replacement, each candidate as likely as the others (Floyd's algorithm: Bentley and Floyd, Programming
 * pearls: a sample of brilliance, CACM 1987), drawn with the seed of the study. Left out: which option every item has.
 */
import { seededRandom } from '../../numeric/random.js';
import type { KeptCandidates } from '../codesign-result.js';
import type { Chosen } from './candidates.js';
import type { Objective } from './study-file.js';
import { objectiveTable, valueOf, type StudyTables } from './study-tables.js';

/** About 230 kB of JSON (115 bytes a candidate in eight-bit-olive). @internal */
export const MOST_KEPT = 2000;
const DIGITS = 6;

/** Of the candidates (candidates.ts). */
export function keptCandidates(
  tables: StudyTables,
  { different, rows: all }: { readonly different: readonly Pick<Chosen, 'method' | 'choice'>[]; readonly rows: Int32Array },
  seed: number,
): KeptCandidates {
  const designs = tables.hardware.length;
  const count = all.length;
  const rows = randomSubset(count, MOST_KEPT, seed).map((i) => ({ ...different[Math.floor(all[i]! / designs)]!, on: all[i]! % designs }));
  const methods = [...new Set(rows.map(({ method }) => method))];
  const column = (objective: Objective): number[] => {
    const resources = tables.hardware.map((_, h) => objectiveTable(tables, objective, h));
    return rows.map(({ choice, on }) => Number(valueOf(resources[on]!, tables.options.length, choice).toPrecision(DIGITS)));
  };
  return {
    rule:
      count <= MOST_KEPT
        ? 'all that were evaluated'
        : `${MOST_KEPT} of ${count}, a random subset without replacement drawn with the seed of the study`,
    methods,
    method: rows.map(({ method }) => methods.indexOf(method)),
    hardware: rows.map(({ on }) => on),
    error: column('error'),
    bits: column('bits'),
    latency_s: column('latency_s'),
    energy_pJ: column('energy_pJ').map((value) => (Number.isFinite(value) ? value : null)),
    memory_bytes: column('memory_bytes'),
  };
}

/** Rising indexes of `most` of `count` things, each subset as likely; all of them where they are no more. @internal */
export function randomSubset(count: number, most: number, seed: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  const random = seededRandom(seed);
  const taken = new Set<number>();
  for (let next = count - most; next < count; next++) {
    const drawn = random.integer(next + 1);
    taken.add(taken.has(drawn) ? next : drawn);
  }
  return [...taken].sort((a, b) => a - b);
}
