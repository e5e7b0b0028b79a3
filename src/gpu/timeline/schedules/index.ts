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
  /** Blocks go to the SM that has a slot first, a wave at a time. */
  waves,
  /** One resident block per slot takes tile after tile. */
  persistent,
  /** Tiles are dealt to SMs in order, once. */
  'static-waves': staticWaves,
  /** All SMs meet after every tile. */
  barriered,
  /** As dealt, without meeting. */
  'barrier-free': barrierFree,
  /** Dealt so that costly tiles spread over the SMs. */
  remapped,
} as const satisfies Record<string, SchedulePolicy>;
