/**
 * Runs an adaptive search: each question is cut into parts, the answers are told in its order. A search is deterministic, so going on is asking again
 * from the start: the same questions come to the same parts, and those that are there are read. Without the answer to a question there is no next one: a
 * lost part ends the search.
 */
import { strategies } from '../search/index.js';
import { searchProblem } from '../search/search-problem.js';
import type { Ask, Strategy, Told } from '../search/search.js';
import { admit } from '../plan/space.js';
import type { StrategyName, SweepPlan } from '../plan/sweep-plan.js';
import type { Course } from './course.js';
import { runParts } from './part-queue.js';
import { askPartPoints } from './part-sizes.js';
import type { PartTask } from './part-task.js';

export async function runSearch(course: Course): Promise<'all' | 'stopped'> {
  const { plan, space, pool, signal, taken } = course;
  const width = Math.max(1, plan.objectives.length);
  const search = strategyOf(plan).search(searchProblem(plan, space, containedIn(course)));
  let nextPart = 0;
  for (let step = search.next(); step.done !== true;) {
    const tasks = tasksOf(step.value, course, nextPart);
    const told = emptyAnswer(tasks, width);
    let offset = 0;
    const ended = await runParts(tasks, {
      pool,
      signal,
      deliver(delivered) {
        const answer = taken.take(delivered);
        if (answer?.told === undefined || answer.told === null) return;
        told.objectives.set(answer.told.objectives, offset * width);
        told.violations.set(answer.told.violations, offset);
        offset += answer.positions;
      },
    });
    if (ended === 'stopped' || taken.lost.length > 0) {
      search.return();
      return ended;
    }
    nextPart += tasks.length;
    step = search.next(told);
  }
  return 'all';
}

function strategyOf({ strategy }: SweepPlan): Strategy {
  const known: Readonly<Partial<Record<StrategyName, Strategy>>> = strategies;
  const found = known[strategy.name];
  if (found === undefined) throw new Error(`no search: ${strategy.name}`);
  return found;
}

function tasksOf({ digits, rung }: Ask, { space, mode }: Course, firstPart: number): PartTask[] {
  const dimensions = space.sizes.length;
  const points = Float64Array.from({ length: digits.length / dimensions }, (_, i) =>
    space.pointOf(digits.subarray(i * dimensions, (i + 1) * dimensions)),
  );
  const size = askPartPoints(points.length);
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) => ({
    part: firstPart + i,
    points: points.slice(i * size, (i + 1) * size),
    ...{ rung, mode, tell: true },
  }));
}

function emptyAnswer(tasks: readonly PartTask[], width: number): Told {
  const points = tasks.reduce((sum, task) => sum + task.points.length, 0);
  return { objectives: new Float64Array(points * width), violations: new Float64Array(points) };
}

/** Whether conditions and constraints over axes let a point be. */
function containedIn({ plan, space }: Course): (digits: ArrayLike<number>) => boolean {
  const early = plan.constraints.some(({ beforeSimulation }) => beforeSimulation);
  if (!early) return (digits) => space.exists(digits);
  return (digits) => space.exists(digits) && admit(plan, space, Float64Array.of(space.pointOf(digits))).points.length === 1;
}
