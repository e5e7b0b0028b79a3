/**
 * How many points a space has, and which is the nth, without visiting each: a tree over the dimensions in which equal subtrees are one.
 *   points(d, s) = sum over the positions p of dimension d of points(d + 1, s after p);  one position where d is not there
 * s is what is known of the conditions of later dimensions; positions that later conditions do not tell apart lead to the same subtree.
 */
import type { Predicate } from './conditions.js';

interface Branch {
  /** Points below. */
  readonly points: number;
  /** For each position the points of it and those before. */
  readonly ends: Float64Array;
  readonly below: readonly Branch[];
}

export interface PointTree {
  /** Points that exist. */
  readonly points: number;
  /** Digits of the point with this rank among those that exist, in rising order. */
  digitsAt(rank: number, into: Int32Array): void;
}

const leaf: Branch = { points: 1, ends: new Float64Array(0), below: [] };

export function pointTree(sizes: readonly number[], predicates: readonly (readonly Predicate[])[]): PointTree {
  const all = predicates.flatMap((own, owner) => own.map((predicate) => ({ ...predicate, owner })));
  const known = new Map<string, Branch>();

  /** `state`: for each predicate whether it holds, '0' where it is not decided yet. */
  const branchAt = (d: number, state: string): Branch => {
    if (d === sizes.length) return leaf;
    // What was decided for dimensions that are behind makes no difference any more.
    const relevant = state.replace(/./g, (held, i: number) => (all[i]!.owner < d ? '0' : held));
    const key = `${d}:${relevant}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const present = all.every(({ owner }, i) => owner !== d || relevant[i] === '1');
    const positions = present ? sizes[d]! : 1;
    const ends = new Float64Array(positions);
    const below: Branch[] = [];
    let sum = 0;
    for (let position = 0; position < positions; position++) {
      const next = present ? after(all, relevant, { dimension: d, position }) : relevant;
      const branch = branchAt(d + 1, next);
      sum += branch.points;
      ends[position] = sum;
      below.push(branch);
    }
    const made = { points: sum, ends, below };
    known.set(key, made);
    return made;
  };

  const root = branchAt(0, '0'.repeat(all.length));
  return {
    points: root.points,
    digitsAt(rank, into) {
      let branch = root;
      let left = rank;
      for (let d = 0; d < sizes.length; d++) {
        const position = firstAbove(branch.ends, left);
        into[d] = position;
        if (position > 0) left -= branch.ends[position - 1]!;
        branch = branch.below[position]!;
      }
    },
  };
}

function after(
  predicates: readonly (Predicate & { readonly owner: number })[],
  state: string,
  at: { readonly dimension: number; readonly position: number },
): string {
  if (predicates.every(({ dimension }) => dimension !== at.dimension)) return state;
  return predicates.map(({ dimension, holds }, i) => (dimension === at.dimension ? String(holds[at.position]!) : state[i]!)).join('');
}

/** Index of the first element above `value`. */
function firstAbove(rising: Float64Array, value: number): number {
  let low = 0;
  let high = rising.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
