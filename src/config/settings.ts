/**
 * `--set path=value`: changes of a checked configuration, typed and checked by the same schema.
 * The value is read as YAML (`64`, `null`, `{ rows: 64, columns: 16 }`), or as it stands where the schema wants text. Axes of a sweep give values
 * that need no reading.
 */
import { z } from 'zod';
import { LowbitError, nearestNames } from '../lowbit-error.js';
import { wrongUnitRemedy } from '../units/suffix.js';
import { checkValue, pathText } from './check-value.js';
import { readDocument, type Path } from './document.js';
import { keysAt, schemasAt } from './schema-path.js';

/** A setting whose value is no text: a value of an axis of a sweep. */
export interface GivenSetting {
  readonly path: string;
  readonly value: unknown;
  /** Named in errors and beside the source of the block that it changes. */
  readonly place: string;
}

/** A change of a configuration: `path=value` as written, or path and value. */
export type ConfigSetting = string | GivenSetting;

interface Setting {
  readonly path: string[];
  readonly value: unknown;
  readonly place: string;
}

/**
 * `value` with the settings applied in order (a later one wins), checked as a whole. A block that names its `source` has the change added to it, so that
 * no number is reported under a source that does not give it. Throws LowbitError: malformed setting, unknown path, value the schema refuses.
 */
export function applySettings<T>(value: T, settings: readonly ConfigSetting[], schema: z.ZodType<T>): T {
  if (settings.length === 0) return value;
  const changed = structuredClone(value);
  // One after the other: a setting can choose the alternative (a quantizer) whose keys the next one sets.
  const parsed = settings.map((given) => {
    const setting = typeof given === 'string' ? parseSetting(given, changed, schema) : givenSetting(given, changed, schema);
    assign(changed, setting);
    return setting;
  });
  return checkValue(changed, schema, { file: '--set', place: (path) => placeOf(path, parsed) });
}

/** Whether one of the settings changes something at or below `prefix`. */
export function isSet(settings: readonly ConfigSetting[], prefix: string): boolean {
  return settings.some((setting) => {
    const path = typeof setting === 'string' ? (setting.split('=', 1)[0] ?? '').trim() : setting.path;
    return path === prefix || path.startsWith(`${prefix}.`);
  });
}

function parseSetting(text: string, value: unknown, schema: z.ZodType): Setting {
  const equals = text.indexOf('=');
  const place = `--set ${text}`;
  if (equals <= 0) throw new LowbitError('malformed setting', { value: text, remedy: 'write --set path=value, e.g. --set array.rows=64' });
  const path = text.slice(0, equals).trim().split('.');
  const given = text.slice(equals + 1).trim();
  const schemas = schemasAt(schema, path, value);
  if (schemas.length === 0) throw unknownPath(path, { text: given, place }, { value, schema });
  return { path, value: wantsText(schemas) ? given : yamlValue(given, place), place };
}

function givenSetting(given: GivenSetting, value: unknown, schema: z.ZodType): Setting {
  const path = given.path.split('.');
  const schemas = schemasAt(schema, path, value);
  const text = String(given.value);
  if (schemas.length === 0) throw unknownPath(path, { text, place: given.place }, { value, schema });
  const isNumber = typeof given.value === 'number';
  return { path, value: isNumber && wantsText(schemas) ? text : structuredClone(given.value), place: given.place };
}

function wantsText(schemas: readonly unknown[]): boolean {
  return schemas.every((candidate) => candidate instanceof z.ZodString || candidate instanceof z.ZodEnum);
}

function yamlValue(text: string, place: string): unknown {
  try {
    return readDocument(text, '').value;
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    throw new LowbitError('malformed value', { value: text, place, remedy: error.what });
  }
}

/** The error for a path the schema does not have: the keys where it leaves the schema, the unit conversion or the nearest names. `text` is the value given. */
export function unknownPath(
  path: readonly string[],
  given: { text: string; place: string },
  config: { value: unknown; schema: z.ZodType },
): LowbitError {
  let depth = 0;
  while (schemasAt(config.schema, path.slice(0, depth + 1), config.value).length > 0) depth++;
  const parent = path.slice(0, depth);
  const key = path[depth] ?? '';
  const keys = keysAt(config.schema, parent, config.value);
  const full = path.join('.');
  if (keys.length === 0)
    return new LowbitError(`${parent.join('.')} has no part`, { value: path.slice(depth).join('.'), place: given.place });
  const allowed = keys.map((name) => [...parent, name].join('.'));
  const unit = wrongUnitRemedy(key, given.text === '' ? undefined : Number(given.text), keys);
  const near = nearestNames(key, keys).map((name) => [...parent, name].join('.'));
  // The bare last name (`rows=64`) is a common slip: the full paths that end in it are the nearest.
  const endings = leafPaths(config.value, []).filter((leaf) => leaf.endsWith(`.${full}`));
  const meant = endings.length > 0 ? endings : near;
  const remedy = unit ?? (meant.length === 0 ? undefined : `did you mean ${meant.join(' or ')}?`);
  return new LowbitError('unknown path', { value: full, place: given.place, allowed, ...(remedy === undefined ? {} : { remedy }) });
}

function leafPaths(value: unknown, path: readonly string[]): string[] {
  if (typeof value !== 'object' || value === null) return [path.join('.')];
  return Object.entries(value).flatMap(([key, inner]) => leafPaths(inner, [...path, key]));
}

/** Keys that no source gives: what things are called, and which of several is meant. */
const withoutSource: readonly string[] = ['source', 'name', 'description', 'kernel', 'profile'];

function assign(root: unknown, setting: Setting): void {
  let block = root as Record<string, unknown>;
  let sourced: Record<string, unknown> | undefined = typeof block['source'] === 'string' ? block : undefined;
  for (const key of setting.path.slice(0, -1)) {
    const inner = block[key];
    if (typeof inner !== 'object' || inner === null) block[key] = {};
    block = block[key] as Record<string, unknown>;
    if (typeof block['source'] === 'string') sourced = block;
  }
  const key = setting.path.at(-1) ?? '';
  if (Array.isArray(block) && !(Number(key) < block.length)) {
    throw new LowbitError(`${setting.path.slice(0, -1).join('.')} has ${block.length} elements, counted from 0`, {
      value: key,
      place: setting.place,
    });
  }
  const before = block[key];
  block[key] = setting.value;
  if (sourced === undefined || withoutSource.includes(key) || Object.is(before, setting.value)) return;
  sourced['source'] = `${String(sourced['source'])}; ${setting.place}`;
}

/** The last setting at, above or below a path: the one that made the value there what it is. */
function placeOf(path: Path, settings: readonly Setting[]): string {
  const text = pathText(path);
  const near = settings.filter((setting) => {
    const own = setting.path.join('.');
    return own === text || text.startsWith(`${own}.`) || own.startsWith(`${text}.`) || text === '';
  });
  return (near.at(-1) ?? settings.at(-1))?.place ?? '--set';
}
