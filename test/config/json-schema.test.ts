import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configKinds } from '../../src/config/config-kinds.js';
import { jsonSchemaText } from '../../src/config/json-schema.js';

interface Schema {
  readonly [key: string]: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
}
const schemaOf = (name: keyof typeof configKinds): Schema => JSON.parse(jsonSchemaText(name, configKinds[name].schema, 'input')) as Schema;

describe('JSON Schemas', () => {
  it('of every configuration file are draft 2020-12, named, and end in one newline', () => {
    for (const [name, { schema }] of Object.entries(configKinds)) {
      const text = jsonSchemaText(name, schema, 'input');
      expect(JSON.parse(text)).toMatchObject({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: `${name}.schema.json`,
        title: `lowbit ${name}`,
      });
      expect(text).toMatch(/[^\n]\n$/);
      expect(jsonSchemaText(name, schema, 'input')).toBe(text);
    }
  });

  it('of an accelerator refuse unknown keys and offer the mechanisms there are', () => {
    const { properties = {}, ...accelerator } = schemaOf('accelerator');
    expect(accelerator).toMatchObject({ type: 'object', additionalProperties: false });
    expect(properties['pe']?.properties?.['model']).toMatchObject({
      title: 'PE model',
      enum: expect.arrayContaining(['fp16', 'bitmod']) as string[],
    });
    expect(properties['dram']?.properties?.['preset']).toMatchObject({ enum: expect.arrayContaining(['hbm2']) as string[] });
    expect(properties['array']?.properties?.['rows']).toEqual({ type: 'integer', exclusiveMinimum: 0, maximum: 2 ** 20 });
  });

  it('of files that are read do not require what has a default; of documents that are printed they do', () => {
    const schema = z.strictObject({
      rows: z
        .int()
        .min(-(2 ** 53) + 1)
        .default(4),
      size: z.int().max(9),
    });
    expect(JSON.parse(jsonSchemaText('x', schema, 'input'))).toMatchObject({ required: ['size'] });
    expect(JSON.parse(jsonSchemaText('x', schema, 'output'))).toMatchObject({ required: ['rows', 'size'] });
  });

  it('leave out the bounds every exact integer has, and keep real ones', () => {
    const text = jsonSchemaText('x', z.strictObject({ any: z.int(), some: z.int().max(9).min(-9) }), 'input');
    expect((JSON.parse(text) as Schema).properties).toEqual({
      any: { type: 'integer' },
      some: { type: 'integer', minimum: -9, maximum: 9 },
    });
  });
});
