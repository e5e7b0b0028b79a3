/** How far a sweep is, on one line of a terminal; nothing where stderr is no terminal. */
import type { Progress } from '../../sweep/engine/progress.js';
import { grouped } from '../../report/number-text.js';
import type { Arguments } from '../command.js';

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

/** `12,000 of 96,000 points (12 %), 3 failed, 41,000/s, 2 s left`. */
export function progressText({ done, total, failed, rowsPerSecond, secondsLeft }: Progress): string {
  const share = total === 0 ? 100 : Math.floor((done / total) * 100);
  return [
    `${grouped(done)} of ${grouped(total)} points (${share} %)`,
    ...(failed === 0 ? [] : [`${grouped(failed)} failed`]),
    ...(rowsPerSecond > 0 ? [`${grouped(Number(rowsPerSecond.toPrecision(2)))}/s`] : []),
    ...(secondsLeft === null ? [] : [`${durationText(secondsLeft)} left`]),
  ].join(', ');
}

const MINUTE = 60;
const HOUR = 3600;

function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min ${whole % MINUTE} s`;
  return `${Math.floor(whole / HOUR)} h ${Math.floor((whole % HOUR) / MINUTE)} min`;
}
