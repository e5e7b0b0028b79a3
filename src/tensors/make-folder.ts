/**
 * Makes a folder and the levels above it that are missing, one after the other: the recursive mkdir of Node never returns where the parent
 * exists and takes no folders (/proc), and does not say which level failed. Others may be making the same levels at the same time.
 */
import { mkdirSync, statSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LowbitError } from '../lowbit-error.js';
import { fileError } from './file-error.js';

/** `made` is told every level that was missing, the uppermost first. Throws LowbitError naming the level that failed. */
export function makeFolder(folder: string, made: (level: string) => void = () => undefined): void {
  makeLevel(resolve(folder), made);
}

function makeLevel(folder: string, made: (level: string) => void): void {
  const found = statOf(folder);
  if (found?.isDirectory() === true) return;
  if (found !== undefined) throw new LowbitError('a file is in the way of the folder', { value: folder, remedy: 'choose another name' });
  const parent = dirname(folder);
  if (parent !== folder) makeLevel(parent, made);
  try {
    mkdirSync(folder);
  } catch (error) {
    if (statOf(folder)?.isDirectory() === true) return;
    throw fileError('cannot make the folder', folder, error);
  }
  made(folder);
}

/** undefined where nothing is, and where a level above is in the way: that one is met on the way up. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
