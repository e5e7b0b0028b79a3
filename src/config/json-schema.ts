/** JSON Schema (draft 2020-12) of the files lowbit reads and the documents it prints, generated from the schemas that check them. */
import { z } from 'zod';

/**
 * Text of the JSON Schema `name`: keys in the order of the schema, two spaces, one newline at the end; the same bytes on every machine.
 * `direction` is `input` for files that are read (keys with defaults may be absent) and `output` for documents that are printed.
 */
export function jsonSchemaText(name: string, schema: z.ZodType, direction: 'input' | 'output'): string {
  const { $schema, ...body } = z.toJSONSchema(schema, { io: direction, unrepresentable: 'any' });
  const document = { $schema, $id: `${name}.schema.json`, title: `lowbit ${name}`, ...body };
  return `${JSON.stringify(document, withoutIntegerBounds, 2)}\n`;
}

/** Every integer carries the bounds of exact doubles; in a schema for people they say nothing. */
function withoutIntegerBounds(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || (value as { type?: unknown }).type !== 'integer') return value;
  const bounds = [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER];
  const isBound = ([key, bound]: [string, unknown]): boolean =>
    (key === 'maximum' || key === 'minimum') && bounds.includes(bound as number);
  return Object.fromEntries(Object.entries(value).filter((entry) => !isBound(entry)));
}
