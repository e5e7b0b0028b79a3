/** Progress of evaluations on a terminal's stderr, and how long each took. */
import type { EvaluateDocument } from '../../report/evaluate-document.js';
import type { Arguments } from '../command.js';

type Task = (task: 'quantize' | 'score', done: number, count: number) => void;

export interface EvaluationProgress {
  /** What is done now; `step` 0: something beside the counted evaluations. */
  next(title: string, step?: 0 | 1): void;
  readonly task: Task;
  /** A clock for one evaluation: its own task, and the seconds of quantizing and scoring. */
  clock(): { readonly task: Task; seconds(): EvaluateDocument['time_s'] };
  end(): void;
}

const words = { quantize: 'quantizes matrix', score: 'scores window' } as const;

export function evaluationProgress(args: Arguments, count: number): EvaluationProgress {
  const shown = process.stderr.isTTY && args['quiet'] !== true;
  const write = (text: string): void => {
    if (shown) process.stderr.write(`\r\u001b[K${text}`);
  };
  let index = 0;
  let title = '';
  const task: Task = (what, done, all) => write(`${index}/${count} ${title}: ${words[what]} ${Math.min(done + 1, all)} of ${all}`);
  return {
    next(name, step = 1) {
      index += step;
      title = name;
      write(`${index}/${count} ${title}`);
    },
    task,
    clock() {
      const start = performance.now();
      let scoring: number | undefined;
      return {
        task: (what, done, all) => {
          if (what === 'score') scoring ??= performance.now();
          task(what, done, all);
        },
        seconds() {
          const end = performance.now();
          const between = scoring ?? end;
          return { quantize: inMilliseconds(between - start), score: inMilliseconds(end - between) };
        },
      };
    },
    end: () => write(''),
  };
}

function inMilliseconds(elapsed_ms: number): number {
  return Math.round(elapsed_ms) / 1000;
}
