/** The problem a plan poses to a search: its space without hardware and files. */
import { seededRandom } from '../../numeric/random.js';
import type { Space } from '../plan/space.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { SearchProblem } from './search.js';
import { settler } from './settle.js';

/** `contains`: conditions and constraints over axes. Anew for every search, because its random stream moves on. */
export function searchProblem(plan: SweepPlan, space: Space, contains: SearchProblem['contains']): SearchProblem {
  return {
    sizes: space.sizes,
    contains,
    settle: settler(space),
    objectives: Math.max(1, plan.objectives.length),
    rungs: Math.max(1, plan.rungs.length),
    evaluations: Math.min(plan.strategy.evaluations ?? space.size, space.size * Math.max(1, plan.rungs.length)),
    settings: plan.strategy.settings,
    random: seededRandom(plan.seed),
  };
}
