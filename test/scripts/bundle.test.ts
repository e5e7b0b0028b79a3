import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const folder = resolve(import.meta.dirname, '../../dist/program');
const files = readdirSync(folder).filter((file) => file.endsWith('.js'));

describe('the bundled command line', () => {
  it('holds the packages that every start loads, with their licences, and leaves others where they are installed', () => {
    const outside = new Set(
      files.flatMap((file) =>
        [
          ...readFileSync(join(folder, file), 'utf8').matchAll(
            /(?:^(?:import|export) .* from |\bimport\(|\(import\.meta\.url\)\()["']([a-z@][^"']*)["']/gm,
          ),
        ].map(([, name = '']) => name),
      ),
    );
    const inlined = ['yaml', 'yargs-parser', 'zod'];
    expect(inlined.filter((name) => outside.has(name))).toEqual([]);
    expect(inlined.filter((name) => !existsSync(join(folder, `LICENSE-${name}.txt`)))).toEqual([]);
    expect([...outside]).toEqual(expect.arrayContaining(['piscina', 'highs', 'yargs', 'mathjs/lib/browser/math.js']));
  });

  it('keeps worker threads under the names that they are started by', () => {
    const started = files.flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(/new URL\("\.\/([a-z-]+\.js)", import\.meta\.url\)/g)].map(([, name]) => name),
    );
    expect(started.sort()).toEqual(['evaluation-worker.js', 'measure-worker.js', 'sweep-worker.js']);
    expect(started.filter((name) => !files.includes(name!))).toEqual([]);
  });
});
