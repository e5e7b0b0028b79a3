/**
 * The folder of a sweep and the names in it:
 *
 *     sweep.json                      the manifest: plan, hash, how it is cut (manifest.ts); written first
 *     parts/part-0000012.parquet      the rows of one part (part-file.ts); whole or not there
 *     shards/shard-3-of-8.json        a shard that is done (shard-marker.ts)
 *     .lock, .lock-3-of-8             while a run or shard is under way (folder-lock.ts)
 *     rows.parquet, rows.jsonl, rows.csv   all rows, once the sweep is done (rows-parquet.ts, rows-text.ts)
 *
 * Files are written under a temporary name that starts with a dot and ends in `.tmp`, then renamed; what a killed run leaves of them is removed
 * when the sweep goes on. A shard removes only what its own parts left: others may be writing beside it. So may another process on the same folder,
 * with the same bytes: what a process that runs on this machine is writing stays.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileError } from '../../tensors/file-error.js';
import { makeFolder } from '../../tensors/make-folder.js';

const partsFolder = (dir: string): string => join(dir, 'parts');
export const shardsFolder = (dir: string): string => join(dir, 'shards');
export const manifestPath = (dir: string): string => join(dir, 'sweep.json');
export const partPath = (dir: string, part: number): string => join(partsFolder(dir), `part-${part.toString().padStart(7, '0')}.parquet`);

const partName = /^part-(\d{7,})\.parquet$/;
const partTemporary = /^\.part-(\d{7,})\.parquet\..*\.tmp$/;
const rootTemporary = /^\.(?:sweep\.json|rows\.(?:parquet|jsonl|csv)|pareto\.json|lock[^.]*)\..*\.tmp$/;

/** Makes the folders of a sweep. Throws LowbitError when the place cannot be written. */
export function makeSweepFolder(dir: string): void {
  makeFolder(partsFolder(dir));
}

/** Numbers of the part files that are there, rising, whole or not. */
export function partsPresent(dir: string): number[] {
  const parts: number[] = [];
  for (const name of namesIn(partsFolder(dir))) {
    const number = partName.exec(name)?.[1];
    if (number !== undefined) parts.push(Number(number));
  }
  return parts.sort((a, b) => a - b);
}

/** Removes temporaries of killed runs: those of the parts that `own` says are ours, and (`alone`) those of the files of the whole sweep. */
export function removeTemporaries(dir: string, own: (part: number) => boolean, alone: boolean): void {
  const stale: string[] = [];
  for (const name of namesIn(partsFolder(dir))) {
    const number = partTemporary.exec(name)?.[1];
    if (number !== undefined && own(Number(number)) && !isBeingWritten(name)) stale.push(join(partsFolder(dir), name));
  }
  if (alone) for (const name of namesIn(dir)) if (rootTemporary.test(name) && !isBeingWritten(name)) stale.push(join(dir, name));
  for (const path of stale) {
    try {
      rmSync(path, { force: true });
    } catch (error) {
      throw fileError('cannot remove', path, error);
    }
  }
}

/** Whether the process in the name of a temporary is another one that runs on this machine. */
function isBeingWritten(name: string): boolean {
  const writer = Number(/\.(\d+)(?:-\d+)?\.tmp$/.exec(name)?.[1]);
  if (!(writer > 0) || writer === process.pid) return false;
  try {
    // Signal 0 asks whether the process is there and sends nothing.
    return process.kill(writer, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw fileError('cannot read', folder, error);
  }
}
