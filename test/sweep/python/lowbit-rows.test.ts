import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parquetReadObjects } from 'hyparquet';
import { expect, it } from 'vitest';
import { encodePart, writePart } from '../../../src/sweep/store/part-file.js';
import { partFormat } from '../../../src/sweep/store/part-format.js';
import { writeRowsParquet } from '../../../src/sweep/store/rows-parquet.js';
import { writeRowsText } from '../../../src/sweep/store/rows-text.js';
import { makeSweepFolder, partPath } from '../../../src/sweep/store/sweep-folder.js';
import { temporaryFolder } from '../../tensors/temporary-folder.js';
import { pointsFrom, rowsOf, tinyPlan } from '../store/tiny-plan.js';

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
// Debian's own Python has Debian's pandas; another one on the path need not.
const python = ['/usr/bin/python3', 'python3'].find((command) => spawnSync(command, ['-c', 'import pandas']).status === 0);
const root = temporaryFolder();

/** A folder of 120 rows with an axis that conditions keep out of some of them, and the columns of its rows.parquet as JSON. */
async function folderOfRows(): Promise<string> {
  const plan = tinyPlan();
  const dir = join(root, 'sweep');
  makeSweepFolder(dir);
  const format = partFormat(plan);
  const batch = rowsOf(plan, pointsFrom(0, 120));
  const kept = { ...batch, axes: batch.axes.map((axis, a) => (a === 0 ? axis.map((index, row) => (row % 7 === 0 ? -1 : index)) : axis)) };
  writePart(partPath(dir, 0), encodePart(format, 0, 0, kept));
  await writeRowsParquet(format, dir, [0]);
  await writeRowsText(format, dir, [0]);
  writeFileSync(join(dir, 'sweep.json'), JSON.stringify({ plan }));
  const bytes = readFileSync(join(dir, 'rows.parquet'));
  const rows = await parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) });
  writeFileSync(join(dir, 'columns.json'), JSON.stringify(rows));
  return dir;
}

it.skipIf(python === undefined)('gives pandas the values of axes, constraints and results that rows.jsonl holds', async () => {
  const { status, stdout, stderr } = spawnSync(
    python!,
    [fromHere('check_rows.py'), fromHere('../../../docs/python'), await folderOfRows()],
    {
      encoding: 'utf8',
    },
  );
  expect(stderr).toBe('');
  expect([status, stdout]).toEqual([0, expect.stringContaining('120 rows, read by')]);
});
