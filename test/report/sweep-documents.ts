/** Sweeps of a made-up machine whose numbers follow from short formulas, as documents checked against their schema: what tests of the report are fed. */
import { sweepDocumentSchema, type SweepDocument } from '../../src/report/documents.js';

const axes = [
  { name: 'rows', path: 'hardware.array.rows', values: [8, 16, 24, 32, 48, 64, 96, 128] },
  { name: 'format', path: 'scheme.weight.bits', values: [3, 4, 6, 8] },
  { name: 'bandwidth', path: 'hardware.dram.bandwidth_bitsPerCycle', values: [64, 128, 256, 512] },
  { name: 'tile', path: 'hardware.buffers.weight', values: [{ size_KiB: 128, banks: 4 }, { size_KiB: 512, banks: 8 }, null] },
] as const;

const objectives = [
  { name: 'latency_s', text: 'latency_s', direction: 'minimize', unit: 's' },
  { name: 'energy_J', text: 'energy_J', direction: 'minimize', unit: 'J' },
  { name: 'area', text: 'area_mm2', direction: 'minimize', unit: 'mm^2' },
] as const;

interface Row {
  readonly point: number;
  readonly digits: readonly number[];
  readonly values: readonly number[];
}

/** Latency, energy and area of a point: compute or bandwidth bound, energy by bits and time, area by PEs and buffer. */
function rowOf(point: number): Row {
  const digits = [Math.floor(point / 48), Math.floor(point / 12) % 4, Math.floor(point / 3) % 4, point % 3];
  const [rows = 8, bits = 3, bandwidth = 64] = axes.slice(0, 3).map(({ values }, a) => Number(values[digits[a] ?? 0]));
  const buffer = [128, 512, 0][digits[3] ?? 0] ?? 0;
  const cycles = Math.max(4e8 / (rows * 32), (5.6e7 * bits * (buffer === 0 ? 2 : 1)) / bandwidth);
  const latency = cycles / 1e9 + 0.001;
  const energy = 2e-5 * rows ** 0.5 + bits * 1.1e-3 * (buffer === 512 ? 1 : 1.3) + latency * (0.05 + bandwidth / 4000);
  return { point, digits, values: [latency, energy, rows * 0.03 * (1 + bits / 16) + buffer / 400 + bandwidth / 512] };
}

export interface SweepSetting {
  readonly objectives?: 0 | 1 | 2 | 3;
  /** Share by which the model may be off. */
  readonly error?: number;
  readonly complete?: boolean;
  readonly unknowns?: SweepDocument['unknowns'];
  readonly name?: string;
}

export function sweepDocument({
  objectives: count = 2,
  unknowns = [],
  error,
  complete = true,
  name = 'array-shapes',
}: SweepSetting = {}): SweepDocument {
  const all = Array.from({ length: 384 }, (_, point) => rowOf(point));
  const feasible = all.filter(({ values }) => (values[2] ?? 0) <= 5);
  const better = (a: Row, b: Row): boolean =>
    objectives.slice(0, count).every((_, o) => (a.values[o] ?? 0) <= (b.values[o] ?? 0)) &&
    objectives.slice(0, count).some((_, o) => (a.values[o] ?? 0) < (b.values[o] ?? 0));
  const alike = (row: Row): string => row.values.slice(0, count).join();
  const undominated = count === 0 ? [] : feasible.filter((row) => !feasible.some((other) => better(other, row)));
  const front = undominated.filter((row, i) => undominated.findIndex((other) => alike(other) === alike(row)) === i);
  front.sort((a, b) => (a.values[0] ?? 0) - (b.values[0] ?? 0));
  const middle = front[Math.floor(front.length / 3)];
  const named = objectives.slice(0, count);
  const pointOf = (row: Row) => ({
    point: row.point,
    axes: Object.fromEntries(axes.map(({ name: axis, values }, a) => [axis, values[row.digits[a] ?? 0] ?? null])),
    columns: { latency_s: row.values[0] ?? null, energy_J: row.values[1] ?? null },
    objectives: Object.fromEntries(named.map(({ name: objective }, o) => [objective, row.values[o] ?? 0])),
    ...(error === undefined ? {} : { bounds: boundsOf(row, error, named.length) }),
    same: row === middle ? 3 : 1,
    alike: row === middle ? ['tile'] : [],
  });
  return sweepDocumentSchema.parse({
    ...{ schemaVersion: 1, tool: { name: 'lowbit', version: '0.1.0' }, configHash: 'c0ffee', command: 'sweep' },
    ...{ name, description: 'array rows against bits and bandwidth', source: 'made up for tests', complete, seed: 1 },
    strategy: { name: 'grid', settings: {}, evaluations: null, rungs: [] },
    axes,
    columns: [
      { name: 'latency_s', unit: 's' },
      { name: 'energy_J', unit: 'J' },
    ],
    counts: { space: 400, excluded: 16, rows: 384, feasible: feasible.length, unknown: 0, failed: 2, front: front.length },
    constraints: [
      { text: 'area_mm2 <= 5 mm^2', violated: 384 - feasible.length, violatedAlone: 384 - feasible.length, unknown: unknowns.length },
    ],
    unknowns,
    objectives: named,
    front: front.map(pointOf),
    withinError:
      error === undefined
        ? null
        : {
            count: 30,
            points: feasible
              .filter((row) => !front.includes(row))
              .slice(0, 30)
              .map(pointOf),
          },
    hypervolume: count < 2 ? null : { value: 0.913, reference: named.map(() => 1), ideal: named.map(() => 0), exact: true },
    knees: count < 2 || middle === undefined ? [] : [middle.point],
    epsilonFront: count < 2 ? null : { epsilon: 0.05, points: front.slice(0, 3).map(({ point }) => point) },
    sensitivity: Object.fromEntries(named.map(({ name: objective }, o) => [objective, sensitivityOf(feasible, o)])),
    mainEffects: Object.fromEntries(named.map(({ name: objective }, o) => [objective, effectsOf(feasible, o)])),
    sample: feasible.map((row) => ({ point: row.point, objectives: named.map((_, o) => row.values[o] ?? 0) })),
    failures: [{ message: 'array.rows must be at least 8', count: 2, point: 3 }],
    notes: ['weights are assumed to have the statistics of a normal distribution'],
  });
}

function boundsOf(row: Row, error: number, count: number): Record<string, [number, number]> {
  return Object.fromEntries(
    objectives.slice(0, count).map(({ name }, o) => [name, [(row.values[o] ?? 0) * (1 - error), (row.values[o] ?? 0) * (1 + error)]]),
  );
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function effectsOf(rows: readonly Row[], objective: number) {
  return axes.map(({ name, values }, a) => {
    const groups = values.map((_, v) => rows.filter(({ digits }) => digits[a] === v).map((row) => row.values[objective] ?? 0));
    return {
      axis: name,
      mean: groups.map((group) => (group.length === 0 ? null : mean(group))),
      best: groups.map((group) => (group.length === 0 ? null : Math.min(...group))),
    };
  });
}

function sensitivityOf(rows: readonly Row[], objective: number) {
  const values = rows.map((row) => row.values[objective] ?? 0);
  const total = values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0);
  const main = axes.map(({ name }, a) => {
    const averages = effectsOf(rows, objective)[a]?.mean ?? [];
    const explained = rows.reduce((sum, { digits }) => sum + ((averages[digits[a] ?? 0] ?? 0) - mean(values)) ** 2, 0);
    return { axes: [name], share: explained / total };
  });
  return { main, pairs: [{ axes: ['rows', 'bandwidth'], share: 0.04 }] };
}
