/** How long an evaluation took, from the progress it tells: seconds of quantizing (with calibration) and of scoring. */
import type { EvaluationRequest } from '../../accuracy/evaluate-scheme.js';
import type { EvaluateDocument } from '../../report/evaluate-document.js';

type Task = NonNullable<EvaluationRequest['progress']>;

/** Starts now; hands on what it is told. */
export function evaluationClock(listener: Task): { readonly task: Task; seconds(): EvaluateDocument['time_s'] } {
  const start = performance.now();
  const first = { reference: NaN, score: NaN };
  return {
    task: (what, done, all) => {
      if (what !== 'quantize' && Number.isNaN(first[what])) first[what] = performance.now();
      listener(what, done, all);
    },
    seconds() {
      const end = performance.now();
      const quantized = Number.isNaN(first.reference) ? first.score : first.reference;
      return { quantize: inSeconds(quantized - start), score: inSeconds(end - first.score) };
    },
  };
}

/** To the millisecond. The first window counts as quantizing: only its end is told. */
function inSeconds(elapsed_ms: number): number {
  return Math.round(elapsed_ms) / 1000;
}
