/** Text of a configuration file (YAML or JSON) -> checked, typed value. */
import type { z } from 'zod';
import { checkValue } from './check-value.js';
import { readDocument } from './document.js';

/**
 * Parses and checks `text`; `file` names it in errors. Defaults of the schema are filled in.
 * Throws LowbitError with every problem: `file:line:column`, the value, what is allowed, the nearest name or the unit conversion.
 */
export function parseConfig<T>(text: string, file: string, schema: z.ZodType<T>): T {
  const document = readDocument(text, file);
  return checkValue(document.value, schema, { file, place: (path, part) => document.place(path, part) });
}
