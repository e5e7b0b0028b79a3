/** A worker whose tasks say how it ends: it answers, throws, or takes its thread with it. */
import process from 'node:process';

/** @param {string} task */
export function obey(task) {
  if (task === 'exit') process.exit(3);
  if (task === 'throw') throw new TypeError('a defect');
  return `did ${task}`;
}
