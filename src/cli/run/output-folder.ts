/**
 * `--out DIR`: the folder of a report, made before anything is computed, so that a folder that cannot be written costs no simulation.
 * What was made and stayed empty is removed when the process ends, however it ends.
 */
import { closeSync, existsSync, openSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { LowbitError } from '../../lowbit-error.js';
import { fileError } from '../../tensors/file-error.js';
import { makeFolder } from '../../tensors/make-folder.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';

/** The folder of `--out`, there and writable; undefined without the option. Throws LowbitError naming the level that failed, and for `--png` alone. */
export function outputFolder(args: Arguments): string | undefined {
  const out = single('out', args['out']);
  if (out !== undefined) {
    refuseSweepFolder(out);
    return readyFolder(out);
  }
  if (args['png'] === true) throw new LowbitError('--png needs --out', { remedy: 'the pictures go to a folder: add --out DIR' });
  return undefined;
}

/** Throws LowbitError for the folder of a sweep: the page of another command would take the place of its own. */
export function refuseSweepFolder(folder: string): void {
  if (!existsSync(join(folder, 'sweep.json'))) return;
  throw new LowbitError('the folder holds a sweep, whose page would be written over', {
    place: folder,
    remedy: 'choose another folder with --out',
  });
}

/** Makes the missing levels of a folder and checks that a file can be made in it. Returns the path as it was given. */
export function readyFolder(folder: string): string {
  makeFolder(folder, removeIfEmptyAtExit);
  checkWritable(folder);
  return folder;
}

/** Tries with a file of its own: permissions alone do not tell (read-only file systems, /proc). `file` is what the user asked to write. */
export function checkWritable(folder: string, file = folder): void {
  const probe = join(folder, `.lowbit-${process.pid}`);
  try {
    closeSync(openSync(probe, 'wx'));
    unlinkSync(probe);
  } catch (error) {
    throw fileError('cannot write', file, error);
  }
}

const made: string[] = [];

/** Deepest level first, after the temporaries in it (their listener is put in front). */
function removeIfEmptyAtExit(folder: string): void {
  if (made.length === 0) process.once('exit', removeEmpty);
  made.unshift(folder);
}

function removeEmpty(): void {
  for (const folder of made) {
    try {
      rmdirSync(folder);
    } catch {
      // It holds files, or is already gone: both are as they should be.
    }
  }
}
