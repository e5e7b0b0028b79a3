/** A thread that asks a shared table for the same keys as all others, in an order of its own, and counts what it had to compute. */
/* global process */
import { parentPort, workerData } from 'node:worker_threads';
import { activityCache } from '../../../dist/sweep/evaluate/activity-cache/activity-cache.js';
import { activityOfNumber } from './numbered-activity.mjs';

/** @type {{ table: SharedArrayBuffer, keys: number, seed: number, dies: boolean }} */
const { table, keys, seed, dies } = workerData;
const machine = activityCache(table).machine('machine');
let wrong = 0;
/** @type {number[]} */
const computed = [];
for (let i = 0; i < 3 * keys; i++) {
  const number = (i * (2 * seed + 1) + 7 * seed) % keys;
  const found = machine.activity(`layer ${number}`, () => {
    // Dies with a slot claimed.
    if (dies && computed.length === 20) process.exit(0);
    computed.push(number);
    return activityOfNumber(number);
  });
  if (JSON.stringify(found) !== JSON.stringify(activityOfNumber(number))) wrong++;
}
parentPort?.postMessage({ wrong, computed });
