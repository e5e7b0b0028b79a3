/**
 * npm run check [-- PART...]: every check that needs no test run, two at a time; prints one line per part, and the output of those that fail.
 * Without arguments all parts run. Exit code 1 when a part fails.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const tool = (/** @type {string} */ name) => join('node_modules', '.bin', name);

/** Command lines by part, the slow ones first. */
const parts = /** @type {Record<string, string[]>} */ ({
  eslint: [tool('eslint'), '--max-warnings', '0', '--cache', '--cache-location', 'node_modules/.cache/eslint/', '.'],
  types: [tool('tsc'), '-p', 'tsconfig.check.json'],
  typedoc: [tool('typedoc'), '--emit', 'none', '--logLevel', 'Warn'],
  knip: [tool('knip')],
  'knip-production': [tool('knip'), '--production'],
  prettier: [tool('prettier'), '--check', '--log-level', 'warn', '--cache', '.'],
  layers: [tool('depcruise'), '--config', '.dependency-cruiser.cjs', '--no-progress', 'src', 'test', 'scripts'],
  schemas: [process.execPath, 'scripts/schemas.mjs', '--check'],
  architecture: [process.execPath, 'scripts/architecture.mjs', '--check'],
  wasm: [process.execPath, 'scripts/wasm.mjs', '--check'],
});

/** Runs one part; resolves to whether it passed. */
function run(/** @type {string} */ name) {
  const [command = '', ...args] = parts[name] ?? [];
  const start = performance.now();
  return new Promise((/** @type {(passed: boolean) => void} */ resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, FORCE_COLOR: '0' } });
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.stderr.on('data', (chunk) => (output += String(chunk)));
    child.on('error', (error) => (output += `${error.message}\n`));
    child.on('close', (code) => {
      const passed = code === 0;
      console.log(`${passed ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
      if (!passed) console.log(output.trimEnd());
      resolve(passed);
    });
  });
}

async function main() {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !(name in parts));
  if (unknown.length > 0) {
    console.error(`unknown part: ${unknown.join(', ')}; expected some of: ${Object.keys(parts).join(', ')}`);
    return 1;
  }
  const queue = wanted.length > 0 ? wanted : Object.keys(parts);
  const built = !queue.includes('schemas') || build() === 0;
  if (!built) console.log('FAILED build');
  let failed = built ? 0 : 1;
  const worker = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) if (!(await run(name))) failed++;
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
  console.log(failed === 0 ? 'all checks passed' : `${failed} checks failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
