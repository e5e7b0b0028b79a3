import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogueNames } from '../../../src/config/files.js';
import { evaluatorOf } from '../../../src/sweep/evaluate/evaluator.js';
import { spaceOf } from '../../../src/sweep/plan/space.js';
import type { SweepPlan } from '../../../src/sweep/plan/sweep-plan.js';
import { axis, everyColumn, simulated, sketch } from './plans.js';

/** Rows of the points, in their order, as records or messages. */
function rowsOf(plan: SweepPlan, points: readonly number[], rung?: number) {
  const batch = evaluatorOf(plan).evaluate(Float64Array.from(points), rung);
  return points.map(
    (_, row) => batch.errors.get(row) ?? Object.fromEntries(plan.columns.map((name, c) => [name, batch.columns[c]![row]!])),
  );
}

function expectSame(plan: SweepPlan, points: readonly number[], rung?: number): void {
  expect(rowsOf(plan, points, rung)).toEqual(points.map((point) => simulated(plan, point, rung)));
}

const all = (plan: SweepPlan): number[] => Array.from({ length: spaceOf(plan).rawSize }, (_, i) => i);

const plans: readonly (readonly [what: string, plan: SweepPlan])[] = [
  [
    'numbers of a roofline design that all move the timing',
    sketch({
      hardware: ['bitmod'],
      models: ['llama-3-8b'],
      workload: { phase: 'decode' },
      axes: [
        axis('hardware.array.rows', [8, 16, 32, 48]),
        axis('hardware.dram.bandwidth_bitsPerCycle', [64, 100.5, 256]),
        axis('hardware.buffers.weight.size_KiB', [16, 512, 600]),
      ],
    }),
  ],
  [
    'values that the schema refuses, and whole blocks beside numbers in them',
    sketch({
      hardware: ['bitmod'],
      axes: [
        axis(
          'hardware.array',
          [
            { rows: 8, columns: 8 },
            { rows: 16, columns: 4 },
          ],
          'shape',
        ),
        axis('hardware.array.rows', [8, 8.5, 16]),
        axis('hardware.buffers.activation.banks', [1, 8, 0]),
      ],
    }),
  ],
  [
    'models, schemes and workloads',
    sketch({
      hardware: ['ant', 'bitmod'],
      models: ['opt-125m', 'resnet18', 'bert-base'],
      schemes: ['bitmod-4b', 'fp16'],
      axes: [
        axis('hardware', ['ant', 'bitmod']),
        axis('model', ['opt-125m', 'resnet18', 'bert-base']),
        axis('scheme', ['bitmod-4b', 'fp16']),
        axis('workload.phase', ['prefill', 'decode']),
        axis('workload.context', [64, 0]),
      ],
    }),
  ],
  [
    'costs, clock and leakage',
    sketch({
      hardware: ['olive'],
      set: [['hardware.staticEnergy', 'sram-leakage']],
      axes: [
        axis('hardware.clock_MHz', [500, 1000]),
        axis('hardware.pe.leakage_pJPerCycle', [0.01, 0.02]),
        axis('hardware.pe.area_um2', [100, 200]),
        axis('hardware.technology_nm', [28, 16, 40]),
        axis('hardware.buffers.weight.read_pJPerBit', [0.1, 0.2]),
        axis('hardware.dram.energy_pJPerBit', [4, null]),
      ],
    }),
  ],
  [
    'memories by name, whose bandwidth follows from the clock',
    sketch({
      hardware: ['bitmod'],
      set: [['hardware.dram.channels', 2]],
      axes: [
        axis('hardware.dram.preset', ['ddr4', 'hbm2', 'lpddr5']),
        axis('hardware.clock_MHz', [500, 800, 1000]),
        axis('hardware.array.columns', [8, 16, 24]),
      ],
    }),
  ],
  [
    'budgets of area',
    sketch({
      hardware: ['bitmod'],
      iso: { kind: 'area', value: null },
      axes: [axis('iso.value', [0.5, 2, 3]), axis('hardware.array.rows', [16, 32]), axis('hardware.pe.area_um2', [1000, 2000])],
    }),
  ],
  [
    'the budget of the base, in power',
    sketch({
      hardware: ['ant'],
      iso: { kind: 'power', value: null },
      axes: [axis('hardware.array.rows', [16, 32]), axis('hardware.clock_MHz', [500, 1000, 700, 800, 900])],
    }),
  ],
  [
    'systolic arrays and their dataflow',
    sketch({
      hardware: ['systolic'],
      models: ['resnet18'],
      schemes: ['w4a4kv4', 'fp16'],
      axes: [
        axis('hardware.dataflow', ['os', 'ws', 'is']),
        axis('hardware.array.rows', [8, 32]),
        axis('hardware.dram.bandwidth_bitsPerCycle', [32, 256]),
        axis('hardware.buffers.output.size_KiB', [16, 64]),
      ],
    }),
  ],
];

