/** What `lowbit list` shows of the files that ship: every one of a kind is opened. */
import { join } from 'node:path';
import type { z } from 'zod';
import { configKinds } from './config-kinds.js';
import { catalogueFile, catalogueNames, readText, shownFile } from './files.js';
import { parseConfig } from './parse-config.js';
import { installedModels } from './trained-models.js';

/** One line of `lowbit list`. */
export interface CatalogueEntry {
  readonly name: string;
  readonly kind: string;
  readonly source: string;
  readonly description: string;
  readonly file: string;
}

const singular = { accelerators: 'accelerator', memories: 'memory', models: 'model', schemes: 'scheme' } as const;

/** Everything of a kind that ships with lowbit, in the order of names. */
export function listCatalogue(kind: keyof typeof singular): CatalogueEntry[] {
  const schema: z.ZodType<{ source?: string | undefined; description?: string | undefined }> = configKinds[singular[kind]].schema;
  const described = catalogueNames(kind).map((name) => {
    const file = catalogueFile(kind, name);
    const { source = '', description = '' } = parseConfig(readText(file), shownFile(file), schema);
    return { name, kind: singular[kind], source, description, file };
  });
  return kind === 'models' ? [...described, ...trainedEntries()].sort((a, b) => (a.name < b.name ? -1 : 1)) : described;
}

function trainedEntries(): CatalogueEntry[] {
  return installedModels().map(({ name, description, folder }) => {
    return { name, kind: singular.models, source: 'docs/tiny-model.md', description, file: join(folder, 'config.json') };
  });
}
