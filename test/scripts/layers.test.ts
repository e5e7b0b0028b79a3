/** Do the layering rules refuse what they are there to refuse, and nothing else? */
import { createRequire } from 'node:module';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Side {
  readonly path?: string | string[];
  readonly pathNot?: string | string[];
}
interface Rule {
  readonly name: string;
  readonly from: Side;
  readonly to: Side & { readonly circular?: boolean; readonly couldNotResolve?: boolean; readonly dependencyTypes?: string[] };
}

const require = createRequire(import.meta.url);
const { forbidden } = require('../../.dependency-cruiser.cjs') as { forbidden: Rule[] };
const layers = (require('../../scripts/layers.json') as { name: string }[]).map((layer) => layer.name);
const pathRules = forbidden.filter(
  ({ to }) => to.circular === undefined && to.couldNotResolve === undefined && to.dependencyTypes === undefined,
);

const matches = (patterns: string | string[] | undefined, path: string, otherwise: boolean): boolean =>
  patterns === undefined ? otherwise : [patterns].flat().some((pattern) => new RegExp(pattern).test(path));
const refused = (from: string, to: string): string[] =>
  pathRules
    .filter((rule) =>
      [
        { side: rule.from, path: from },
        { side: rule.to, path: to },
      ].every(({ side, path }) => matches(side.path, path, true) && !matches(side.pathNot, path, false)),
    )
    .map((rule) => rule.name);

describe('the layering rules', () => {
  it('refuse every import from a folder further down the list, and allow every one from a folder above it', () => {
    const wrong: string[] = [];
    for (const [i, low] of layers.entries()) {
      for (const [j, high] of layers.entries()) {
        const strangers = low === 'gpu' && high === 'accelerator';
        const allowed = refused(`src/${low}/a.ts`, `src/${high}/b.ts`).length === 0;
        if (allowed !== (j <= i && !strangers)) wrong.push(`${low} -> ${high}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('let every layer import lowbit-error.ts, which imports nothing', () => {
    expect(layers.flatMap((layer) => refused(`src/${layer}/a.ts`, 'src/lowbit-error.ts'))).toEqual([]);
    expect(refused('src/lowbit-error.ts', 'src/units/a.ts')).not.toEqual([]);
  });

  it('refuse a folder or loose file that is no layer, and imports of tests and scripts', () => {
    expect(refused('src/extras/a.ts', 'src/units/b.ts')).not.toEqual([]);
    expect(refused('src/loose.ts', 'src/units/b.ts')).not.toEqual([]);
    expect(refused('src/cli/a.ts', 'test/cli/b.ts')).not.toEqual([]);
    expect(refused('src/cli/a.ts', 'scripts/b.mjs')).not.toEqual([]);
  });

  it.each([
    ['yaml', 'config', 'report'],
    ['vega', 'report', 'cli'],
    ['yargs', 'cli', 'config'],
    ['onnx-proto', 'tensors', 'trace'],
    ['mathjs', 'sweep', 'numeric'],
  ])('allow %s in %s and refuse it in %s', (name, home, stranger) => {
    expect(refused(`src/${home}/a.ts`, `node_modules/${name}/index.js`)).toEqual([]);
    expect(refused(`src/${stranger}/a.ts`, `node_modules/${name}/index.js`)).not.toEqual([]);
  });

  it('know every folder of src', () => {
    const folders = readdirSync(fileURLToPath(new URL('../../src', import.meta.url)), { withFileTypes: true });
    expect(folders.filter((entry) => entry.isDirectory() && !layers.includes(entry.name)).map((entry) => entry.name)).toEqual([]);
  });
});
