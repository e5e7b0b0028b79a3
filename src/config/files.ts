/** Configuration files and the data folders of the package: names, texts, and errors that say which file would have been there. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LowbitError, nearestNames } from '../lowbit-error.js';

const EXTENSION = '.yaml';

/** Data folders by kind, relative to the root of the package. */
const folders = {
  accelerators: 'hw-configs/accelerators',
  fits: 'hw-configs/gpus/fitted',
  gpus: 'hw-configs/gpus',
  kernels: 'hw-configs/kernels',
  memories: 'hw-configs/memories',
  models: 'models',
  schemes: 'models/schemes',
  published: 'reports/published',
  sweeps: 'hw-configs/sweeps',
  studies: 'hw-configs/codesign',
} as const;
export type CatalogueKind = keyof typeof folders;

/** A path inside the package. `module` is a module in src/config, dist/config or the bundle in dist/program: all lie two levels below the root. */
export function packagePath(path: string, module: string = import.meta.url): string {
  return fileURLToPath(new URL(`../../${path}`, module));
}

/** Names of the shipped files of a kind, sorted, without opening one. */
export function catalogueNames(kind: CatalogueKind): string[] {
  const names = readdirSync(packagePath(folders[kind])).filter((file) => extname(file) === EXTENSION);
  return names.map((file) => basename(file, EXTENSION)).sort();
}

/** File of a shipped name. */
export function catalogueFile(kind: CatalogueKind, name: string): string {
  return packagePath(`${folders[kind]}/${name}${EXTENSION}`);
}

/** Whether the user means a file (a path, or a name with an extension of configuration files) and not a name of the catalogue; `-` is standard input. */
export function isFileName(nameOrFile: string): boolean {
  return nameOrFile === '-' || /[/\\]/.test(nameOrFile) || ['.yaml', '.yml', '.json', '.cfg'].includes(extname(nameOrFile).toLowerCase());
}

/** A file as errors and results show it: relative to the working folder when it lies inside, otherwise as it is. */
export function shownFile(file: string): string {
  const inside = relative(process.cwd(), file);
  return file === '-' ? 'standard input' : inside.startsWith('..') || inside === '' ? file : inside;
}

/**
 * Text of a configuration file, UTF-8; `-` reads standard input. Throws LowbitError when it cannot be read: with the nearest files of the folder, and
 * where the kind of file is told, with the nearest shipped names.
 */
export function readText(file: string, kind?: CatalogueKind): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw unreadable(file, error as NodeJS.ErrnoException, kind);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new LowbitError('not a text file', { value: file, remedy: 'configuration files are UTF-8 text' });
  }
}

function unreadable(file: string, error: NodeJS.ErrnoException, kind: CatalogueKind | undefined): LowbitError {
  if (error.code === 'EISDIR') return new LowbitError('a folder, not a file', { value: file });
  if (error.code === 'EACCES' || error.code === 'EPERM') return new LowbitError('no permission to read file', { value: file });
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR')
    return new LowbitError('cannot read file', { value: file, remedy: error.message });
  const shipped = kind === undefined ? [] : catalogueNames(kind);
  const near = [...nearFiles(file), ...nearestNames(stemOf(file), shipped)];
  const list = kind === undefined ? {} : { remedy: `\`lowbit list ${kind}\` names what ships` };
  return new LowbitError('no such file', { value: file, ...(near.length === 0 ? list : { remedy: `did you mean ${near.join(' or ')}?` }) });
}

/** Files of the folder that are written alike, extensions apart: of one of another kind only the end would be near. */
function nearFiles(file: string): string[] {
  const alike = siblings(file).filter((name) => extensionOf(name) === extensionOf(file));
  return nearestNames(stemOf(file), alike.map(stemOf)).flatMap((stem) =>
    alike.filter((name) => stemOf(name) === stem).map((name) => join(dirname(file), name)),
  );
}

const stemOf = (file: string): string => basename(file, extname(file));
const extensionOf = (file: string): string =>
  extname(file)
    .toLowerCase()
    .replace(/^\.yml$/, EXTENSION);

function siblings(file: string): string[] {
  try {
    return readdirSync(dirname(file));
  } catch {
    return [];
  }
}
