/** Which kind of file a text is, told by its keys: without the schemas of the kinds, which a command that reads no such file has no use for. */
import { configKinds } from '../config/config-kinds.js';
import { readDocument } from '../config/document.js';
import { isScaleSimConfig } from '../config/scale-sim-config.js';
import { LowbitError } from '../lowbit-error.js';

/** Keys that only files of a kind have, by the name of the kind. */
export const tellingKeys = Object.freeze({
  ...Object.fromEntries(Object.entries(configKinds).map(([name, kind]) => [name, kind.tellingKeys])),
  trace: [],
  published: ['tables'],
  codesign: ['budgets', 'options'],
  sweep: ['axes', 'objectives', 'strategy'],
}) satisfies Readonly<Record<string, readonly string[]>>;

/** Name of the kind a text is of. Throws LowbitError for one that is of none, and for text that cannot be read at all. */
export function fileKindOf(text: string, file: string): string {
  // A trace says so itself, and is read as JSON even where it is damaged, a configuration of SCALE-Sim by its name; the rest is YAML, told by its keys.
  if (file.endsWith('.trace.json') || /"kind"\s*:\s*"lowbit-trace"/.test(text)) return 'trace';
  if (isScaleSimConfig(file)) return 'accelerator';
  const { value } = readDocument(text, file);
  const has = (key: string): boolean => typeof value === 'object' && value !== null && Object.hasOwn(value, key);
  const found = Object.entries(tellingKeys).find(([, keys]) => keys.some(has));
  if (found !== undefined) return found[0];
  throw new LowbitError('cannot tell what kind of file this is', {
    place: file,
    allowed: Object.keys(tellingKeys),
    remedy: 'see `lowbit schema` for the keys of each',
  });
}
