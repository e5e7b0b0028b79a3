/** Worked studies of hw-configs/sweeps in small: rows against `lowbit simulate` of the same design, and the orderings docs/studies.md rests on. */
import { describe, expect, it } from 'vitest';
import { lowbitJson } from '../../cli/built-program.js';
import { positions, study, type StudyRow } from './study-rows.js';

interface Simulated {
  readonly totals: Readonly<Record<string, number>>;
}
const simulated = (command: string, ...settings: readonly string[]): Simulated['totals'] =>
  lowbitJson<Simulated>(['simulate', ...command.split(' '), ...settings.flatMap((setting) => ['--set', setting])]).totals;

const column = (rows: readonly StudyRow[], name: string): number[] => rows.map(({ columns }) => columns[name]!);
const rises = (values: readonly number[]): boolean => values.every((value, i) => i === 0 || value > values[i - 1]!);
const neverRises = (values: readonly number[]): boolean => values.every((value, i) => i === 0 || value <= values[i - 1]!);

describe('bitmod-array-datatype-group', () => {
  // Dimensions: rows (8 to 256), scheme (bitmod-3b, -4b, -6b, w3a16, w4a16), group (16 to 256).
  it('simulates a design as `simulate` does, at the columns that equal area leaves', async () => {
    const { rows } = await study('bitmod-array-datatype-group');
    const [row] = rows([[5, 1, 3]]);
    expect(row!.axes).toEqual({ rows: 256, scheme: 'bitmod-4b', group: 128 });
    expect(row!.columns['array_columns']).toBe(4);
    const totals = simulated(
      '--hw bitmod --model llama-2-7b --scheme bitmod-4b --phase generate --context 256 --tokens 256',
      'array.rows=256',
      'array.columns=4',
    );
    for (const name of ['latency_cycles', 'latency_s', 'area_mm2']) expect(row!.columns[name], name).toBe(totals[name]);
    expect(row!.columns['energy_J']! * 1e12).toBeCloseTo(totals['energy_pJ']!, -6);
  });

  it('gives every scheme more quality with smaller groups, for more time and energy', async () => {
    const { rows } = await study('bitmod-array-datatype-group');
    for (const scheme of positions(5)) {
      const byGroup = rows(positions(5).map((group) => [5, scheme, group]));
      for (const name of ['weight_sqnr_dB', 'latency_s', 'energy_J']) expect(rises(column(byGroup, name).reverse()), name).toBe(true);
    }
  });

  it('gives the datatypes with special values more quality for fewer bits than integers of their width', async () => {
    const { rows } = await study('bitmod-array-datatype-group');
    for (const group of positions(5)) {
      for (const [special, integer] of rows([
        [5, 0, group],
        [5, 3, group],
        [5, 1, group],
        [5, 4, group],
      ]).flatMap((row, i, all) => (i % 2 === 0 ? [[row, all[i + 1]!] as const] : []))) {
        expect(special.columns['weight_sqnr_dB']).toBeGreaterThan(integer.columns['weight_sqnr_dB']!);
        expect(special.columns['weight_bits']).toBeLessThan(integer.columns['weight_bits']!);
        expect(special.columns['latency_s']).toBeLessThan(integer.columns['latency_s']!);
      }
    }
  });

  it('takes less energy with every doubling of the rows, at no more area', async () => {
    const { rows, plan } = await study('bitmod-array-datatype-group');
    expect(plan.iso).toEqual({ kind: 'area', value: null });
    const byRows = rows(positions(6).map((height) => [height, 1, 3]));
    expect(rises(column(byRows, 'energy_J').reverse())).toBe(true);
    const base = simulated('--hw bitmod --model llama-2-7b --scheme bitmod-4b --phase decode')['area_mm2']!;
    for (const area of column(byRows, 'area_mm2')) expect(area).toBeLessThanOrEqual(base);
  });
});

