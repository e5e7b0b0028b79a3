/**
 * Progress of evaluations, on one line of a terminal's stderr; nothing where stderr is no terminal. The threads at work write how far they are into
 * shared memory, which is looked at four times a second.
 */
import type { EvaluationRequest } from '../../accuracy/evaluate-scheme.js';
import type { Arguments } from '../command.js';

type Told = NonNullable<EvaluationRequest['progress']>;

/** What is shown of a task. */
interface NamedTask {
  readonly subject: { readonly name: string };
  readonly scheme: { readonly name: string };
}

export interface EvaluationProgress {
  /** A thread takes up this task; what it writes into the memory is shown. */
  start(task: NamedTask): SharedArrayBuffer;
  done(task: NamedTask): void;
  end(): void;
}

const phases = ['quantize', 'reference', 'score'] as const;
const words = ['quantizes matrix', 'scores float32, window', 'scores window'] as const;
const INTERVAL_ms = 250;

/** What an evaluation tells goes into that memory: phase, how far, of how much. */
export function progressInto(memory: SharedArrayBuffer | undefined): Told {
  if (memory === undefined) return () => undefined;
  const state = new Int32Array(memory);
  return (what, done, all) => state.set([phases.indexOf(what), Math.min(done + 1, all), all]);
}

export function evaluationProgress(args: Arguments, count: number): EvaluationProgress {
  const shown = process.stderr.isTTY && args['quiet'] !== true;
  const running = new Map<NamedTask, Int32Array>();
  let finished = 0;
  const show = (): void => {
    const parts = [...running].map(([{ subject, scheme }, state]) => `${subject.name} ${scheme.name}${textOf(state)}`);
    process.stderr.write(`\r${`${finished}/${count} done; ${parts.join(' | ')}`.slice(0, process.stderr.columns - 1)}\u001b[K`);
  };
  const timer = shown ? setInterval(show, INTERVAL_ms).unref() : undefined;
  return {
    start(task) {
      const memory = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT);
      running.set(task, new Int32Array(memory));
      return memory;
    },
    done(task) {
      running.delete(task);
      finished++;
    },
    end() {
      clearInterval(timer);
      if (shown) process.stderr.write('\r\u001b[K');
    },
  };
}

/** Empty before anything was told. */
function textOf([phase = 0, done = 0, all = 0]: Int32Array): string {
  return all === 0 ? '' : `: ${words[phase]} ${done} of ${all}`;
}
