/**
 * Archive: every point a search has asked for with what it came to, so that none is simulated twice and the best are known at any time.
 * An entry is a number in the order of asking.
 */
import type { SearchProblem, Told } from './search.js';

export interface Archive {
  readonly length: number;
  /** Whether the point is in the archive or was reserved for the question being put together. */
  has(digits: ArrayLike<number>): boolean;
  /** Keeps a point from being chosen again; false: it was taken already. */
  reserve(digits: ArrayLike<number>): boolean;
  /** Adds the answer to a question row by row, and returns the number of its first entry. */
  add(digits: Int32Array, told: Told): number;
  /** A copy of the digits of an entry. */
  readonly digits: (entry: number) => Int32Array;
  objective(entry: number, o: number): number;
  /** Violated constraints; Infinity where an objective is unknown, so that such a point ranks last. */
  violations(entry: number): number;
}

export function archiveOf({ sizes, objectives }: Pick<SearchProblem, 'sizes' | 'objectives'>): Archive {
  const taken = new Set<number>();
  const digitsOf: number[] = [];
  const objectivesOf: number[] = [];
  const violationsOf: number[] = [];
  const numberOf = (digits: ArrayLike<number>): number => {
    let number = 0;
    for (let d = 0; d < sizes.length; d++) number = number * sizes[d]! + digits[d]!;
    return number;
  };
  return {
    get length() {
      return violationsOf.length;
    },
    has: (digits) => taken.has(numberOf(digits)),
    reserve(digits) {
      const before = taken.size;
      return taken.add(numberOf(digits)).size > before;
    },
    add(digits, told) {
      const first = violationsOf.length;
      for (let i = 0; i < told.violations.length; i++) {
        for (let d = 0; d < sizes.length; d++) digitsOf.push(digits[i * sizes.length + d]!);
        const values = Array.from(told.objectives.subarray(i * objectives, (i + 1) * objectives));
        for (const value of values) objectivesOf.push(value);
        violationsOf.push(values.some(Number.isNaN) ? Infinity : told.violations[i]!);
      }
      return first;
    },
    digits: (entry) => Int32Array.from(sizes, (_, d) => digitsOf[entry * sizes.length + d]!),
    objective: (entry, o) => objectivesOf[entry * objectives + o]!,
    violations: (entry) => violationsOf[entry]!,
  };
}
