import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/tensors/make-folder.js';
import { temporaryFolder } from './temporary-folder.js';

const root = temporaryFolder();

describe('makeFolder', () => {
  it('makes the levels that are missing, and tells each of them', () => {
    mkdirSync(join(root, 'a'));
    const made: string[] = [];
    makeFolder(join(root, 'a/b/c'), (level) => made.push(level));
    expect(made).toEqual([join(root, 'a/b'), join(root, 'a/b/c')]);
    expect(statSync(join(root, 'a/b/c')).isDirectory()).toBe(true);
    makeFolder(join(root, 'a/b/c'), (level) => made.push(level));
    expect(made).toHaveLength(2);
  });

  it('does not mind a level that another process made in between', () => {
    const made: string[] = [];
    makeFolder(join(root, 'x/y'), (level) => {
      made.push(level);
      if (level === join(root, 'x')) mkdirSync(join(root, 'x/y'));
    });
    expect(made).toEqual([join(root, 'x')]);
  });

  it('names the level that is in the way or cannot be made', () => {
    writeFileSync(join(root, 'file'), '');
    expect(() => makeFolder(join(root, 'file/below'))).toThrow(`a file is in the way of the folder: ${join(root, 'file')}`);
  });

  it.runIf(existsSync('/proc/self'))('returns where the parent takes no folders', () => {
    expect(() => makeFolder('/proc/lowbit-none/below')).toThrow(/^cannot make the folder \/proc\/lowbit-none: /);
  });
});
