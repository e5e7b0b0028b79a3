/** How far a sweep is, in words. */
import { grouped } from '../../report/number-text.js';
import type { Progress } from '../../sweep/engine/progress.js';

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
