/** A plain value against a schema: the typed value, or one error that holds every problem with its place, value and remedy. */
import type { z } from 'zod';
import { LowbitError, nearestNames, unknownName, type ErrorDetails } from '../lowbit-error.js';
import { wrongUnitRemedy } from '../units/suffix.js';
import type { Path } from './document.js';
import { allProblems } from './problems.js';
import { choicesAt, expectationAt, keysAt, requiredKeys } from './schema-path.js';

export interface CheckPlaces {
  /** Name of the document in the heading of several problems. */
  readonly file: string;
  place(path: Path, part?: 'key' | 'value'): string;
}

interface Check extends CheckPlaces {
  readonly schema: z.core.$ZodType;
  readonly value: unknown;
}

/** `value` with the defaults of `schema` filled in. Throws LowbitError listing all problems. */
export function checkValue<T>(value: unknown, schema: z.ZodType<T>, places: CheckPlaces): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const check: Check = { schema, value, file: places.file, place: (path, part) => places.place(path, part) };
  throw allProblems(
    problemsOf(result.error.issues, check).map(({ problem }) => problem),
    places.file,
  );
}

/** A problem and where it lies. */
interface Located {
  readonly path: Path;
  readonly problem: LowbitError;
}

/** Every problem of a value, without the place in a document: for a part whose schema another part chooses. Empty when there is none. */
export function problemsAt(value: unknown, schema: z.ZodType): readonly Located[] {
  const result = schema.safeParse(value);
  return result.success ? [] : problemsOf(result.error.issues, { schema, value, file: '', place: () => '' });
}

function problemsOf(found: readonly Issue[], check: Check): Located[] {
  const issues = found.flatMap((issue) => flatten(issue, []));
  const unknown = issues.flatMap((issue) => unknownKeys(issue, check));
  const meant = new Set(unknown.map(({ meantPath }) => meantPath));
  // A required key that was only misspelled is reported once, as the misspelling.
  const others = issues
    .filter((issue) => issue.code !== 'unrecognized_keys' && !meant.has(pathText(issue.path)))
    .map((issue) => ({ path: issue.path, problem: problemOf(issue, check) }));
  return [...unknown, ...others];
}

/** A dotted path as users write it in `--set`. */
export function pathText(path: Path): string {
  return path.map(String).join('.');
}

type Issue = z.core.$ZodIssue;

/** Issues of the alternative of a union that came nearest, with full paths; a union none of whose alternatives fits in kind stays one issue. */
function flatten(issue: Issue, prefix: Path): Issue[] {
  const path = [...prefix, ...issue.path];
  if (issue.code !== 'invalid_union') return [{ ...issue, path }];
  const inside = issue.errors.filter(
    (errors) => errors.length > 0 && errors.every((error) => error.path.length > 0 || error.code === 'unrecognized_keys'),
  );
  const nearest = [...inside].sort((a, b) => a.length - b.length)[0];
  return nearest === undefined ? [{ ...issue, path }] : nearest.flatMap((error) => flatten(error, path));
}

function unknownKeys(issue: Issue, check: Check): (Located & { readonly meantPath: string | undefined })[] {
  if (issue.code !== 'unrecognized_keys') return [];
  const allowed = keysAt(check.schema, issue.path, check.value);
  const parent = lookUp(check.value, issue.path).value as Record<string, unknown>;
  const missing = allowed.filter((key) => !Object.hasOwn(parent, key));
  return issue.keys.map((key) => {
    const path = [...issue.path, key];
    const unit = wrongUnitRemedy(key, parent[key], allowed);
    const near = nearestNames(key, allowed);
    const remedy = unit ?? (near.length === 0 ? afterComma(key, parent[key]) : `did you mean ${near.join(' or ')}?`);
    const where = issue.path.length === 0 ? '' : ` in ${pathText(issue.path)}`;
    const problem = new LowbitError(`unknown key${where}`, {
      value: key,
      place: check.place(path, 'key'),
      allowed,
      ...(remedy === undefined ? {} : { remedy }),
    });
    const meant = missing.find((name) => (unit === undefined ? name === near[0] : unit.includes(name)));
    return { path, problem, meantPath: meant === undefined ? undefined : pathText([...issue.path, meant]) };
  });
}

/** The rest of a text that a comma cut in two: `{ minimize: max(a, b) }` is a key `b)` without a value. */
function afterComma(key: string, value: unknown): string | undefined {
  return value === null && /[^\w.-]/.test(key) ? 'text with a comma needs quotes between { }: a comma ends the value there' : undefined;
}

function problemOf(issue: Issue, check: Check): LowbitError {
  const { value, present } = lookUp(check.value, issue.path);
  if (issue.path.length === 0 && value === null) {
    const remedy = `it must hold ${requiredKeys(check.schema).join(', ')}`;
    return new LowbitError('empty document', { place: check.place([]), remedy });
  }
  if (!present && !(issue.code === 'custom' && issue.params?.['shown'] !== undefined)) return missingKey(issue, check);
  const place = check.place(issue.path);
  return issue.code === 'custom' ? customProblem(issue, value, place) : wrongValue(issue, check, { value, place });
}

function missingKey(issue: Issue, check: Check): LowbitError {
  const { words, note } = expectationAt(check.schema, issue.path, check.value);
  const remedy = `add ${String(issue.path.at(-1))}: ${words}${note === undefined ? '' : ` (${note})`}`;
  return new LowbitError('missing key', { value: pathText(issue.path), place: check.place(issue.path.slice(0, -1)), remedy });
}

function wrongValue(issue: Issue, check: Check, at: { readonly value: unknown; readonly place: string }): LowbitError {
  const { value, place } = at;
  const name = issue.path.length === 0 ? 'the document' : pathText(issue.path);
  const { words, title } = expectationAt(check.schema, issue.path, check.value);
  const choices = choicesAt(check.schema, issue.path, check.value);
  if (choices !== undefined && (issue.code === 'invalid_value' || issue.code === 'invalid_union')) {
    // A number is not misspelt: none of the allowed ones is nearer to what was meant than another.
    if (typeof value === 'number') return new LowbitError(`unknown ${title ?? name}`, { value, place, allowed: choices });
    return unknownName(title ?? name, typeof value === 'string' ? value : show(value), choices, place);
  }
  const empty = value === '' || (Array.isArray(value) && value.length === 0);
  if (issue.code === 'too_small' && empty) return new LowbitError(`${name} must not be empty`, { place });
  const rule = issue.code === 'invalid_format' || issue.code === 'invalid_key' ? issue.message : words;
  return new LowbitError(`${name} must be ${rule}`, { value: show(value), place });
}

/** Problems that a schema's own rules find; a rule can say in its params what it allows, what to do, and which text stands for the value (`shown`). */
function customProblem(issue: z.core.$ZodIssueCustom, found: unknown, place: string): LowbitError {
  const { shown, allowed, remedy } = (issue.params ?? {}) as ErrorDetails & { readonly shown?: unknown };
  return new LowbitError(issue.message, {
    place,
    ...(shown !== undefined ? { value: shown } : isScalar(found) ? { value: show(found) } : {}),
    ...(allowed === undefined ? {} : { allowed }),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

function lookUp(root: unknown, path: Path): { readonly value: unknown; readonly present: boolean } {
  let value = root;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return { value: undefined, present: false };
    value = (value as Record<PropertyKey, unknown>)[segment];
  }
  return { value, present: true };
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

/** The value as the user wrote it, short; text in quotes, so that "64" and 64 differ. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (Array.isArray(value)) return 'a list';
  return isScalar(value) ? String(value) : 'a mapping';
}
