/** The chart scripts that a report page carries inside itself, read from the installed packages. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { PageScripts } from '../../report/page.js';

export function pageScripts(): PageScripts {
  return {
    vega: browserBuild('vega', 'vega.min.js'),
    vegaLite: browserBuild('vega-lite', 'vega-lite.min.js'),
    vegaEmbed: browserBuild('vega-embed', 'vega-embed.min.js'),
  };
}

/** A minified browser build lies in build/ beside the manifest of its package, which does not always export it. */
function browserBuild(name: string, file: string): string {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const folder of paths) {
    try {
      return readFileSync(join(folder, name, 'build', file), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`${name}/build/${file} is not installed beside ${dirname(import.meta.url)}`);
}
