import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import type { SweepPlan } from '../../../src/sweep/plan/sweep-plan.js';
import { encodePart, writePart } from '../../../src/sweep/store/part-file.js';
import { partFormat } from '../../../src/sweep/store/part-format.js';
import { readRows } from '../../../src/sweep/store/read-rows.js';
import { writeRowsParquet } from '../../../src/sweep/store/rows-parquet.js';
import { writeRowsText } from '../../../src/sweep/store/rows-text.js';
import { makeSweepFolder, partPath } from '../../../src/sweep/store/sweep-folder.js';
import { temporaryFolder } from '../../tensors/temporary-folder.js';
import { pointsFrom, rowsOf, tinyPlan } from './tiny-plan.js';

const root = temporaryFolder();
let folders = 0;

/** A folder with parts of so many points each, from point 0 on. */
function folderOf(plan: SweepPlan, sizes: readonly number[], rung = (_part: number): number => 0): string {
  const dir = join(root, `sweep${folders++}`);
  makeSweepFolder(dir);
  const format = partFormat(plan);
  let from = 0;
  sizes.forEach((size, part) => {
    writePart(partPath(dir, part), encodePart(format, part, rung(part), rowsOf(plan, pointsFrom(from, from + size))));
    from += size;
  });
  return dir;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

async function joined(
  plan: SweepPlan,
  dir: string,
  parts: number,
): Promise<{ metadata: ReturnType<typeof parquetMetadata>; rows: object[] }> {
  await writeRowsParquet(partFormat(plan), dir, numbers(parts));
  const bytes = readFileSync(join(dir, 'rows.parquet'));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  return { metadata: parquetMetadata(file), rows: await parquetReadObjects({ file }) };
}

describe('rows.parquet', () => {
  // 8,192 rows are copied, one less is gathered.
  it.each([
    { sizes: [], groups: [] },
    { sizes: [0, 0], groups: [] },
    { sizes: [5, 0, 7], groups: [12] },
    { sizes: [8191, 1], groups: [8192] },
    { sizes: [8192, 1], groups: [8192, 1] },
    { sizes: [3, 8192, 8193, 2, 2], groups: [3, 8192, 8193, 4] },
    { sizes: [8191, 8191, 10], groups: [16_382, 10] },
  ])('of parts of $sizes rows has row groups of $groups', async ({ sizes, groups }) => {
    const plan = tinyPlan();
    const dir = folderOf(plan, sizes);
    const { metadata, rows } = await joined(plan, dir, sizes.length);
    expect(metadata.row_groups.map(({ num_rows }) => Number(num_rows))).toEqual(groups);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(Number(metadata.num_rows)).toBe(total);
    const expected = rowsOf(plan, pointsFrom(0, total));
    expect(rows).toEqual(
      numbers(total).map((i) => ({
        point: i,
        axis0: expected.axes[0]![i],
        axis1: expected.axes[1]![i],
        axis2: expected.axes[2]![i],
        TOPS: expected.columns[1]![i],
        area_mm2: expected.columns[2]![i],
        latency_s: expected.objectives[0]![i],
        rate: expected.objectives[1]![i],
        violated: expected.violated[i],
        unknown: expected.unknown[i],
        error: expected.errors.get(i) ?? '',
      })),
    );
  });

  it('says in its footer what the indices of axes and the bits of violated stand for', async () => {
    const plan = tinyPlan();
    const { metadata } = await joined(plan, folderOf(plan, [9]), 1);
    const legend: unknown = JSON.parse(metadata.key_value_metadata!.find(({ key }) => key === 'lowbit.sweep')!.value!);
    expect(legend).toMatchObject({
      axes: plan.axes,
      constraints: ['area_mm2 <= 12 mm^2'],
      objectives: [{ name: 'latency_s' }, { name: 'rate' }],
    });
  });

  it('leaves rows of lower rungs out, and so does reading the rows', async () => {
    const plan = tinyPlan({
      rungs: [
        { name: 'quick', set: [] },
        { name: 'full', set: [] },
      ],
    });
    const dir = folderOf(plan, [4, 3, 2], (part) => (part === 1 ? 0 : 1));
    const { rows } = await joined(plan, dir, 3);
    expect(rows.map((row) => (row as { point: number }).point)).toEqual([0, 1, 2, 3, 7, 8]);
    const read: number[] = [];
    for await (const { points } of readRows(dir, plan)) read.push(...points);
    expect(read).toEqual([0, 1, 2, 3, 7, 8]);
  });

  it('is refused with the remedy when a part is gone or damaged, and the old file stays', async () => {
    const plan = tinyPlan();
    const dir = folderOf(plan, [4, 3]);
    await joined(plan, dir, 2);
    const size = statSync(join(dir, 'rows.parquet')).size;
    writeFileSync(partPath(dir, 1), 'x');
    await expect(joined(plan, dir, 2)).rejects.toThrow(/part-0000001\.parquet.*--resume/);
    rmSync(partPath(dir, 1));
    await expect(joined(plan, dir, 2)).rejects.toThrow(/it is gone/);
    expect(statSync(join(dir, 'rows.parquet')).size).toBe(size);
  });
});

describe('rows.jsonl and rows.csv', () => {
  const plan = tinyPlan();
  const text = async (dir: string, parts: number): Promise<{ lines: Record<string, unknown>[]; csv: Record<string, string>[] }> => {
    await writeRowsText(partFormat(plan), dir, numbers(parts));
    const lines = readFileSync(join(dir, 'rows.jsonl'), 'utf8').split('\n').slice(0, -1);
    return {
      lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>),
      csv: parse(readFileSync(join(dir, 'rows.csv'), 'utf8'), { columns: true }),
    };
  };

  it('hold values of axes, the texts of violated constraints, and null or nothing for what is unknown', async () => {
    const { lines, csv } = await text(folderOf(plan, [50, 70]), 2);
    const expected = rowsOf(plan, pointsFrom(0, 120));
    expect(lines).toHaveLength(120);
    expect(csv).toHaveLength(120);
    lines.forEach((line, i) => {
      expect(line).toEqual({
        point: i,
        ...Object.fromEntries(plan.axes.map(({ name, values }, a) => [name, values[expected.axes[a]![i]!]])),
        TOPS: Number.isNaN(expected.columns[1]![i]) ? null : expected.columns[1]![i],
        area_mm2: Number.isNaN(expected.columns[2]![i]) ? null : expected.columns[2]![i],
        latency_s: Number.isNaN(expected.columns[0]![i]) ? null : expected.columns[0]![i],
        rate: Number.isNaN(expected.objectives[1]![i]) ? null : expected.objectives[1]![i],
        violated: expected.violated[i] === 1 ? ['area_mm2 <= 12 mm^2'] : [],
        unknown: expected.unknown[i] === 1 ? ['area_mm2 <= 12 mm^2'] : [],
        error: expected.errors.get(i) ?? null,
      });
      expect(Object.keys(csv[i]!)).toEqual(Object.keys(line));
      for (const [name, value] of Object.entries(line)) {
        const cell = csv[i]![name]!;
        if (value === null || (Array.isArray(value) && value.length === 0)) expect(cell).toBe('');
        else if (typeof value === 'object') expect(JSON.parse(cell)).toEqual(value);
        else expect(cell).toBe(value === '=int8' ? "'=int8" : `${value as string | number | boolean}`);
      }
    });
  });

  it('are an empty file and a header for no rows', async () => {
    const { lines } = await text(folderOf(plan, [0]), 1);
    expect(lines).toEqual([]);
  });

  it('leave an axis that a condition keeps out empty', async () => {
    const dir = join(root, 'kept-out');
    mkdirSync(dir);
    makeSweepFolder(dir);
    const batch = rowsOf(plan, pointsFrom(0, 1));
    batch.axes[1]![0] = -1;
    writePart(partPath(dir, 0), encodePart(partFormat(plan), 0, 0, batch));
    const { lines, csv } = await text(dir, 1);
    expect(lines[0]!['axis1']).toBeNull();
    expect(csv[0]!['axis1']).toBe('');
  });
});
