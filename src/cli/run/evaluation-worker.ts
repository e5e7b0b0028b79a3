/** A worker thread of `lowbit evaluate`: makes the evaluations it is handed (evaluation-run.ts). */
import { evaluationRun, type EvaluationOutcome, type EvaluationTask } from './evaluation-run.js';

const run = evaluationRun();

export const evaluateTask = (task: EvaluationTask): Promise<EvaluationOutcome> => run(task);
