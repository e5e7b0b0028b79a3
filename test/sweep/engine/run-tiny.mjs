/** Runs a sweep of the plan in a file with the worker of the tests, in a process that can be killed: node run-tiny.mjs PLAN.json OPTIONS-AS-JSON. */
/* global AbortController, URL, process */
import { readFileSync } from 'node:fs';
import { runSweep } from '../../../dist/sweep/engine/run-sweep.js';

const [planFile = '', options = '{}'] = process.argv.slice(2);
const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
const { ending, result } = await runSweep(JSON.parse(readFileSync(planFile, 'utf8')), {
  toolVersion: '0.0.0',
  cache: false,
  worker: new URL('./tiny-worker.mjs', import.meta.url),
  signal: stop.signal,
  ...JSON.parse(options),
});
process.stdout.write(JSON.stringify({ ending, result }));
