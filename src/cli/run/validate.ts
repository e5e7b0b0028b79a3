/** `lowbit validate`: checks files of every kind and says all that is wrong with each. */
import { basename } from 'node:path';
import { listCatalogue, loadAccelerator, loadModel, loadScheme } from '../../config/catalogue.js';
import { readDocument } from '../../config/document.js';
import { readText } from '../../config/files.js';
import { LowbitError } from '../../lowbit-error.js';
import { parseTrace } from '../../trace/trace-file.js';
import { repeated } from '../arguments.js';
import type { Arguments } from '../command.js';
import { print } from './present.js';

type Kind = 'accelerator' | 'model' | 'scheme' | 'trace';

interface Verdict {
  readonly file: string;
  readonly kind: Kind | 'unknown';
  readonly ok: boolean;
  readonly problem: string | null;
}

/** Keys that only one kind of file has at its top level, in the order they are looked for. */
const tellingKeys: readonly (readonly [key: string, kind: Kind])[] = [
  ['timing', 'accelerator'],
  ['array', 'accelerator'],
  ['layers', 'model'],
  ['family', 'model'],
  ['model_type', 'model'],
  ['weight', 'scheme'],
  ['activation', 'scheme'],
];

const checks: Readonly<Record<Kind, (file: string) => unknown>> = {
  accelerator: (file) => loadAccelerator(file, []),
  model: loadModel,
  scheme: loadScheme,
  trace: (file) => parseTrace(readText(file), file),
};

export function runValidate(args: Arguments): void {
  const named = repeated(args['files']);
  const files =
    named.length > 0
      ? named
      : (['accelerators', 'models', 'schemes'] as const).flatMap((kind) => listCatalogue(kind).map(({ file }) => file));
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

function verdictOn(file: string): Verdict {
  let kind: Kind | 'unknown' = 'unknown';
  try {
    kind = kindOf(file);
    checks[kind](file);
    return { file, kind, ok: true, problem: null };
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    return { file, kind, ok: false, problem: error.message };
  }
}

function kindOf(file: string): Kind {
  const { value } = readDocument(readText(file), file);
  const fields = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  if (fields['kind'] === 'lowbit-trace') return 'trace';
  const telling = tellingKeys.find(([key]) => Object.hasOwn(fields, key));
  if (telling !== undefined) return telling[1];
  throw new LowbitError('cannot tell what kind of file this is', {
    place: file,
    allowed: Object.keys(checks),
    remedy: 'see `lowbit schema` for the keys of each',
  });
}
