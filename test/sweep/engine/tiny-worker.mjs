/**
 * A worker whose rows come from the number of a point alone, so that tests of the engine need no hardware. LOWBIT_TEST_FAULT (JSON) makes it fail:
 * `{ "die": "exit" | "memory", "point": 40, "times": 1, "flag": "/file" }` ends the thread at that point, so many times over all workers
 * (counted in the file); `{ "delay_ms": 20 }` takes its time over each part.
 */
/* global process */
import { appendFileSync, existsSync, statSync } from 'node:fs';
import { setUpOnce } from '../../../dist/sweep/engine/part-runner.js';
import { summarise } from '../../../dist/sweep/pareto/summarise.js';
import { admit, spaceOf } from '../../../dist/sweep/plan/space.js';

const fault = JSON.parse(process.env['LOWBIT_TEST_FAULT'] ?? '{}');

/** @typedef {import('../../../src/sweep/plan/sweep-plan.js').SweepPlan} SweepPlan */
/** @typedef {import('../../../src/sweep/plan/space.js').Space} Space */

function dieAt(/** @type {Float64Array} */ points) {
  if (fault.die === undefined || !points.includes(fault.point)) return;
  if (existsSync(fault.flag) && statSync(fault.flag).size >= fault.times) return;
  appendFileSync(fault.flag, '.');
  if (fault.die === 'exit') process.exit(3);
  const kept = [];
  for (;;) kept.push(Array.from({ length: 10_000 }, (_, i) => `${i}`));
}

const value = (/** @type {number} */ point, /** @type {number} */ factor) =>
  point % 17 === 16 ? Number.NaN : (((point + 1) * 7919 * factor) % 1013) / 64 + 0.1;

function evaluate(/** @type {SweepPlan} */ plan, /** @type {Space} */ space, /** @type {Float64Array} */ points) {
  dieAt(points);
  if (fault.delay_ms !== undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fault.delay_ms);
  const digits = new Int32Array(space.sizes.length);
  const indices = new Int32Array(plan.axes.length);
  const axes = plan.axes.map(() => new Int32Array(points.length));
  points.forEach((point, row) => {
    space.digitsOf(point, digits);
    space.axesOf(digits, indices);
    axes.forEach((column, a) => (column[row] = indices[a] ?? -1));
  });
  const columns = plan.columns.map((_, i) => points.map((point) => value(point, i + 1)));
  return {
    length: points.length,
    points,
    axes,
    columns,
    objectives: plan.objectives.map(({ text }) => Float64Array.from(columns[plan.columns.indexOf(text)] ?? [])),
    violated: Int32Array.from(points, (point) => (value(point, 3) > 12 ? 1 : 0)),
    unknown: new Int32Array(points.length),
    errors: new Map([...points].flatMap((point, row) => (point % 17 === 16 ? [[row, `point ${point} cannot be`]] : []))),
  };
}

export const runPart = setUpOnce(({ plan, dir }) => {
  const space = spaceOf(plan);
  return {
    plan,
    dir,
    admit: (points) => admit(plan, space, points),
    evaluator: () => Promise.resolve({ evaluate: (points) => evaluate(plan, space, points) }),
    summarise: (batch, admission) => summarise(plan, batch, admission),
  };
});
