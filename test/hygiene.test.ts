/** What must hold for every written file: the project stands alone, every number has a source, every link leads somewhere. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Folders and files that are made, not written (as in .gitignore). */
const made = /^(\.git|node_modules|dist|coverage|docs\/api|reports\/tour)$|\.tgz$|-changed$/;

/** Paths of all written files below a folder, relative to the root. */
function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (made.test(path)) return [];
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

const written = filesBelow('').sort();
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const textFiles = written.filter((path) =>
  /\.(ts|mjs|cjs|js|json|ya?ml|md|csv|run|html|svg)$|^(NOTICE|LICENSE|\.ci\/run|\.npmrc)$/.test(path),
);

/** `path:line: text` of every line that matches. */
function lines(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 100)}`] : [])),
  );
}

describe('the repository', () => {
  it('names no absolute path of a machine', () => {
    const places = ['work', 'home', 'root', 'tmp', 'Users'].join('|');
    expect(lines(textFiles, new RegExp(`(^|[^A-Za-z0-9_.])/(${places})/`))).toEqual([]);
  });

  it('names no host to download packages from, not even in the lock file', () => {
    expect(lines(textFiles, new RegExp(['registry', String.raw`\.`].join('')))).toEqual([]);
    expect(lines(['package-lock.json'], /"resolved":/)).toEqual([]);
  });

  it('pins every dependency to one version', () => {
    const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string> | undefined>;
    const ranges = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
      Object.entries(manifest[kind] ?? {}).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
    );
    expect(ranges).toEqual([]);
  });

  it('gives a source in every data file', () => {
    const data = written.filter((path) => /^(models|hw-configs|reports\/published)\/.*\.ya?ml$/.test(path));
    expect(data.filter((path) => !/^\s*(- )?source:/m.test(read(path)))).toEqual([]);
  });

  it('points every data file that names a JSON Schema to one that exists', () => {
    const broken = written
      .filter((path) => /\.ya?ml$/.test(path))
      .flatMap((path) => {
        const target = /yaml-language-server: \$schema=(\S+)/.exec(read(path))?.[1];
        return target === undefined || existsSync(resolve(root, dirname(path), target)) ? [] : [`${path} -> ${target}`];
      });
    expect(broken).toEqual([]);
  });

  it('has no drawer folder and no drawer file', () => {
    const drawers = /(^|\/)(utils?|helpers?|common|misc|types|constants|core|shared)(\/|\.m?ts$)/;
    expect(written.filter((path) => /^(src|test|scripts)\//.test(path) && drawers.test(path))).toEqual([]);
  });

  it('has no source file over 300 lines', () => {
    const sources = written.filter((path) => /^(src|test|scripts)\/.*\.(ts|mjs)$/.test(path));
    expect(sources.filter((path) => read(path).split('\n').length > 301)).toEqual([]);
  });

  it('has no unfinished or disabled place', () => {
    const words = ['TO' + 'DO', 'FIX' + 'ME', 'not (yet )?' + 'implemented', 'place' + 'holder'].join('|');
    const sources = written.filter((path) => /^(src|test|scripts)\/.*\.(ts|mjs)$/.test(path));
    expect(lines(sources, new RegExp(`\\b(${words})\\b`))).toEqual([]);
    expect(lines(sources, new RegExp(String.raw`\b(it|test|describe)\.(only|todo|fails)\b`))).toEqual([]);
  });
});

describe('the documentation', () => {
  const pages = written.filter((path) => path.endsWith('.md'));

  it('links only to files that exist', () => {
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)\s#]+)/g)]
        .map((match) => match[1] ?? '')
        .filter((target) => !existsSync(resolve(root, dirname(page), decodeURI(target))))
        .map((target) => `${page} -> ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('reaches every page of docs/ from docs/README.md', () => {
    const linked = new Set([...read('docs/README.md').matchAll(/\]\(([\w/.-]+\.md)\)/g)].map((match) => `docs/${match[1] ?? ''}`));
    expect(pages.filter((page) => /^docs\/.*\.md$/.test(page) && page !== 'docs/README.md' && !linked.has(page))).toEqual([]);
  });

  it('names only source files and scripts that exist', () => {
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/`(?:node )?((?:src|scripts|hw-configs|test)\/[\w./-]+\.(?:ts|mjs|yaml|json|csv))`/g)]
        .map((match) => match[1] ?? '')
        .filter((target) => !target.includes('my-design') && !target.includes('NAME') && !existsSync(join(root, target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });
});
