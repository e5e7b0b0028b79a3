/**
 * The browser builds of the chart libraries, read from the installed packages: one file each. A page carries their texts, and charts are drawn here
 * with the same builds, loaded as CommonJS: their packages are several hundred modules, which take four times as long to load and draw the same bytes.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { compileFunction } from 'node:vm';

const files = { vega: 'vega.min.js', 'vega-lite': 'vega-lite.min.js', 'vega-embed': 'vega-embed.min.js' } as const;

type BuildName = keyof typeof files;

/** Path and text of a build: it lies in build/ beside the manifest of its package, which does not always export it. */
export function browserBuild(name: BuildName): { readonly path: string; readonly text: string } {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const folder of folders) {
    const path = join(folder, name, 'build', files[name]);
    try {
      return { path, text: readFileSync(path, 'utf8') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`${name}/build/${files[name]} is not installed beside ${dirname(import.meta.url)}`);
}

let loaded: { readonly vega: typeof import('vega'); readonly vegaLite: typeof import('vega-lite') } | undefined;

/** The libraries that draw; loaded once. */
export function chartLibraries(): { readonly vega: typeof import('vega'); readonly vegaLite: typeof import('vega-lite') } {
  if (loaded === undefined) {
    const vega = exportsOf('vega', {}) as typeof import('vega');
    loaded = { vega, vegaLite: exportsOf('vega-lite', { vega }) as typeof import('vega-lite') };
  }
  return loaded;
}

/** What a build exports; `needs` are the packages it may ask for. */
function exportsOf(name: BuildName, needs: Readonly<Record<string, unknown>>): unknown {
  const { path, text } = browserBuild(name);
  const module = { exports: {} };
  const run = compileFunction(text, ['module', 'exports', 'require'], { filename: path }) as (...given: unknown[]) => void;
  run(module, module.exports, (needed: string) => needs[needed]);
  return module.exports;
}
