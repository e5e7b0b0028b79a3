/** A worker that takes its time to load, and writes down when it begins to and when it has. */
import { appendFileSync } from 'node:fs';
import process from 'node:process';

const log = process.env['LOWBIT_TEST_LOG'] ?? '';
appendFileSync(log, 'begins\n');
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
appendFileSync(log, 'has loaded\n');

/** Never ends. */
export const stay = () => new Promise(() => undefined);
