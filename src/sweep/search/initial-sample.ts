/**
 * First points of a search: a Latin hypercube sample without the points the space does not hold, which random ones replace; and random points on demand.
 */
import type { Archive } from './archive.js';
import { latinHypercube } from './latin-hypercube.js';
import type { SearchProblem } from './search.js';

/** Spaces up to this many numbers are listed when random draws find nothing new, so that the last point is found and their end is known. */
const LISTED_UP_TO = 2 ** 18;
/** Random draws for a new point before a larger space counts as exhausted. */
const DRAWS = 10_000;
/** Draws before a small space is listed. */
const SHORT_DRAWS = 100;

/** Reserves and returns a random point the space holds and nobody asked for; null when none was found. */
export type FreshPoint = () => Int32Array | null;

export function freshPoints(problem: SearchProblem, archive: Archive): FreshPoint {
  const { sizes, random } = problem;
  const size = sizes.reduce((product, s) => product * s, 1);
  let listed: number[] | undefined;
  const draw = (): Int32Array | null => {
    const digits = Int32Array.from(sizes, (s) => random.integer(s));
    problem.settle(digits);
    return problem.contains(digits) && archive.reserve(digits) ? digits : null;
  };
  return () => {
    const draws = listed !== undefined ? 0 : size <= LISTED_UP_TO ? SHORT_DRAWS : DRAWS;
    for (let i = 0; i < draws; i++) {
      const found = draw();
      if (found !== null) return found;
    }
    if (size > LISTED_UP_TO) return null;
    listed ??= numbersOf(problem, size);
    while (listed.length > 0) {
      const digits = digitsOf(takeOut(listed, random.integer(listed.length)), sizes);
      if (archive.reserve(digits)) return digits;
    }
    return null;
  };
}

/** At most `count` distinct points that are new to the archive, row by row, and reserved there. */
export function initialSample(problem: SearchProblem, archive: Archive, count: number, fresh: FreshPoint): Int32Array {
  const { sizes } = problem;
  const size = sizes.reduce((product, s) => product * s, 1);
  const rows: Int32Array[] = [];
  const sample = latinHypercube(sizes, Math.min(count, size), problem.random);
  for (let i = 0; i < sample.length / sizes.length; i++) {
    const digits = sample.slice(i * sizes.length, (i + 1) * sizes.length);
    problem.settle(digits);
    if (problem.contains(digits) && archive.reserve(digits)) rows.push(digits);
  }
  while (rows.length < count) {
    const digits = fresh();
    if (digits === null) break;
    rows.push(digits);
  }
  return joined(rows, sizes.length);
}

/** Points one after another, as questions want them. */
export function joined(rows: readonly ArrayLike<number>[], dimensions: number): Int32Array {
  const digits = new Int32Array(rows.length * dimensions);
  for (const [i, row] of rows.entries()) digits.set(row, i * dimensions);
  return digits;
}

/** Digits of a number in mixed radix, the last one fastest. */
export function digitsOf(number: number, sizes: readonly number[]): Int32Array {
  const digits = new Int32Array(sizes.length);
  let rest = number;
  for (let d = sizes.length - 1; d >= 0; d--) {
    digits[d] = rest % sizes[d]!;
    rest = Math.floor(rest / sizes[d]!);
  }
  return digits;
}

function numbersOf(problem: SearchProblem, size: number): number[] {
  const numbers: number[] = [];
  for (let number = 0; number < size; number++) if (problem.contains(digitsOf(number, problem.sizes))) numbers.push(number);
  return numbers;
}

function takeOut(list: number[], at: number): number {
  const taken = list[at]!;
  list[at] = list[list.length - 1]!;
  list.pop();
  return taken;
}