describe('mixpe-group-dequantization-activation', () => {
  // Dimensions: design (W4A8 after and before, W4A16 after and before), group (16 to 256).
  const name = 'mixpe-group-dequantization-activation';

  it('simulates both placements as `simulate` does', async () => {
    const { rows, plan } = await study(name);
    const [after, before] = rows([
      [0, 1],
      [1, 1],
    ]);
    const command = '--hw mixpe-w4a8 --model llama-2-7b --scheme mixpe-w4a8 --phase prefill --context 256';
    const pe = plan.axes.find((axis) => axis.path === 'hardware.pe')!.values[1];
    const group = 'scheme.weight.group=32';
    const totals = [
      simulated(command, group),
      simulated(command, group, 'dequantization.placement=before-mac', `pe=${JSON.stringify(pe)}`),
    ];
    expect([after, before].map((row) => row!.columns['latency_cycles'])).toEqual(totals.map(({ latency_cycles }) => latency_cycles));
    expect([after, before].map((row) => row!.columns['energy_pJ'])).toEqual(totals.map(({ energy_pJ }) => energy_pJ));
  });

  it('waits for dequantization after the group where a group is shorter than the array is wide, and never before the multiplication', async () => {
    const { rows } = await study(name);
    const cycles = (design: number) => column(rows(positions(5).map((group) => [design, group])), 'dequant_cycles');
    // One scale per column and cycle: 64 rows of sums take 64 cycles, and so does a group of 64.
    expect(cycles(0).map((value) => value > 0)).toEqual([true, true, false, false, false]);
    expect(cycles(2).map((value) => value > 0)).toEqual([true, false, false, false, false]);
    for (const design of [1, 3]) expect(cycles(design)).toEqual([0, 0, 0, 0, 0]);
  });

  it('is faster and takes less energy after the group in a decode step, at every group size', async () => {
    const { rows } = await study(name, 'workload.phase=decode');
    for (const group of positions(5)) {
      const [a8, b8, a16, b16] = rows(positions(4).map((design) => [design, group]));
      for (const [after, before] of [
        [a8, b8],
        [a16, b16],
      ]) {
        for (const figure of ['latency_s', 'energy_J']) expect(after!.columns[figure]).toBeLessThan(before!.columns[figure]!);
      }
    }
  });
});

describe('buffers-bandwidth-dataflow', () => {
  // Dimensions: dataflow (os, ws, is), weight buffer (64 to 2048), activation and output buffer (64 to 2048), bandwidth (256 to 4096).
  it.each([
    ['cnn', '--hw int8-systolic --model resnet50 --scheme w8a8 --phase prefill'],
    ['llm', '--hw int8-systolic --model llama-3.2-1b --scheme w8a8 --phase prefill --context 512'],
  ])('simulates a design of the %s as `simulate` does', async (kind, command) => {
    const { rows } = await study(`buffers-bandwidth-dataflow-${kind}`);
    const [row] = rows([[1, 1, 3, 2]]);
    expect(row!.axes).toEqual({ dataflow: 'ws', weight_KiB: 128, activation_KiB: 512, output_KiB: 512, bandwidth_bitsPerCycle: 1024 });
    const totals = simulated(
      command,
      ...['weight=128', 'activation=512', 'output=512'].map((size) => `buffers.${size.replace('=', '.size_KiB=')}`),
      'dram.bandwidth_bitsPerCycle=1024',
    );
    for (const figure of ['latency_cycles', 'area_mm2', 'energy_pJ']) expect(row!.columns[figure], figure).toBe(totals[figure]);
  });

  it('never loses time to more bandwidth, and little to larger buffers', async () => {
    const { rows } = await study('buffers-bandwidth-dataflow-cnn');
    // Mappings are chosen within 1 % of the least latency for the fewest bytes: by so much may a larger design be slower.
    const within = (values: readonly number[]): boolean => values.every((value, i) => i === 0 || value <= values[i - 1]! * 1.01);
    for (const dataflow of positions(3)) {
      expect(neverRises(column(rows(positions(5).map((bandwidth) => [dataflow, 2, 2, bandwidth])), 'latency_s'))).toBe(true);
      expect(within(column(rows([0, 2, 4].map((size) => [dataflow, size, size, 2])), 'latency_s'))).toBe(true);
    }
  }, 60_000);
});
