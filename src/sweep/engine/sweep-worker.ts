/** A worker thread of a sweep: wires the simulation to the parts it is handed (part-runner.ts). */
import { workerData } from 'node:worker_threads';
import { activityCache } from '../evaluate/activity-cache/activity-cache.js';
import { evaluatorOf } from '../evaluate/evaluator.js';
import { summarise } from '../pareto/summarise.js';
import { admit, spaceOf } from '../plan/space.js';
import { partRunner } from './part-runner.js';
import type { WorkerSetup } from './part-task.js';

const { plan, dir, activityTable } = workerData as WorkerSetup;
const space = spaceOf(plan);

export const runPart = partRunner({
  plan,
  dir,
  admit: (points) => admit(plan, space, points),
  evaluator: () => evaluatorOf(plan, activityCache(activityTable)),
  summarise: (batch, admission) => summarise(plan, batch, admission),
});
