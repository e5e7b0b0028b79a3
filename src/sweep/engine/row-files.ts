/** The files of all rows, written once the parts are there. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileError } from '../../tensors/file-error.js';
import type { PartFormat } from '../store/part-format.js';
import { writeRowsParquet } from '../store/rows-parquet.js';
import { writeRowsText } from '../store/rows-text.js';

/** When rows.jsonl and rows.csv are written beside rows.parquet: below 100,000 rows, always, never. */
export type RowFiles = 'small' | 'always' | 'never';

const smallRows = 100_000;

export interface RowsThere {
  readonly parts: readonly number[];
  readonly rows: number;
}

/** Writes the files and gives their names; text files of an earlier, shorter run that are not wanted any more are removed. */
export async function writeRowFiles(format: PartFormat, dir: string, { parts, rows }: RowsThere, rowFiles: RowFiles): Promise<string[]> {
  await writeRowsParquet(format, dir, parts);
  const text = ['rows.jsonl', 'rows.csv'];
  if (rowFiles === 'always' || (rowFiles === 'small' && rows < smallRows)) {
    await writeRowsText(format, dir, parts);
    return ['rows.parquet', ...text];
  }
  for (const path of text.map((name) => join(dir, name))) {
    try {
      rmSync(path, { force: true });
    } catch (error) {
      throw fileError('cannot remove', path, error);
    }
  }
  return ['rows.parquet'];
}
