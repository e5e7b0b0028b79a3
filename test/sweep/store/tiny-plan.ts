/** Small plans without hardware, and rows computed from the number of a point alone. */
import type { AxisValue, ConstraintPlan, ObjectivePlan, SweepPlan } from '../../../src/sweep/plan/sweep-plan.js';
import type { RowBatch } from '../../../src/sweep/rows/row-batch.js';

const axisValues: readonly (readonly AxisValue[])[] = [
  [8, 16, 32, 64],
  ['fp16', '=int8', 'a "b", c'],
  [{ rows: 64, columns: 16 }, { rows: 32, columns: 32 }, [1, 2], null, true, false, 1.5, -0.25, 1e21, 'x'],
];

const column = (name: string): ObjectivePlan['program'] => ({ steps: [{ column: name }], columns: [name], axes: [] });

const latencyObjective: ObjectivePlan = {
  name: 'latency_s',
  text: 'latency_s',
  place: 'tiny.yaml:9:5',
  direction: 'minimize',
  unit: 's',
  program: column('latency_s'),
};
const throughputObjective: ObjectivePlan = {
  name: 'rate',
  text: 'TOPS',
  place: 'tiny.yaml:10:5',
  direction: 'maximize',
  unit: '',
  program: column('TOPS'),
};
export const areaConstraint: ConstraintPlan = {
  text: 'area_mm2 <= 12 mm^2',
  place: 'tiny.yaml:12:5',
  beforeSimulation: false,
  program: { steps: [{ column: 'area_mm2' }, { number: 12 }, { operation: '<=' }], columns: ['area_mm2'], axes: [] },
};

/** 120 points; `changes` replaces whole keys. */
export function tinyPlan(changes: Partial<SweepPlan> = {}): SweepPlan {
  return {
    name: 'tiny',
    description: 'three axes',
    source: 'none',
    seed: 7,
    designs: { hardware: { a: { file: 'a.yaml', text: 'name: a\ntiming: native\n' } }, models: {}, schemes: {} },
    base: { hardware: 'a', model: 'm', scheme: 's', workload: {}, set: [] },
    axes: axisValues.map((values, i) => ({ name: `axis${i}`, path: `hardware.key${i}`, values })),
    dimensions: axisValues.map((values, axis) => ({
      size: values.length,
      members: [{ axis, valueAt: values.map((_, index) => index) }],
    })),
    iso: null,
    columns: ['latency_s', 'TOPS', 'area_mm2'],
    constraints: [areaConstraint],
    objectives: [latencyObjective, throughputObjective],
    strategy: { name: 'grid', settings: {} },
    errorBars: false,
    rungs: [],
    versions: { model: 1 },
    ...changes,
  };
}

/** Every 17th point fails, every 5th has an unknown area, and every 15th no answer to the constraint. */
export function rowsOf(plan: SweepPlan, points: Float64Array): RowBatch {
  const length = points.length;
  const failed = (point: number): boolean => point % 17 === 16;
  const value = (factor: number) =>
    Float64Array.from(points, (point) => (failed(point) ? Number.NaN : ((point * 7919 * factor) % 1013) / 64 + 0.1));
  const columns = plan.columns.map((name, i) => {
    const values = value(i + 1);
    return name === 'area_mm2' ? values.map((area, row) => (points[row]! % 5 === 4 ? Number.NaN : area)) : values;
  });
  const objectives = plan.objectives.map(({ text }) => columns[plan.columns.indexOf(text)]!.slice());
  return {
    length,
    points,
    axes: plan.axes.map((_, a) => Int32Array.from(points, (point) => digit(plan, point, a))),
    columns,
    objectives,
    ...(plan.errorBars
      ? { bounds: objectives.map((values) => ({ low: values.map((v) => v * 0.9), high: values.map((v) => v * 1.1) })) }
      : {}),
    violated: Int32Array.from(points, (_, row) =>
      (plan.constraints.length > 0 && columns[plan.columns.indexOf('area_mm2')]![row]! > 12) || points[row]! % 15 === 14 ? 1 : 0,
    ),
    unknown: Int32Array.from(points, (point) => (plan.constraints.length > 0 && point % 15 === 14 ? 1 : 0)),
    errors: new Map([...points].flatMap((point, row) => (failed(point) ? [[row, `point ${point} cannot be: ünknown`]] : []))),
  };
}

function digit(plan: SweepPlan, point: number, axis: number): number {
  let rest = point;
  for (let d = plan.dimensions.length - 1; d > axis; d--) rest = Math.floor(rest / plan.dimensions[d]!.size);
  return rest % plan.dimensions[axis]!.size;
}

export const pointsFrom = (from: number, to: number): Float64Array => Float64Array.from({ length: to - from }, (_, i) => from + i);
