import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tidy } from '../../scripts/build.mjs';

let folder: string;
const touch = (path: string): void => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), '');
};
const compile = (name: string): void => {
  for (const ending of ['.js', '.js.map', '.d.ts', '.d.ts.map']) touch(`dist/${name}${ending}`);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lowbit-build-'));
  touch('src/a/kept.ts');
  compile('a/kept');
  touch('dist/.tsbuildinfo');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('tidying dist/ before a build', () => {
  it('removes the outputs of a source that is gone, and nothing else', () => {
    compile('a/gone');
    expect(tidy(join(folder, 'src'), join(folder, 'dist'))).toBe(false);
    expect(existsSync(join(folder, 'dist/a/gone.js'))).toBe(false);
    expect(existsSync(join(folder, 'dist/a/gone.d.ts.map'))).toBe(false);
    expect(existsSync(join(folder, 'dist/a/kept.js'))).toBe(true);
    expect(existsSync(join(folder, 'dist/.tsbuildinfo'))).toBe(true);
  });

  it('says so when an output is missing, for the compiler would not notice', () => {
    rmSync(join(folder, 'dist/a/kept.d.ts'));
    expect(tidy(join(folder, 'src'), join(folder, 'dist'))).toBe(true);
  });

  it('says so when a source has no output yet', () => {
    touch('src/b/new.ts');
    expect(tidy(join(folder, 'src'), join(folder, 'dist'))).toBe(true);
  });
});
