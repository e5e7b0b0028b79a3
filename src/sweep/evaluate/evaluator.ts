/** Points of a sweep to rows: settings, workload, simulation, columns, objectives and constraints. */
import { isoValue, resizeToBudget } from '../../accelerator/iso.js';
import { simulateAccelerator } from '../../accelerator/simulate.js';
import { loadSramTable } from '../../config/package-data.js';
import { LowbitError } from '../../lowbit-error.js';
import { operandBits } from '../../trace/layer-trace.js';
import { resolveScheme } from '../../trace/scheme-config.js';
import { workload } from '../../trace/workload/workload.js';
import { runProgram } from '../plan/run-program.js';
import { spaceOf } from '../plan/space.js';
import type { ColumnProgram } from '../plan/column-program.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { Evaluator, RowBatch } from '../rows/row-batch.js';
import { acceleratorsOf } from './designs.js';
import { settingsOf } from './point-settings.js';
import { workloadOf } from './point-workload.js';
import { columnOfTotals, type Evaluated } from './totals-columns.js';

export function evaluatorOf(plan: SweepPlan): Evaluator {
  const space = spaceOf(plan);
  const accelerators = acceleratorsOf(plan.designs);
  const sramTable = loadSramTable();
  const base = settingsOf(
    plan,
    plan.axes.map(() => -1),
  );
  const simulated = (axes: Int32Array, rung?: number): Evaluated => {
    const settings = settingsOf(plan, axes, rung);
    let hardware = accelerators(settings.hardware);
    if (plan.iso !== null) {
      const { kind } = plan.iso;
      const value = settings.isoValue ?? isoValue(accelerators(base.hardware), kind, sramTable);
      hardware = resizeToBudget(hardware, { kind, value, origin: 'the sweep' }, sramTable).config;
    }
    const { model, scheme, request } = workloadOf(plan.designs, settings, hardware.vectorUnit !== undefined);
    const { segments, modelBytes } = workload(model, scheme, request);
    const { totals } = simulateAccelerator(hardware, segments, { sramTable, modelBytes: modelBytes.weights + modelBytes.kv });
    return { totals, hardware, weight_bits: operandBits(resolveScheme(scheme, model.name).weight) };
  };
  const programs = [...plan.constraints, ...plan.objectives].map(({ program }) => program);
  const names = [...new Set([...plan.columns, ...programs.flatMap(({ columns }) => columns)])];
  return {
    evaluate(points, rung): RowBatch {
      const length = points.length;
      const axes = plan.axes.map(() => new Int32Array(length));
      const values = plan.axes.map(() => new Float64Array(length));
      const columns = new Map(names.map((name) => [name, new Float64Array(length).fill(NaN)]));
      const errors = new Map<number, string>();
      const digits = new Int32Array(space.sizes.length);
      const of = new Int32Array(plan.axes.length);
      for (let row = 0; row < length; row++) {
        space.digitsOf(points[row]!, digits);
        space.axesOf(digits, of);
        of.forEach((index, a) => {
          axes[a]![row] = index;
          const value = index < 0 ? NaN : plan.axes[a]!.values[index]!;
          values[a]![row] = typeof value === 'number' ? value : NaN;
        });
        try {
          const evaluated = simulated(of, rung);
          for (const [name, column] of columns) column[row] = columnOfTotals[name]?.(evaluated) ?? NaN;
        } catch (error) {
          errors.set(row, error instanceof LowbitError ? error.message : `internal: ${String(error)}`);
        }
      }
      const run = (program: ColumnProgram): Float64Array =>
        runProgram(
          program,
          (name) => columns.get(name)!,
          (name) => values[plan.axes.findIndex((axis) => axis.name === name)]!,
          length,
        );
      const violated = new Int32Array(length);
      plan.constraints.forEach(({ program }, i) => {
        const holds = run(program);
        for (let row = 0; row < length; row++) if (!(holds[row]! > 0)) violated[row]! |= 1 << i;
      });
      const objectives = plan.objectives.map(({ program }) => run(program));
      return {
        length,
        points,
        axes,
        columns: plan.columns.map((name) => columns.get(name)!),
        objectives,
        violated,
        errors,
        ...(plan.errorBars ? { bounds: objectives.map((values) => ({ low: values.slice(), high: values.slice() })) } : {}),
      };
    },
  };
}
