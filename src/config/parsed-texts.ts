/**
 * Values of the shipped configuration files as they were parsed when the package was built (parsed-texts.json beside the built module):
 * loading the YAML parser and parsing three files would take a third of the time of a simulation. The key is the whole text of a file, so a
 * text that was changed after the build is not found and is parsed. Run from source there is no such file, and everything is parsed.
 */
import { readFileSync } from 'node:fs';

let values: Readonly<Record<string, unknown>> | undefined;

/** The plain value of a text that ships with lowbit, or undefined for every other text. */
export function parsedText(text: string): unknown {
  values ??= readValues();
  return Object.hasOwn(values, text) ? values[text] : undefined;
}

function readValues(): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(readFileSync(new URL('./parsed-texts.json', import.meta.url), 'utf8')) as Record<string, unknown>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
