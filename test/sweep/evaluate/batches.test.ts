import { describe, expect, it } from 'vitest';
import type { IsoKind } from '../../../src/accelerator/iso.js';
import { loadScheme } from '../../../src/config/catalogue.js';
import { evaluatorOf } from '../../../src/sweep/evaluate/evaluator.js';
import { syntheticWeights, weightSqnr_dB } from '../../../src/sweep/evaluate/scheme-sqnr.js';
import type { Step } from '../../../src/sweep/plan/column-program.js';
import type { SweepPlan } from '../../../src/sweep/plan/sweep-plan.js';
import { moments } from '../../../src/numeric/moments.js';
import { admit, spaceOf } from '../../../src/sweep/plan/space.js';
import { planWith } from '../plan/sweep-text.js';
import { axis, simulated, sketch } from './plans.js';

const program = (...steps: Step[]) => ({
  steps,
  columns: [...new Set(steps.flatMap((step) => ('column' in step ? [step.column] : [])))],
  axes: [...new Set(steps.flatMap((step) => ('axis' in step ? [step.axis] : [])))],
});
const place = 'sweep.yaml:1:1';
const objective = (name: string, ...steps: Step[]) => ({
  name,
  text: name,
  place,
  direction: 'minimize' as const,
  unit: '',
  program: program(...steps),
});
const constraint = (...steps: Step[]) => ({ text: '', place, program: program(...steps), beforeSimulation: false });
const evaluate = (plan: SweepPlan, points: readonly number[], rung?: number) => evaluatorOf(plan).evaluate(Float64Array.from(points), rung);

const rows = axis('hardware.array.rows', [8, 16, 32], 'rows');

describe('objectives and constraints', () => {
  const edp = objective('edp', { column: 'latency_s' }, { column: 'energy_J' }, { operation: '*' });

  it('are worked out over the columns of a batch, also over columns that are not stored', () => {
    const plan = sketch({
      hardware: ['bitmod'],
      axes: [rows],
      columns: ['area_mm2'],
      objectives: [edp, objective('size', { axis: 'rows' }, { number: 2 }, { operation: '*' })],
      constraints: [
        constraint({ column: 'area_mm2' }, { number: 4.5 }, { operation: '<=' }),
        constraint({ axis: 'rows' }, { number: 16 }, { operation: '>=' }),
      ],
    });
    const batch = evaluate(plan, [2, 0, 1]);
    const totals = [2, 0, 1].map((point) => simulated(plan, point) as Record<string, number>);
    expect(batch.columns).toHaveLength(1);
    expect([...batch.objectives[0]!]).toEqual(totals.map((total) => total['latency_s']! * total['energy_J']!));
    expect([...batch.objectives[1]!]).toEqual([64, 16, 32]);
    expect([...batch.violated]).toEqual(totals.map((total, i) => (total['area_mm2']! <= 4.5 ? 0 : 1) + ([32, 8, 16][i]! >= 16 ? 0 : 2)));
  });

  it('are judged over axes as at admission: they say nothing of points that a condition keeps an axis out of', () => {
    const plan = planWith(`axes:
  - { path: scheme, values: [bitmod-3b, bitmod-4b] }
  - { path: hardware.array.rows, values: [8, 16], when: { scheme: bitmod-3b } }
constraints: [rows <= 8, rows > 4 and rows < 10]
`);
    const { points } = admit(plan, spaceOf(plan), Float64Array.of(0, 1, 2, 3));
    expect([...points]).toEqual([0, 2]);
    expect([...evaluate(plan, [0, 1, 2]).violated]).toEqual([0, 3, 0]);
  });

  it('rule a point out where a constraint is unknown, and count a failed point as violating all', () => {
    const plan = sketch({
      hardware: ['bitmod'],
      axes: [axis('hardware.dram.energy_pJPerBit', [1, null]), axis('hardware.array.rows', [8, 0])],
      objectives: [edp],
      constraints: [
        constraint({ column: 'energy_J' }, { number: 1e9 }, { operation: '<' }),
        constraint({ column: 'latency_s' }, { number: 1e9 }, { operation: '<' }),
      ],
    });
    const batch = evaluate(plan, [0, 1, 2, 3]);
    expect([...batch.violated]).toEqual([0, 3, 1, 3]);
    expect([...batch.unknown]).toEqual([0, 0, 1, 0]);
    expect(batch.objectives[0]![2]).toBeNaN();
    expect(batch.errors.get(1)).toMatch(/^array.rows must be a whole number .*: 0 \(hardware.array.rows=0\)$/);
    expect([...batch.errors.keys()]).toEqual([1, 3]);
    expect(batch.columns.every((column) => Number.isNaN(column[1]))).toBe(true);
  });

  it('are NaN in rows whose point fails by a defect, which is said', () => {
    const plan = sketch({ hardware: ['bitmod'], axes: [rows], objectives: [edp], columns: ['latency_s'] });
    const broken = { ...plan, designs: { ...plan.designs, schemes: { 'bitmod-4b': null as never } } };
    const batch = evaluate(broken, [0, 1]);
    expect(batch.errors.get(0)).toMatch(/^internal: /);
    expect(batch.objectives[0]![1]).toBeNaN();
  });
});

describe('conditions', () => {
  it('leave an axis that is kept out at the value of the base, with index -1', () => {
    const plan = sketch({
      hardware: ['bitmod', 'ant'],
      axes: [axis('hardware', ['bitmod', 'ant']), rows, axis('hardware.clock_MHz', [500, 700, 900])],
    });
    const [first, second, third] = plan.dimensions;
    const when = { ...plan, dimensions: [first!, { ...second!, when: [{ axis: 0, oneOf: [0] }] }, third!] };
    const points = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    const batch = evaluate(when, points);
    expect([...batch.axes[1]!]).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, -1, -1, -1]);
    for (const point of points) {
      const row = Object.fromEntries(when.columns.map((name, c) => [name, batch.columns[c]![point]!]));
      expect(row).toEqual(simulated(when, point));
    }
  });
});

