import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
import { preload } from '../../src/cli/preload.js';

const root = resolve(import.meta.dirname, '../..');

describe('preloading', () => {
  it.each(Object.keys(commands))('finds the work of %s in the file of its name', (name) => {
    expect(existsSync(join(root, 'src/cli/run', `${name}.ts`))).toBe(true);
  });

  it('runs a module once, for itself and for the import that follows', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'lowbit-test-')), 'counted.mjs');
    writeFileSync(file, 'globalThis.runs = (globalThis.runs ?? 0) + 1; export const runs = globalThis.runs;');
    const [program, module] = [join(root, 'dist/cli/preload.js'), file].map((path) => JSON.stringify(pathToFileURL(path).href));
    const script = `import { preload } from ${program}; preload(new URL(${module})); const before = globalThis.runs; const { runs } = await import(${module}); console.log(before, runs, globalThis.runs);`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(stdout).toBe('1 1 1\n');
  });

  it('leaves a module that is not there to the import', () => {
    expect(() => {
      preload(new URL('./absent.js', import.meta.url));
    }).not.toThrow();
  });
});
