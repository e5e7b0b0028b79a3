/**
 * Part of the build: parses every shipped configuration file and writes the values to dist/config/parsed-texts.json, by the whole text of the file.
 * With it the built program need not load the YAML parser for names of the catalogue; a file changed since is parsed as ever.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const output = fileURLToPath(new URL('../dist/config/parsed-texts.json', import.meta.url));

/** Needs the compiled dist/config. */
export async function writeParsedTexts() {
  rmSync(output, { force: true });
  const { readDocument } = await import('../dist/config/document.js');
  const { catalogueFile, catalogueKinds, catalogueNames, readText } = await import('../dist/config/files.js');
  const files = catalogueKinds.flatMap((kind) => catalogueNames(kind).map((name) => catalogueFile(kind, name)));
  const values = files.map((file) => {
    const text = readText(file);
    return [text, readDocument(text, file).value];
  });
  writeFileSync(output, JSON.stringify(Object.fromEntries(values)));
}
