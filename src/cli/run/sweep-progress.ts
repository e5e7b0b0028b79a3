/** How far a sweep is, on one line of a terminal; nothing where stderr is no terminal. */
import type { Progress } from '../../sweep/engine/progress.js';
import type { Arguments } from '../command.js';
import { progressText } from './progress-text.js';

export interface ProgressLine {
  readonly show: (progress: Progress) => void;
  clear(): void;
}

/** Of a terminal that does not say. */
const DEFAULT_COLUMNS = 80;

export function progressLine(args: Arguments): ProgressLine {
  if (!process.stderr.isTTY || args['quiet'] === true) return { show: () => undefined, clear: () => undefined };
  let shown = false;
  return {
    show: (progress) => {
      shown = true;
      process.stderr.write(`\r${progressText(progress).slice(0, (process.stderr.columns || DEFAULT_COLUMNS) - 1)}\u001b[K`);
    },
    clear: () => {
      if (shown) process.stderr.write('\r\u001b[K');
    },
  };
}
