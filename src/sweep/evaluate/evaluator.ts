/**
 * Points of a sweep to rows. A row equals the totals that `lowbit simulate` gives for the same hardware, settings, model, scheme and workload, to the
 * last bit. What makes it fast is that nothing is worked out twice:
 *   hardware    templates.ts          a description is read once for all points that differ in plain numbers
 *   workload    compiled-workload.ts  layers are made once for all points of a model, scheme and request, identical ones as one
 *   timing      layer-activities.ts   layers in one pass of columns, or found again by content
 *   costs       point-costs.ts        prices, area and leakage kept by the axes they follow from
 *   columns     totals-columns.ts     only those that are stored, or that objectives and constraints read
 * Expressions then run over whole columns. A point that fails is a row without values and with its message.
 */
import { LowbitError } from '../../lowbit-error.js';
import { judgeByAxes } from '../plan/axis-constraint.js';
import type { ColumnProgram } from '../plan/column-program.js';
import { runProgram } from '../plan/run-program.js';
import { spaceOf } from '../plan/space.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { Evaluator, RowBatch } from '../rows/row-batch.js';
import { errorBounds } from './error-bars.js';
import { activityCache, type ActivityCache } from './activity-cache/activity-cache.js';
import { pointSimulator, type GpuModel, type PointSimulator } from './point-simulator.js';
import { totalsColumns, type PointTotals } from './totals-columns.js';

/** What an evaluator works with besides the plan. */
export interface EvaluatorTools {
  /** Activities that other workers, and sweeps before, have found. */
  readonly cache?: ActivityCache;
  /** The GPU model (gpu-points.ts), which plans with a GPU need: handed in, so that workers of all other sweeps do not load it. */
  readonly gpus?: GpuModel | undefined;
}

/** Evaluates points of a plan; keeps what they share. */
export function evaluatorOf(plan: SweepPlan, { cache = activityCache(undefined), gpus }: EvaluatorTools = {}): Evaluator {
  if (plan.designs.gpus !== undefined && gpus === undefined) throw new Error('a plan with a GPU is evaluated without the model of GPUs');
  const programs = [...plan.constraints, ...plan.objectives].map(({ program }) => program);
  const names = [...new Set([...plan.columns, ...programs.flatMap(({ columns }) => columns)])];
  const space = spaceOf(plan);
  const simulators = new Map<number, PointSimulator>();
  const simulatorOf = (rung: number): PointSimulator => {
    let found = simulators.get(rung);
    if (found === undefined) simulators.set(rung, (found = pointSimulator(plan, { rung, names, cache, gpus })));
    return found;
  };
  return {
    evaluate(points, rung = plan.rungs.length - 1): RowBatch {
      const table = emptyTable(plan, names, points);
      fillRows(plan, table, { digits: new Int32Array(space.sizes.length), space, simulate: simulatorOf(rung) });
      return finished(plan, table);
    },
  };
}

/** A batch on its way: axes, every column that something reads, and how far each row may be off. */
interface RowTable {
  readonly points: Float64Array;
  readonly axes: readonly Int32Array[];
  readonly columns: ReadonlyMap<string, Float64Array>;
  readonly errors: Map<number, string>;
  /** Relative errors of latency, energy and area; there when the plan has error bars. */
  readonly off: readonly Float64Array[];
}

function emptyTable(plan: SweepPlan, names: readonly string[], points: Float64Array): RowTable {
  const { length } = points;
  return {
    points,
    axes: plan.axes.map(() => new Int32Array(length)),
    columns: new Map(names.map((name) => [name, new Float64Array(length).fill(NaN)])),
    errors: new Map(),
    off: plan.errorBars ? [new Float64Array(length), new Float64Array(length), new Float64Array(length)] : [],
  };
}

interface RowSource {
  readonly digits: Int32Array;
  readonly space: ReturnType<typeof spaceOf>;
  readonly simulate: PointSimulator;
}

function fillRows(plan: SweepPlan, { points, axes, columns, errors, off }: RowTable, { digits, space, simulate }: RowSource): void {
  const axisIndex = new Int32Array(plan.axes.length);
  const cells = [...columns].map(([name, values]) => ({ values, of: columnNamed(name) }));
  for (let row = 0; row < points.length; row++) {
    space.digitsOf(points[row]!, digits);
    space.axesOf(digits, axisIndex);
    for (let a = 0; a < axes.length; a++) axes[a]![row] = axisIndex[a]!;
    try {
      const totals = simulate(axisIndex);
      for (let c = 0; c < cells.length; c++) cells[c]!.values[row] = cells[c]!.of(totals);
      const errorBars = totals.hardware?.errorBars;
      if (off.length > 0 && errorBars !== undefined) {
        off[0]![row] = errorBars.latency;
        off[1]![row] = errorBars.energy;
        off[2]![row] = errorBars.area;
      }
    } catch (error) {
      for (const { values } of cells) values[row] = NaN;
      errors.set(row, error instanceof LowbitError ? error.message : `internal: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function columnNamed(name: string): (totals: PointTotals) => number {
  const found = Object.hasOwn(totalsColumns, name) ? totalsColumns[name] : undefined;
  if (found === undefined) throw new Error(`no result column ${name}`);
  return (totals) => found.of(totals);
}

/** Objectives and constraints of the rows. A constraint whose value is unknown rules a row out, and so does every one of a failed row. */
function finished(plan: SweepPlan, { points, axes, columns, errors, off }: RowTable): RowBatch {
  const { length } = points;
  const ofAxis = (name: string): Float64Array => axisValues(plan, axes, name);
  const run = (program: ColumnProgram, of: (name: string) => Float64Array = (name) => columns.get(name)!): Float64Array =>
    runProgram(program, of, ofAxis, length);
  const violated = new Int32Array(length);
  const unknown = new Int32Array(length);
  plan.constraints.forEach(({ program, beforeSimulation }, i) => {
    const holds = beforeSimulation ? judgeByAxes(program, ofAxis, length) : run(program);
    for (let row = 0; row < length; row++) {
      if (holds[row] === 1) continue;
      violated[row]! |= 1 << i;
      if (Number.isNaN(holds[row])) unknown[row]! |= 1 << i;
    }
    for (const row of errors.keys()) {
      violated[row]! |= 1 << i;
      unknown[row]! &= ~(1 << i);
    }
  });
  const objectives = plan.objectives.map(({ program }) => run(program));
  return {
    length,
    points,
    axes,
    columns: plan.columns.map((name) => columns.get(name)!),
    objectives,
    ...(plan.errorBars ? { bounds: errorBounds(plan.objectives, { columns, off, objectives, run }) } : {}),
    violated,
    unknown,
    errors,
  };
}

/** Values of a numeric axis by row; NaN where it is kept out. */
function axisValues(plan: SweepPlan, axes: readonly Int32Array[], name: string): Float64Array {
  const a = plan.axes.findIndex((axis) => axis.name === name);
  const values = plan.axes[a]?.values ?? [];
  return Float64Array.from(axes[a] ?? [], (index) => (typeof values[index] === 'number' ? values[index] : NaN));
}
