/** A worker thread of a sweep: wires the simulation to the parts it is handed (part-runner.ts). */
import { loadYaml } from '../../config/document.js';
import { loadSramTable } from '../../config/package-data.js';
import { activityCache } from '../evaluate/activity-cache/activity-cache.js';
import { evaluatorOf } from '../evaluate/evaluator.js';
import { summarise } from '../pareto/summarise.js';
import { admit, spaceOf } from '../plan/space.js';
import { setUpOnce } from './part-runner.js';

// What every simulation reads, while the plan is still being read: the first rows are there sooner.
loadYaml();
loadSramTable();

export const runPart = setUpOnce(({ plan, dir, activityTable }) => {
  const space = spaceOf(plan);
  return {
    plan,
    dir,
    admit: (points) => admit(plan, space, points),
    evaluator: async () => {
      const gpus = plan.designs.gpus === undefined ? undefined : (await import('../evaluate/gpu-points.js')).gpuPoints;
      return evaluatorOf(plan, { cache: activityCache(activityTable), gpus });
    },
    summarise: (batch, admission) => summarise(plan, batch, admission),
  };
});
