/**
 * `--out DIR`: the folder of a report, made before anything is computed, so that a folder that cannot be written costs no simulation.
 * What was made and stayed empty is removed when the process ends, however it ends.
 */
import { closeSync, mkdirSync, openSync, rmdirSync, statSync, unlinkSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LowbitError } from '../../lowbit-error.js';
import { fileError } from '../../tensors/file-error.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';

/** The folder of `--out`, there and writable; undefined without the option. Throws LowbitError naming the level that failed, and for `--png` alone. */
export function outputFolder(args: Arguments): string | undefined {
  const out = single('out', args['out']);
  if (out !== undefined) return readyFolder(out);
  if (args['png'] === true) throw new LowbitError('--png needs --out', { remedy: 'the pictures go to a folder: add --out DIR' });
  return undefined;
}

/** Makes the missing levels of a folder and checks that a file can be made in it. Returns the path as it was given. */
export function readyFolder(folder: string): string {
  makeLevels(resolve(folder));
  checkWritable(folder);
  return folder;
}

/**
 * One level after the other: the recursive mkdir of Node never returns where the parent exists and takes no folders (/proc), and
 * does not say which level failed.
 */
function makeLevels(folder: string): void {
  const found = statOf(folder);
  if (found?.isDirectory() === true) return;
  if (found !== undefined)
    throw new LowbitError('a file is in the way of the folder', { value: folder, remedy: 'give --out another name' });
  const parent = dirname(folder);
  if (parent !== folder) makeLevels(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    throw fileError('cannot make the folder', folder, error);
  }
  removeIfEmptyAtExit(folder);
}

/** undefined where nothing is, and where a level above is in the way: that one is met on the way up. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
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
