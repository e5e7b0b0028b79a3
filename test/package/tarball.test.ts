/** Does the packed tarball work where it is installed: away from the repository, from any working folder? */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let files: string[];
let elsewhere: string;

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

function lowbit(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(folder, 'node_modules', 'lowbit', 'dist', 'program', 'main.js'), ...args], {
    cwd: elsewhere,
    encoding: 'utf8',
  });
}

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lowbit-pack-')));
  elsewhere = join(folder, 'elsewhere');
  mkdirSync(elsewhere);
  // The tarball without its build step: npm test has just built dist/. Dependencies are linked, so that nothing is downloaded.
  const packed = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as Record<string, Packed>;
  const [tarball] = Object.values<Packed>(packed);
  if (tarball === undefined) throw new Error('npm pack made no tarball');
  files = tarball.files.map((file) => file.path);
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'lowbit'), { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, tarball.filename), '--strip-components=1', '-C', join(modules, 'lowbit')]);
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== 'lowbit' && !name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the tarball', () => {
  it('holds the program, the data and the licence, and no sources, tests or maps', () => {
    const needed = ['dist/program/main.js', 'dist/index.js', 'dist/index.d.ts', 'LICENSE', 'NOTICE', 'package.json', 'README.md'];
    const data = ['models/llama-2-7b.yaml', 'hw-configs/accelerators/bitmod.yaml', 'reports/published/bitmod.yaml'];
    expect([...needed, ...data].filter((file) => !files.includes(file))).toEqual([]);
    const unwanted = /^(src|test|scripts|node_modules|\.ci)\/|\.map$|\.tsbuildinfo$|\.test\.|-changed$/;
    expect(files.filter((file) => unwanted.test(file))).toEqual([]);
  });

  it('prints its version from an unrelated folder', () => {
    const { status, stdout } = lowbit('--version');
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect([status, stdout.trim()]).toEqual([0, version]);
  });

  it('finds the models it ships with', () => {
    const { status, stdout } = lowbit('list', 'models', '--json');
    expect(status).toBe(0);
    expect(stdout).toContain('"llama-2-7b"');
  });

  it('runs a sweep as a library, as the guide shows it', () => {
    const guide = readFileSync(join(folder, 'node_modules', 'lowbit', 'docs', 'sweeps.md'), 'utf8');
    const [, study = ''] = /```yaml\n([^]*?)```/.exec(guide) ?? [];
    const [, program = ''] = /```js\n(import \{ readSweep[^]*?)```/.exec(guide) ?? [];
    const library = join(folder, 'library');
    mkdirSync(library);
    writeFileSync(join(library, 'study.yaml'), study);
    writeFileSync(join(library, 'run.mjs'), program);
    const { status, stdout, stderr } = spawnSync(process.execPath, ['run.mjs'], { cwd: library, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^complete \{[^]*rows: 640[^]*objectives: \{ token_s: /);
    expect(readdirSync(join(library, 'study-4096')).sort()).toEqual(['parts', 'rows.csv', 'rows.jsonl', 'rows.parquet', 'sweep.json']);
  }, 60_000);

  it('simulates a shipped model on a shipped accelerator, and leaves the working folder empty', () => {
    const line = 'simulate --hw bitmod --model opt-1.3b --scheme bitmod-4b --phase decode --json --quiet';
    const { status, stdout, stderr } = lowbit(...line.split(' '));
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { totals } = JSON.parse(stdout) as { totals: { latency_cycles: number } };
    expect(totals.latency_cycles).toBeGreaterThan(0);
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it('is a library that imports by name, with types beside it', () => {
    writeFileSync(
      join(folder, 'use.mjs'),
      "import * as lowbit from 'lowbit';\nconsole.log(Object.keys(lowbit).length > 0, 'default' in lowbit);\n",
    );
    const run = spawnSync(process.execPath, [join(folder, 'use.mjs')], { cwd: folder, encoding: 'utf8' });
    expect(run.stdout.trim()).toBe('true false');
    expect(existsSync(join(folder, 'node_modules', 'lowbit', 'dist', 'index.d.ts'))).toBe(true);
  });
});
