/** `lowbit validate`: checks files of every kind and says all that is wrong with each. */
import { basename } from 'node:path';
import { catalogueFile, catalogueNames, readText, shownFile } from '../../config/files.js';
import { LowbitError } from '../../lowbit-error.js';
import { repeated } from '../arguments.js';
import type { Arguments } from '../command.js';
import { fileKinds } from '../file-kinds.js';
import { fileKindOf } from '../telling-keys.js';
import { print } from './present.js';

interface Verdict {
  readonly file: string;
  /** Name of a kind, or `unknown`. */
  readonly kind: string;
  readonly ok: boolean;
  readonly problem: string | null;
}

export function runValidate(args: Arguments): void {
  const named = repeated(args['files']);
  const files = named.length > 0 ? named : shippedFiles();
  const verdicts = files.map(verdictOn);
  const bad = verdicts.filter(({ ok }) => !ok);
  print(args, { files: verdicts, valid: verdicts.length - bad.length, invalid: bad.length }, () => {
    const lines = named.length > 0 ? verdicts.map(({ file, kind, ok, problem }) => `${file}: ${ok ? `ok (${kind})` : problem}`) : [];
    return [...lines, `${verdicts.length - bad.length} of ${verdicts.length} files are valid`].join('\n');
  });
  if (bad.length > 0)
    throw new LowbitError(`${bad.length} of ${verdicts.length} files are not valid`, {
      value: bad.map(({ file }) => basename(file)).join(', '),
      remedy: 'see above',
    });
}

function shippedFiles(): string[] {
  const folders = Object.values(fileKinds).flatMap(({ shipped }) => shipped ?? []);
  return folders.flatMap((folder) => catalogueNames(folder).map((name) => catalogueFile(folder, name)));
}

function verdictOn(file: string): Verdict {
  let kind = 'unknown';
  try {
    // Read once: standard input has no second time.
    const [text, shown] = [readText(file), shownFile(file)];
    kind = fileKindOf(text, shown);
    fileKinds[kind]?.read(text, shown);
    return { file, kind, ok: true, problem: null };
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    return { file, kind, ok: false, problem: error.message };
  }
}
