/** Every kind of file that lowbit reads by its schema: configuration files, traces, tables of published cells and sweeps. */
import { configKinds, type FileKind } from '../config/config-kinds.js';
import { readDocument } from '../config/document.js';
import { parseConfig } from '../config/parse-config.js';
import { isScaleSimConfig } from '../config/scale-sim-config.js';
import { LowbitError } from '../lowbit-error.js';
import { publishedTableSchema } from '../reproduce/published-table.js';
import { planOf } from '../sweep/plan/read-sweep.js';
import { sweepFileSchema } from '../sweep/plan/sweep-file.js';
import { parseTrace, traceFileSchema } from '../trace/trace-file.js';

/** Kinds by the name of their JSON Schema. */
export const fileKinds: Readonly<Record<string, FileKind>> = Object.freeze({
  ...configKinds,
  trace: { schema: traceFileSchema, tellingKeys: [], read: parseTrace },
  published: {
    schema: publishedTableSchema,
    shipped: 'published',
    tellingKeys: ['tables'],
    read: (text: string, file: string) => parseConfig(text, file, publishedTableSchema),
  },
  sweep: { schema: sweepFileSchema, shipped: 'sweeps', tellingKeys: ['axes', 'objectives', 'strategy'], read: planOf },
});

/** Name of the kind a text is of. Throws LowbitError for one that is of none, and for text that cannot be read at all. */
export function fileKindOf(text: string, file: string): string {
  // A trace says so itself, and is read as JSON even where it is damaged, a configuration of SCALE-Sim by its name; the rest is YAML, told by its keys.
  if (file.endsWith('.trace.json') || /"kind"\s*:\s*"lowbit-trace"/.test(text)) return 'trace';
  if (isScaleSimConfig(file)) return 'accelerator';
  const { value } = readDocument(text, file);
  const has = (key: string): boolean => typeof value === 'object' && value !== null && Object.hasOwn(value, key);
  const found = Object.entries(fileKinds).find(([, { tellingKeys }]) => tellingKeys.some(has));
  if (found !== undefined) return found[0];
  throw new LowbitError('cannot tell what kind of file this is', {
    place: file,
    allowed: Object.keys(fileKinds),
    remedy: 'see `lowbit schema` for the keys of each',
  });
}
