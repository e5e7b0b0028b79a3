import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planOf, readSweep } from '../../../src/sweep/plan/read-sweep.js';
import { planHash } from '../../../src/sweep/plan/plan-hash.js';
import { planWith } from './sweep-text.js';

const rows = '  - { path: hardware.array.rows, values: [16, 32] }\n';

describe('values of an axis', () => {
  const valuesOf = (axis: string): readonly unknown[] => planWith(`axes:\n  - ${axis}\n`).axes[0]!.values;
  it('are those of the list, in its order', () => {
    expect(valuesOf('{ path: hardware.array.rows, values: [32, 16, 64] }')).toEqual([32, 16, 64]);
    expect(valuesOf('{ path: hardware.array, values: [{ rows: 8, columns: 128 }, { rows: 32, columns: 32 }] }')).toEqual([
      { rows: 8, columns: 128 },
      { rows: 32, columns: 32 },
    ]);
    expect(valuesOf('{ path: hardware.pe.energy_pJ, values: [null, 1] }')).toEqual([null, 1]);
    expect(valuesOf('{ path: workload.refine, values: ["", fixedContext, [fixedContext, no-causal]] }')).toEqual([
      '',
      'fixedContext',
      'fixedContext no-causal',
    ]);
  });
  it('of a range include both ends where the step meets them, without what binary fractions add', () => {
    expect(valuesOf('{ path: workload.context, range: { from: 256, to: 1024, step: 256 } }')).toEqual([256, 512, 768, 1024]);
    expect(valuesOf('{ path: workload.context, range: { from: 256, to: 1023, step: 256 } }')).toEqual([256, 512, 768]);
    expect(valuesOf('{ path: hardware.pe.layoutFactor, range: { from: 0.1, to: 0.4, step: 0.1 } }')).toEqual([0.1, 0.2, 0.3, 0.4]);
    expect(valuesOf('{ path: hardware.pe.layoutFactor, range: { from: 1, to: 2, count: 5 } }')).toEqual([1, 1.25, 1.5, 1.75, 2]);
    expect(valuesOf('{ path: hardware.array.rows, range: { from: 1, to: 2, count: 4 } }')).toEqual([1, 2]);
  });
  it('of a logarithmic range are rounded where whole numbers are wanted, repetitions dropped', () => {
    expect(valuesOf('{ path: hardware.dram.bandwidth_bitsPerCycle, logRange: { from: 64, to: 4096, factor: 4 } }')).toEqual([
      64, 256, 1024, 4096,
    ]);
    expect(valuesOf('{ path: hardware.array.rows, logRange: { from: 1, to: 8, count: 7 } }')).toEqual([1, 2, 3, 4, 6, 8]);
    expect(valuesOf('{ path: hardware.pe.layoutFactor, logRange: { from: 1, to: 4, count: 5 } }')).toEqual([
      1, 1.41421356237, 2, 2.82842712475, 4,
    ]);
  });
});

