/** Small spaces made by hand, problems over them, and a driver that holds a search to its contract. */
import fc from 'fast-check';
import { seededRandom } from '../../../src/numeric/random.js';
import type { Space } from '../../../src/sweep/plan/space.js';
import type { SearchProblem, Strategy, Told } from '../../../src/sweep/search/search.js';
import { settler } from '../../../src/sweep/search/settle.js';
import { digitsOf } from '../../../src/sweep/search/initial-sample.js';

/** Dimension `dimension` exists only where the digit of an earlier one is in the list; elsewhere it has position 0 alone. */
export interface Hole {
  readonly dimension: number;
  readonly of: number;
  readonly oneOf: readonly number[];
}

export function spaceBy(sizes: readonly number[], holes: readonly Hole[] = []): Space {
  const rawSize = sizes.reduce((product, size) => product * size, 1);
  const pointOf = (digits: ArrayLike<number>): number => sizes.reduce((number, size, d) => number * size + digits[d]!, 0);
  const exists = (digits: ArrayLike<number>): boolean =>
    holes.every(({ dimension, of, oneOf }) => digits[dimension] === 0 || oneOf.includes(digits[of]!));
  const listed =
    holes.length === 0 ? null : Array.from({ length: rawSize }, (_, point) => point).filter((point) => exists(digitsOf(point, sizes)));
  return {
    sizes,
    rawSize,
    digitsOf: (point, into) => into.set(digitsOf(point, sizes)),
    pointOf,
    exists,
    axesOf: (digits, into) => into.set(Array.from(digits)),
    size: listed?.length ?? rawSize,
    nth: (rank) => (listed === null ? rank : listed[rank]!),
  };
}

export const anySizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 });

export const anySpace: fc.Arbitrary<Space> = anySizes.chain((sizes) =>
  fc
    .array(
      fc.record({
        dimension: fc.integer({ min: 0, max: sizes.length - 1 }),
        of: fc.integer({ min: 0, max: sizes.length - 1 }),
        oneOf: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { maxLength: 3 }),
      }),
      { maxLength: 2 },
    )
    .map((holes) =>
      spaceBy(
        sizes,
        holes.filter(({ dimension, of }) => of < dimension),
      ),
    ),
);

function defaultsOf(strategy: Strategy): Record<string, number> {
  return Object.fromEntries(Object.entries(strategy.settings).map(([name, { value }]) => [name, value]));
}

export interface Run {
  readonly strategy: Strategy;
  readonly space: Space;
  readonly evaluations: number;
  readonly seed?: number;
  readonly rungs?: number;
  readonly settings?: Readonly<Record<string, number>>;
  /** Which points constraints over axes let through. */
  readonly allowed?: (digits: ArrayLike<number>) => boolean;
  /** Objectives and violations of a point. */
  readonly judge: (digits: number[]) => { readonly objectives: readonly number[]; readonly violations: number };
  readonly objectives?: number;
}

/** Runs a search to its end and returns its questions; throws where it breaks its contract. */
export function questions(run: Run): { point: number; rung: number }[] {
  const { strategy, space, evaluations, seed = 1, rungs = 1, allowed = () => true, judge, objectives = 1 } = run;
  const problem: SearchProblem = {
    sizes: space.sizes,
    contains: (digits) => space.exists(digits) && allowed(digits),
    settle: settler(space),
    objectives,
    rungs,
    evaluations,
    settings: { ...defaultsOf(strategy), ...run.settings },
    random: seededRandom(seed),
  };
  const asked: { point: number; rung: number }[] = [];
  const search = strategy.search(problem);
  const dimensions = space.sizes.length;
  for (let step = search.next(); step.done !== true;) {
    const { digits, rung } = step.value;
    const count = digits.length / dimensions;
    if (count === 0) throw new Error('an empty question');
    const told: Told = { objectives: new Float64Array(count * objectives), violations: new Float64Array(count) };
    for (let i = 0; i < count; i++) {
      const row = Array.from(digits.subarray(i * dimensions, (i + 1) * dimensions));
      if (!problem.contains(row)) throw new Error(`a point the space does not hold: ${row.join(' ')}`);
      asked.push({ point: space.pointOf(row), rung });
      const answer = judge(row);
      told.objectives.set(answer.objectives, i * objectives);
      told.violations[i] = answer.violations;
    }
    step = search.next(told);
  }
  if (asked.length > evaluations) throw new Error(`${asked.length} points of ${evaluations}`);
  if (new Set(asked.map(({ point, rung }) => `${point} ${rung}`)).size < asked.length) throw new Error('a point twice');
  return asked;
}