describe('rungs', () => {
  it('set what they name on top of the point', () => {
    const plan = sketch({
      hardware: ['bitmod'],
      axes: [rows, axis('hardware.clock_MHz', [500, 900])],
      rungs: [
        {
          name: 'short',
          set: [
            ['workload.context', 16],
            ['hardware.clock_MHz', 1000],
          ],
        },
        { name: 'whole', set: [] },
      ],
    });
    const evaluator = evaluatorOf(plan);
    for (const rung of [0, 1, undefined]) {
      const batch = evaluator.evaluate(Float64Array.of(0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5), rung);
      for (let row = 0; row < 12; row++) {
        const values = Object.fromEntries(plan.columns.map((name, c) => [name, batch.columns[c]![row]!]));
        expect(values).toEqual(simulated(plan, row % 6, rung));
      }
    }
  });
});

describe('budgets', () => {
  it.each<IsoKind>(['area', 'power', 'pes'])('of %s resize every array', (kind) => {
    const values = { area: [1, 3, 1e-3], power: [100, 5000, 1e-3], pes: [64, 1000, 1] }[kind];
    const plan = sketch({
      hardware: ['bitmod'],
      iso: { kind, value: null },
      axes: [axis('iso.value', values), rows, axis('hardware.dram.bandwidth_bitsPerCycle', [64, 256])],
    });
    const batch = evaluate(
      plan,
      Array.from({ length: 18 }, (_, i) => i),
    );
    for (let point = 0; point < 18; point++) {
      const row = batch.errors.get(point) ?? Object.fromEntries(plan.columns.map((name, c) => [name, batch.columns[c]![point]!]));
      expect(row).toEqual(simulated(plan, point));
    }
    expect(batch.errors.size).toBeGreaterThan(0);
  });
});

describe('error bars', () => {
  const bars = { latency: 0.1, energy: 0.2, area: 0, source: 'a test' };
  const designs = (text: string) => ({ bitmod: `${text}\nerrorBars: ${JSON.stringify(bars)}\n` });

  it('give every objective the lowest and highest value over the corners of what its columns may be off', () => {
    const shipped = sketch({ hardware: ['bitmod'], axes: [rows] });
    const plan = sketch({
      hardware: ['bitmod'],
      texts: designs(shipped.designs.hardware['bitmod']!.text),
      axes: [rows],
      errorBars: true,
      columns: ['latency_s'],
      objectives: [
        objective('latency', { column: 'latency_s' }),
        objective('edp', { column: 'edp_Js' }),
        objective('area', { column: 'area_mm2' }),
        objective('power', { column: 'power_W' }),
        objective('less', { column: 'energy_J' }, { column: 'latency_s' }, { operation: '-' }),
      ],
    });
    const { objectives, bounds = [] } = evaluate(plan, [0, 1, 2]);
    const ratio = (o: number, side: 'low' | 'high') => bounds[o]![side][1]! / objectives[o]![1]!;
    expect(ratio(0, 'low')).toBeCloseTo(0.9, 12);
    expect(ratio(0, 'high')).toBeCloseTo(1.1, 12);
    expect(ratio(1, 'low')).toBeCloseTo(0.9 * 0.8, 12);
    expect(ratio(1, 'high')).toBeCloseTo(1.1 * 1.2, 12);
    expect([ratio(2, 'low'), ratio(2, 'high')]).toEqual([1, 1]);
    expect(ratio(3, 'high')).toBeCloseTo(1.2 / 0.9, 12);
    const row = simulated(plan, 1) as Record<string, number>;
    expect(bounds[4]!.high[1]).toBeCloseTo(row['energy_J']! * 1.2 - row['latency_s']! * 0.9, 12);
  });

  it('are nothing for a design that states none', () => {
    const plan = sketch({
      hardware: ['bitmod'],
      axes: [rows],
      errorBars: true,
      objectives: [objective('latency', { column: 'latency_s' })],
    });
    const { objectives, bounds = [] } = evaluate(plan, [0, 1]);
    expect(bounds[0]!.low).toEqual(objectives[0]);
    expect(bounds[0]!.high).toEqual(objectives[0]);
  });
});

describe('the SQNR of weights', () => {
  it('is that of the quantizer on heavy-tailed synthetic weights, and falls with the bits', () => {
    const sqnr = (name: string) => weightSqnr_dB(loadScheme(name).config);
    expect(moments(syntheticWeights().data).kurtosis).toBeGreaterThan(4);
    expect(sqnr('bitmod-4b')).toBeGreaterThan(sqnr('bitmod-3b'));
    expect(sqnr('bitmod-4b')).toBeGreaterThan(10);
    expect(sqnr('fp16')).toBeNaN();
  });

  it('is a column of rows whose scheme has a quantizer, under the settings of the scheme', () => {
    const plan = sketch({
      hardware: ['bitmod'],
      schemes: ['bitmod-4b', 'fp16'],
      columns: ['weight_sqnr_dB'],
      axes: [axis('scheme', ['bitmod-4b', 'fp16']), axis('scheme.weight.group', [32, 128])],
    });
    const [column] = evaluate(plan, [0, 1]).columns;
    expect(column![0]).toBeGreaterThan(column![1]!);
    const { errors } = evaluate(plan, [2]);
    expect(errors.get(0)).toMatch(/unknown path: weight\.group/);
  });
});
