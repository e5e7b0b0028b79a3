/** Progress of evaluations on a terminal's stderr, and how long each took. */
import type { EvaluationRequest } from '../../accuracy/evaluate-scheme.js';
import type { EvaluateDocument } from '../../report/evaluate-document.js';
import type { Arguments } from '../command.js';

type Task = NonNullable<EvaluationRequest['progress']>;

export interface EvaluationProgress {
  /** What is evaluated now. */
  next(title: string): void;
  /** For one evaluation: whom it tells its progress, and the seconds of quantizing and scoring. */
  clock(): { readonly task: Task; seconds(): EvaluateDocument['time_s'] };
  end(): void;
}

const words = { quantize: 'quantizes matrix', reference: 'scores float32, window', score: 'scores window' } as const;

export function evaluationProgress(args: Arguments, count: number): EvaluationProgress {
  const shown = process.stderr.isTTY && args['quiet'] !== true;
  const write = (text: string): void => {
    if (shown) process.stderr.write(`\r\u001b[K${text}`);
  };
  let index = 0;
  let title = '';
  const task: Task = (what, done, all) => write(`${index}/${count} ${title}: ${words[what]} ${Math.min(done + 1, all)} of ${all}`);
  return {
    next(name) {
      index++;
      title = name;
      write(`${index}/${count} ${title}`);
    },
    clock() {
      const start = performance.now();
      const first = { reference: NaN, score: NaN };
      return {
        task: (what, done, all) => {
          if (what !== 'quantize' && Number.isNaN(first[what])) first[what] = performance.now();
          task(what, done, all);
        },
        seconds() {
          const end = performance.now();
          const quantized = Number.isNaN(first.reference) ? first.score : first.reference;
          return { quantize: inSeconds(quantized - start), score: inSeconds(end - first.score) };
        },
      };
    },
    end: () => write(''),
  };
}

/** To the millisecond. The first window counts as quantizing: only its end is told. */
function inSeconds(elapsed_ms: number): number {
  return Math.round(elapsed_ms) / 1000;
}
