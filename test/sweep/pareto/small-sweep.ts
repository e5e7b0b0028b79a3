/** A small sweep made of whole cloth: a plan with three axes, one of which a condition keeps out at times, and rows with failures, unknowns and bounds. */
import { seededRandom } from '../../../src/numeric/random.js';
import type { SweepPlan } from '../../../src/sweep/plan/sweep-plan.js';
import type { Admission } from '../../../src/sweep/plan/space.js';
import type { RowBatch } from '../../../src/sweep/rows/row-batch.js';

const sizes = [4, 3, 60];

const program = { steps: [{ number: 1 }], columns: [], axes: [] };

export function smallPlan(change: Partial<SweepPlan> = {}): SweepPlan {
  return {
    ...{ name: 'small', description: 'made of whole cloth', source: 'test', seed: 1, iso: null, columns: ['latency_s', 'energy_J'] },
    designs: { hardware: {}, models: {}, schemes: {} },
    base: { hardware: 'x', model: 'y', scheme: 'z', workload: {}, set: [] },
    axes: sizes.map((size, a) => ({
      name: `axis${a}`,
      path: `hardware.axis${a}`,
      values: Array.from({ length: size }, (_, v) => 10 * a + v),
    })),
    dimensions: sizes.map((size, axis) => ({ size, members: [{ axis, valueAt: Array.from({ length: size }, (_, v) => v) }] })),
    constraints: ['first', 'second'].map((text) => ({ text, place: 'x.yaml:1:1', program, beforeSimulation: false })),
    objectives: [
      { name: 'latency', text: 'latency_s', place: 'x.yaml:2:1', direction: 'minimize', unit: 's', program },
      { name: 'rate', text: 'TOPS', place: 'x.yaml:3:1', direction: 'maximize', unit: '', program },
    ],
    strategy: { name: 'grid', settings: {} },
    errorBars: true,
    ...{ rungs: [], versions: {} },
    ...change,
  };
}

export interface SmallRow {
  readonly point: number;
  readonly axes: readonly number[];
  readonly columns: readonly number[];
  readonly objectives: readonly number[];
  readonly bounds: readonly (readonly [low: number, high: number])[];
  readonly violated: number;
  /** Bits of `violated`. */
  readonly unknown: number;
  readonly error: string | null;
}

const ruledOut = (violated: number, doubt: number) => ({ violated, unknown: violated & doubt });

/** `count` different points in any order. Objectives take few values, so that many rows are equal. */
export function smallRows(seed: number, count: number, objectives = 2): SmallRow[] {
  const random = seededRandom(seed);
  const numbers = Array.from({ length: 720 }, (_, point) => ({ point, at: random.uniform() }));
  return numbers
    .sort((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ point }) => {
      const axes = [Math.floor(point / 180), Math.floor(point / 60) % 3, point % 60];
      const values = Array.from({ length: objectives }, () => (random.uniform() < 0.03 ? NaN : 1 + random.integer(12)));
      const fate = random.uniform();
      return {
        point,
        axes: axes[0] === 3 ? [3, -1, axes[2]!] : axes,
        columns: [point / 7, random.uniform() < 0.2 ? NaN : point],
        objectives: values,
        bounds: values.map((y) => [y - random.integer(3), y + random.integer(3)] as const),
        ...(fate < 0.1 ? ruledOut(1 + random.integer(3), random.integer(4)) : ruledOut(0, 0)),
        error: fate > 0.95 ? `failed for reason ${random.integer(3)}` : null,
      };
    });
}

export function batchOf(plan: SweepPlan, rows: readonly SmallRow[]): RowBatch {
  const column = (of: (row: SmallRow) => number): Float64Array => Float64Array.from(rows, of);
  return {
    length: rows.length,
    points: column(({ point }) => point),
    axes: plan.axes.map((_, a) => Int32Array.from(rows, ({ axes }) => axes[a]!)),
    columns: plan.columns.map((_, c) => column(({ columns }) => columns[c]!)),
    objectives: plan.objectives.map((_, o) => column(({ objectives, error }) => (error === null ? objectives[o]! : NaN))),
    ...(plan.errorBars
      ? {
          bounds: plan.objectives.map((_, o) => ({
            low: column(({ bounds }) => bounds[o]![0]),
            high: column(({ bounds }) => bounds[o]![1]),
          })),
        }
      : {}),
    violated: Int32Array.from(rows, ({ violated }) => violated),
    unknown: Int32Array.from(rows, ({ unknown }) => unknown),
    errors: new Map(rows.flatMap(({ error }, i) => (error === null ? [] : [[i, error] as const]))),
  };
}

/** Nothing was kept from being simulated, but for as many points as said, by the second constraint. */
export function admissionOf(plan: SweepPlan, excluded = 0): Admission {
  const violated = Float64Array.from(plan.constraints, (_, c) => (c === 1 ? excluded : 0));
  return { points: new Float64Array(), excluded, violated, violatedAlone: violated };
}

export const isFeasible = ({ violated, error }: SmallRow): boolean => violated === 0 && error === null;
