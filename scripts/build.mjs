/**
 * npm run build: compiles src/ to dist/ incrementally, removes outputs whose source is gone, bundles the command line (bundle.mjs).
 * Also runs as `prepare`, so that `npm ci` leaves a working `lowbit`; where development tools are left out an existing dist/ is kept.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const outputs = ['.js', '.js.map', '.d.ts', '.d.ts.map'];

/** @param {string} folder absolute path; the result holds paths of files relative to it */
function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** Removes what an earlier build left for sources that are gone (not the bundle, dist/program/); tells whether an expected output is missing. */
export function tidy(/** @type {string} */ source, /** @type {string} */ dist) {
  const expected = new Set();
  for (const file of filesBelow(source)) {
    if (file.endsWith('.ts')) for (const ending of outputs) expected.add(file.replace(/\.ts$/, ending));
  }
  const present = filesBelow(dist);
  for (const file of present) {
    if (!expected.has(file) && !file.endsWith('.tsbuildinfo') && !file.startsWith('program')) rmSync(join(dist, file));
  }
  return [...expected].some((file) => !present.includes(file));
}

function typescriptCompiler() {
  try {
    return createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
  } catch {
    return undefined;
  }
}

/** Builds the project; returns the exit code of the compiler, or of the bundler. */
export function build() {
  const source = join(root, 'src');
  const dist = join(root, 'dist');
  const program = join(dist, 'program', 'main.js');
  const compiler = typescriptCompiler();
  if (compiler === undefined) {
    if (existsSync(program)) return 0;
    console.error('cannot build: typescript is not installed; run `npm ci` without --omit=dev');
    return 1;
  }
  // tsc trusts its build record: without an output the record says is there, the record has to go.
  if (existsSync(dist) && tidy(source, dist)) rmSync(join(dist, '.tsbuildinfo'), { force: true });
  const compiled = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.json')], { stdio: 'inherit' }).status ?? 1;
  const made = spawnSync(process.execPath, [join(root, 'scripts', 'bundle.mjs')], { stdio: 'inherit' }).status ?? 1;
  return compiled === 0 ? made : compiled;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = build();
