import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchFolder } from './built-program.js';

const root = resolve(import.meta.dirname, '../..');

describe('the README', () => {
  it('shows commands that a newcomer can paste one after the other', () => {
    const [, block = ''] = /## In a minute\n\n```sh\n(.*?)```/s.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];
    expect(block.match(/^npx lowbit/gm)?.length).toBeGreaterThan(4);
    const folder = scratchFolder();
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    // `npx lowbit` is the program of this tree.
    const npx = `set -e\nnpx() { shift; "${process.execPath}" "${join(root, 'dist/program/main.js')}" "$@"; }\n`;
    const { status, stdout, stderr } = spawnSync('bash', ['-c', npx + block], { cwd: folder, encoding: 'utf8' });
    expect([status, stderr.includes('lowbit:')]).toEqual([0, false]);
    expect(stdout).toMatch(/^q_proj$/m);
  });
});
