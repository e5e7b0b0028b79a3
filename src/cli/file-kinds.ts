/** Every kind of file that lowbit reads by its schema: configuration files, traces, tables of published cells and sweeps. */
import { studyOf } from '../codesign/study/read-study.js';
import { studyFileSchema } from '../codesign/study/study-file.js';
import { configKinds, type FileKind } from '../config/config-kinds.js';
import { parseConfig } from '../config/parse-config.js';
import { publishedTableSchema } from '../reproduce/published-table.js';
import { planOf } from '../sweep/plan/read-sweep.js';
import { sweepFileSchema } from '../sweep/plan/sweep-file.js';
import { parseTrace, traceFileSchema } from '../trace/trace-file.js';
import { tellingKeys } from './telling-keys.js';

/** Kinds by the name of their JSON Schema. */
export const fileKinds: Readonly<Record<string, FileKind>> = Object.freeze({
  ...configKinds,
  trace: { schema: traceFileSchema, tellingKeys: tellingKeys.trace, read: parseTrace },
  published: {
    schema: publishedTableSchema,
    shipped: 'published',
    tellingKeys: tellingKeys.published,
    read: (text: string, file: string) => parseConfig(text, file, publishedTableSchema),
  },
  codesign: { schema: studyFileSchema, shipped: 'studies', tellingKeys: tellingKeys.codesign, read: studyOf },
  sweep: { schema: sweepFileSchema, shipped: 'sweeps', tellingKeys: tellingKeys.sweep, read: planOf },
});
