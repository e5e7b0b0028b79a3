/**
 * The `lowbit` command in few files: dist/program/ holds the compiled command line with the packages that most commands load. To open hundreds of small
 * files took a third of a simulation. What is loaded on demand stays in files of its own; so do worker threads, under their names. The files lie two
 * levels below the root of the package, as do the modules that find its data folders from where they are.
 * The library (dist/index.js) is not bundled. Names are kept, so that stacks can be read; source maps are left out.
 * Own code is not grouped by hand: groups of shared modules ran before what they need.
 */
import { chmodSync, copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

/** Modules that are started by their file: the command and its worker threads. */
const entries = {
  main: 'cli/main.js',
  'sweep-worker': 'sweep/engine/sweep-worker.js',
  'evaluation-worker': 'cli/run/evaluation-worker.js',
  'measure-worker': 'codesign/study/measure-worker.js',
};

/** Packages that most commands load, with their licences; the others stay where they are installed. */
const inlined = ['yaml', 'yargs-parser', 'zod'];
const licences = ['LICENSE', 'LICENSE.txt'];

/** `createRequire(...)('yaml')` is how modules load a package late without `await`; of a bundled package a plain `require` says it. */
const lateRequire = {
  name: 'late-require',
  transform: (/** @type {string} */ code) => code.replaceAll("createRequire(import.meta.url)('yaml')", "require('yaml')"),
};

/** Copies the licences of the packages in the bundle beside it. */
function copyLicences(/** @type {string} */ root, /** @type {string} */ folder) {
  for (const name of inlined) {
    const file = licences.map((licence) => join(root, 'node_modules', name, licence)).find((path) => existsSync(path));
    if (file === undefined) throw new Error(`no licence of ${name} beside its package`);
    copyFileSync(file, join(folder, `LICENSE-${name}.txt`));
  }
}

/** Bundles the modules of dist/ into dist/program/: in a folder beside it that then takes its place, so that no run finds half of two bundles. */
async function bundle(/** @type {string} */ root) {
  const dist = join(root, 'dist');
  const folder = join(dist, 'program');
  const fresh = `${folder}-${process.pid}`;
  const former = `${fresh}-former`;
  const modules = await rolldown({
    input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(dist, file)])),
    platform: 'node',
    external: (id) => !/^(\.|\/|[A-Za-z]:)/.test(id) && !inlined.some((name) => id === name || id.startsWith(`${name}/`)),
    plugins: [lateRequire],
    // Some modules are loaded on demand by one command and from the start by another.
    checks: { ineffectiveDynamicImport: false },
  });
  try {
    await modules.write({ dir: fresh, format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' });
    await modules.close();
    copyLicences(root, fresh);
    chmodSync(join(fresh, 'main.js'), 0o755);
    if (existsSync(folder)) renameSync(folder, former);
    renameSync(fresh, folder);
  } finally {
    for (const left of [fresh, former]) rmSync(left, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await bundle(fileURLToPath(new URL('..', import.meta.url)));
