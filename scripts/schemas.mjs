/**
 * Writes the JSON Schemas of all input files and output documents to hw-configs/schema/NAME.schema.json, for editors and other tools.
 * They are what `lowbit schema NAME` prints. `--check` writes nothing and fails when a file is missing, stale or left over.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { documentSchema, documentSchemaNames } from '../dist/cli/schemas.js';

const folder = fileURLToPath(new URL('../hw-configs/schema/', import.meta.url));
const checking = process.argv.includes('--check');
mkdirSync(folder, { recursive: true });

const wanted = new Map(documentSchemaNames.map((name) => [`${name}.schema.json`, documentSchema(name)]));
const present = new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));

for (const file of new Set([...wanted.keys(), ...present.keys()])) {
  const text = wanted.get(file);
  if (text === present.get(file)) continue;
  if (checking) {
    const fault = text === undefined ? 'left over' : present.has(file) ? 'stale' : 'missing';
    console.error(`hw-configs/schema/${file} is ${fault}: run \`npm run build && node scripts/schemas.mjs\``);
    process.exitCode = 1;
  } else if (text === undefined) rmSync(join(folder, file));
  else writeFileSync(join(folder, file), text);
}
