import { describe, expect, it } from 'vitest';
import { loadModel, loadScheme } from '../../../src/config/catalogue.js';
import { card } from '../../gpu/cards.js';
import { simulateGpu } from '../../../src/gpu/simulate.js';
import { evaluatorOf } from '../../../src/sweep/evaluate/evaluator.js';
import { gpuPoints } from '../../../src/sweep/evaluate/gpu-points.js';
import { planHash } from '../../../src/sweep/plan/plan-hash.js';
import { planOf } from '../../../src/sweep/plan/read-sweep.js';
import { spaceOf } from '../../../src/sweep/plan/space.js';
import { workload } from '../../../src/trace/workload/workload.js';

const columns = [
  'latency_s',
  'energy_J',
  'power_W',
  'utilization',
  'dram_bytes',
  'model_bytes',
  'dramStall_cycles',
  'pe_pJ',
  'area_mm2',
  'pes',
];

function sweep(axes: string, others = 'hardware: a100-80gb-sxm'): string {
  return `name: gpus
description: cards under settings
source: a test
${others}
model: opt-125m
scheme: fp16
workload: { phase: decode, context: 128 }
axes:
${axes}
objectives: [{ minimize: latency_s }]
columns: [${columns.join(', ')}]
`;
}

function rowsOf(text: string): { readonly rows: number[][]; readonly errors: (string | undefined)[] } {
  const plan = planOf(text, 's.yaml');
  const points = Float64Array.from({ length: spaceOf(plan).rawSize }, (_, i) => i);
  const batch = evaluatorOf(plan, { gpus: gpuPoints }).evaluate(points);
  const rows = Array.from(points, (_point, row) => columns.map((name) => batch.columns[plan.columns.indexOf(name)]![row]!));
  return { rows, errors: Array.from(points, (_point, row) => batch.errors.get(row)) };
}

/** The same columns as `lowbit simulate` gives. */
function simulated(name: string, settings: readonly string[], scheme: string): number[] {
  const made = workload(loadModel('opt-125m').config, loadScheme(scheme).config, {
    phase: 'decode',
    batch: 1,
    context: 128,
    options: { vectorOps: true },
  });
  const { totals } = simulateGpu(card(name, settings), made.segments, { modelBytes: made.modelBytes.weights + made.modelBytes.kv });
  const energy_J = (totals.energy_pJ ?? NaN) * 1e-12;
  return [
    ...[totals.latency_s, energy_J, energy_J / totals.latency_s, totals.utilization, totals.dram_bytes, totals.model_bytes ?? NaN],
    ...[totals.cycles.dramStall, totals.energyParts_pJ.pe ?? NaN, NaN, NaN],
  ];
}

describe('a sweep over GPUs', () => {
  it('has the rows that simulate gives, to the last bit, over cards, any of their keys and schemes', () => {
    const axes = `
  - { path: hardware, values: [a100-80gb-sxm, l40s] }
  - { path: hardware.fitted, values: [none] }
  - { path: hardware.power.board_W, values: [150, 300] }
  - { path: hardware.sms, values: [64, 108] }
  - { path: scheme, values: [fp16, w8a8, fmpq-w4a4kv4, atom-w4a4kv4] }`;
    const { rows, errors } = rowsOf(sweep(axes));
    expect(errors.filter((error) => error !== undefined)).toEqual([]);
    const expected = ['a100-80gb-sxm', 'l40s'].flatMap((name) =>
      [150, 300].flatMap((board) =>
        [64, 108].flatMap((sms) =>
          ['fp16', 'w8a8', 'fmpq-w4a4kv4', 'atom-w4a4kv4'].map((scheme) =>
            simulated(name, [`power.board_W=${board}`, `sms=${sms}`], scheme),
          ),
        ),
      ),
    );
    expect(rows).toEqual(expected);
  });

  it('moves kernels and profiles, and says at its points what cannot be', () => {
    const axes = `
  - { path: hardware.kernel, values: [by-formats, marlin, marlinn] }
  - { path: scheme, values: [fp16, w4a16-g128] }`;
    const { errors } = rowsOf(sweep(axes));
    expect(errors[0]).toBeUndefined();
    expect(errors[2]).toMatch(/^kernel marlin takes no layer of the workload: fp16 x fp16/);
    expect(errors[3]).toBeUndefined();
    expect(errors[4]).toMatch(/^unknown kernel of this sweep: marlinn; expected one of: .*marlin/);
    const [plain, slow] = rowsOf(sweep('  - { path: hardware.profile, values: [aiconfigurator, llmcompass] }')).rows;
    expect(slow?.[0]).toBeGreaterThan((plain?.[0] ?? NaN) + 12 * 6 * 20e-6);
  });

  it('takes accelerators and GPUs as values of one axis', () => {
    const { rows, errors } = rowsOf(sweep('  - { path: hardware, values: [bitmod, h100-sxm, fp16] }', ''));
    expect(errors).toEqual([undefined, undefined, undefined]);
    const column = (name: string) => rows.map((row) => Number.isNaN(row[columns.indexOf(name)]!));
    expect(column('pes')).toEqual([false, true, false]);
    expect(column('latency_s')).toEqual([false, false, false]);
  });

  it('is another sweep when the description of a card changes, and the same when only its file is named otherwise', () => {
    const plan = planOf(sweep('  - { path: hardware.sms, values: [64, 108] }'), 's.yaml');
    const gpus = plan.designs.gpus!;
    const changed = (card: Partial<{ file: string; text: string }>) => {
      const cards = Object.fromEntries(Object.entries(gpus.cards).map(([key, own]) => [key, { ...own, ...card }]));
      return planHash({ ...plan, designs: { ...plan.designs, gpus: { ...gpus, cards } } });
    };
    expect(changed({ file: 'elsewhere.yaml' })).toBe(planHash(plan));
    expect(changed({ text: 'sms: 1' })).not.toBe(planHash(plan));
  });

  it.each([
    ['  - { path: hardware.smz, values: [1, 2] }', '', /unknown path: hardware\.smz \(s\.yaml:9:\d+\).*did you mean hardware\.sms\?/],
    ['  - { path: hardware.sms, values: [0, 2] }', '', /hardware\.sms must be .*: 0 \(s\.yaml:9:/],
    ['  - { path: hardware.array.rows, values: [8] }', '', /unknown path: hardware\.array/],
    [
      '  - { path: hardware.sms, values: [8] }',
      'iso: { kind: area }',
      /^iso resizes arrays of accelerators, and a GPU is among the hardware \(s\.yaml:5:1\)/,
    ],
    ['  - { path: hardware, values: [a100-80gb-sxm, h101] }', '', /^unknown accelerator or GPU: h101 \(s\.yaml:9:/],
  ])('refuses %s with its place', (axes, others, message) => {
    expect(() => planOf(sweep(axes, `hardware: a100-80gb-sxm${others === '' ? '' : `\n${others}`}`), 's.yaml')).toThrow(message);
  });
});
