/** A worker thread of a study: measures the tasks it is handed (measure.ts). Errors of a user lose their class between threads: they travel as data. */
import { LowbitError, type ErrorDetails } from '../../lowbit-error.js';
import { loadStudyModel, measurer, type Measured, type MeasureSubject, type MeasureTask } from './measure.js';

export type MeasureOutcome =
  | { readonly kind: 'measured'; readonly value: Measured }
  | { readonly kind: 'refused'; readonly what: string; readonly details: ErrorDetails };

let loaded: Promise<(task: MeasureTask) => Measured> | undefined;

/** All tasks of a pool are about one subject. */
export async function measureTask({
  subject,
  task,
}: {
  readonly subject: MeasureSubject;
  readonly task: MeasureTask;
}): Promise<MeasureOutcome> {
  try {
    loaded ??= loadStudyModel(subject).then(measurer);
    return { kind: 'measured', value: (await loaded)(task) };
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    return { kind: 'refused', what: error.what, details: error.details };
  }
}
