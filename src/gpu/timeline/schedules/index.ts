/** Schedules that need no options, by name; those with options are made by the functions beside them. */
import { barrierFree } from './barrier-free.js';
import { barriered } from './barriered.js';
import { persistent, waves } from './persistent.js';
import { remapped } from './remapped.js';
import type { SchedulePolicy } from './sm-schedule.js';
import { staticWaves } from './static-waves.js';

export { decomposed } from './decomposed.js';
export { splitK } from './split-k.js';
export { streamK } from './stream-k.js';

export const smSchedules = {
  waves,
  persistent,
  'static-waves': staticWaves,
  barriered,
  'barrier-free': barrierFree,
  remapped,
} as const satisfies Record<string, SchedulePolicy>;