describe('a row of a sweep', () => {
  it.each(plans)('equals the totals of a simulation to the last bit: %s', (_what, plan) => {
    expectSame(plan, all(plan));
  });

  it('does not depend on the order of points, nor on the points before', () => {
    const [, plan] = plans[0]!;
    const forward = rowsOf(plan, all(plan));
    expect(rowsOf(plan, all(plan).reverse())).toEqual(forward.reverse());
  });

  it('equals the totals of a simulation for every shipped accelerator', () => {
    const small = ['layer-roofline', 'systolic-folds'];
    for (const name of catalogueNames('accelerators')) {
      const plan = sketch({
        hardware: [name],
        workload: { context: 16, phase: 'decode' },
        axes: [axis('hardware.dram.bandwidth_bitsPerCycle', [64, 128]), axis('hardware.pe.area_um2', [100, 200, 300, 400])],
      });
      if (small.some((timing) => plan.designs.hardware[name]!.text.includes(`timing: ${timing}`))) expectSame(plan, all(plan));
    }
  });
});

describe('rows of designs that search mappings', () => {
  const native = sketch({
    hardware: ['bitmod-native', 'ant-native'],
    workload: { context: 16, phase: 'decode' },
    axes: [
      axis('hardware', ['bitmod-native', 'ant-native']),
      axis('hardware.clock_MHz', [500, 1000]),
      axis('hardware.pe.energy_pJ', [0.1, 10]),
      axis('hardware.buffers.weight.size_KiB', [64, 256]),
    ],
  });

  it('equal the totals of a simulation', () => {
    expectSame(native, all(native));
  });

  it('equal them where the mapping is chosen by energy, and so by every cost', () => {
    expectSame({ ...native, base: { ...native.base, set: [['hardware.timingOptions.objective', 'edp']] } }, all(native));
    const plan = sketch({
      hardware: ['ant-ws'],
      models: ['resnet18'],
      axes: [
        axis('hardware.pe.energy_pJ', [0.01, 100]),
        axis('hardware.dram.energy_pJPerBit', [0.01, 100]),
        axis('hardware.array.rows', [8, 16]),
      ],
    });
    expectSame(plan, all(plan));
  });
});

describe('rows of random sweeps', () => {
  const choices = [
    axis('hardware.array.rows', [4, 16, 64, 3]),
    axis('hardware.array.columns', [4, 16, 32]),
    axis('hardware.clock_MHz', [500, 1000]),
    axis('hardware.cores', [1, 2, 4]),
    axis('hardware.pe.dotSize', [1, 4, 8]),
    axis('hardware.pe.layoutFactor', [1, 1.5]),
    axis('hardware.buffers.weight.size_KiB', [32, 512, 1e9]),
    axis('hardware.buffers.weight.banks', [4, 8]),
    axis('hardware.dram.bandwidth_bitsPerCycle', [17, 256]),
    axis('hardware.dram.writeEnergy_pJPerBit', [1, 2]),
    axis('hardware.dram.preset', ['ddr4', 'gddr6']),
    axis('hardware.staticEnergy', ['excluded', 'sram-leakage']),
    axis('hardware.technology_nm', [28, 45]),
    axis('hardware.arrayByPhase.decode.rows', [8, 16]),
    axis('workload.batch', [1, 3]),
    axis('workload.phase', ['prefill', 'decode']),
    axis('scheme.kv.format', ['fp16', 'int8']),
    axis('model.layers', [1, 12]),
  ];

  it('equal the totals of a simulation to the last bit', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('bitmod', 'ant', 'olive', 'fp16'),
        fc.uniqueArray(fc.constantFrom(...choices), { minLength: 1, maxLength: 5, selector: ({ path }) => path }),
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 20, maxLength: 40 }),
        (hardware, axes, shares) => {
          const plan = sketch({ hardware: [hardware], axes, workload: { context: 32 }, columns: everyColumn });
          const { rawSize } = spaceOf(plan);
          expectSame(
            plan,
            shares.map((share) => Math.floor(share * rawSize)),
          );
        },
      ),
      { numRuns: 12 },
    );
  });
});