describe('a sweep file', () => {
  it('names axes by the end of their path where that is nobody else’s and no result column', () => {
    const { axes } = planWith(`axes:
  - { path: hardware.array.rows, values: [16, 32] }
  - { path: hardware.buffers.weight.size_KiB, values: [128, 256] }
  - { path: hardware.buffers.activation.size_KiB, values: [128, 256] }
  - { path: hardware.dram.energy_pJPerBit, name: dram, values: [1, 2] }
  - { path: scheme, values: [bitmod-3b, bitmod-4b] }
`);
    expect(axes.map(({ name }) => name)).toEqual([
      'rows',
      'hardware_buffers_weight_size_KiB',
      'hardware_buffers_activation_size_KiB',
      'dram',
      'scheme',
    ]);
  });

  it('zips axes and products of axes into one dimension', () => {
    const { axes, dimensions } = planWith(`axes:
  - zip:
      - { path: hardware.array.rows, values: [16, 16, 32, 32] }
      - product:
          - { path: hardware.array.columns, values: [8, 64] }
          - { path: hardware.cores, values: [1, 2] }
`);
    expect(axes.map(({ values }) => values)).toEqual([
      [16, 32],
      [8, 64],
      [1, 2],
    ]);
    expect(dimensions).toEqual([
      {
        size: 4,
        members: [
          { axis: 0, valueAt: [0, 0, 1, 1] },
          { axis: 1, valueAt: [0, 0, 1, 1] },
          { axis: 2, valueAt: [0, 1, 0, 1] },
        ],
      },
    ]);
  });

  it('turns conditions into indexes of the earlier axis, named or by path', () => {
    const { dimensions } = planWith(`axes:
  - { path: scheme, values: [bitmod-3b, bitmod-4b, fp16] }
  - { path: hardware.array.rows, values: [16, 32] }
  - { path: scheme.weight.group, values: [32, 64], when: { scheme: [bitmod-4b, bitmod-3b], hardware.array.rows: 32 } }
`);
    expect(dimensions[2]!.when).toEqual([
      { axis: 0, oneOf: [1, 0] },
      { axis: 1, oneOf: [1] },
    ]);
  });

  it('takes the base from the axis that gives the design, and holds every design it can choose', () => {
    const plan = planOf(
      'name: x\nmodel: opt-1.3b\naxes:\n  - { path: hardware, values: [bitmod, ant] }\n  - { path: scheme, values: [fp16, bitmod-4b] }\n',
      's.yaml',
    );
    expect([plan.base.hardware, plan.base.scheme]).toEqual(['bitmod', 'fp16']);
    expect(Object.keys(plan.designs.hardware)).toEqual(['bitmod', 'ant']);
    expect(Object.keys(plan.designs.schemes)).toEqual(['fp16', 'bitmod-4b']);
    expect(Object.keys(plan.versions)).toEqual(
      expect.arrayContaining(['pe bitmod', 'pe ant', 'quantizer bitmod', 'rule workload', 'rule sweep', 'SRAM table']),
    );
  });

  it('judges constraints over axes before anything is simulated', () => {
    const { constraints } = planWith(`axes:\n${rows}constraints: [rows <= 16, rows <= 16 and latency_s < 1 s]\n`);
    expect(constraints.map(({ beforeSimulation }) => beforeSimulation)).toEqual([true, false]);
  });

  it('fills in defaults: a grid, four columns, prefill of one sequence', () => {
    const plan = planWith('');
    expect([plan.strategy, plan.columns, plan.base.workload, plan.seed, plan.iso]).toEqual([
      { name: 'grid', settings: {} },
      ['latency_s', 'energy_pJ', 'area_mm2', 'edp_Js'],
      { phase: 'prefill', batch: 1 },
      1,
      null,
    ]);
    const nsga2 = planWith('objectives: [{ minimize: latency_s }]\nstrategy: { name: nsga2, evaluations: 100 }\n').strategy;
    expect(nsga2).toMatchObject({ name: 'nsga2', evaluations: 100 });
    expect(Object.keys(nsga2.settings).length).toBeGreaterThan(0);
  });

  it('reads designs relative to its own folder, and is the same plan in another one', async () => {
    const plans = [];
    for (const name of ['a', 'b']) {
      const folder = mkdtempSync(join(tmpdir(), `lowbit-${name}-`));
      writeFileSync(join(folder, 'mine.yaml'), 'name: mine\nweight: { format: int4-g64 }\n');
      writeFileSync(
        join(folder, 'sweep.yaml'),
        `name: x\nhardware: bitmod\nmodel: opt-1.3b\nscheme: ./mine.yaml\naxes:\n${rows}constraints: [rows < 99]\n`,
      );
      plans.push(await readSweep(join(folder, 'sweep.yaml')));
    }
    const [a, b] = plans as [Awaited<ReturnType<typeof readSweep>>, Awaited<ReturnType<typeof readSweep>>];
    expect(a.base.scheme).toBe('./mine.yaml');
    expect(a.constraints[0]!.place).not.toBe(b.constraints[0]!.place);
    expect(planHash(a)).toBe(planHash(b));
    expect(planHash({ ...a, seed: 2 })).not.toBe(planHash(a));
  });

  it('takes settings of the command line for designs and for its own keys', () => {
    const plan = planWith(`axes:\n${rows}set: { hardware.clock_MHz: 800 }\n`, {
      set: [
        'hardware.clock_MHz=900',
        'scheme.activation.format=int8',
        'workload.context=512',
        'scheme=bitmod-3b',
        'columns=[area_mm2]',
        'seed=4',
      ],
      seed: 9,
    } as const);
    expect(plan.base.set).toEqual([
      ['hardware.clock_MHz', 800],
      ['hardware.clock_MHz', 900],
      ['scheme.activation.format', 'int8'],
    ]);
    expect([plan.base.scheme, plan.base.workload, plan.seed]).toEqual(['bitmod-3b', { phase: 'prefill', batch: 1, context: 512 }, 9]);
    expect(plan.columns).toEqual(['area_mm2']);
  });
});
