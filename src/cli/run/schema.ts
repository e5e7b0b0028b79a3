/** `lowbit schema`: JSON Schema of the input files and output documents. */
import { documentSchema, documentSchemaNames } from '../schemas.js';
import { single } from '../arguments.js';
import type { Arguments } from '../command.js';

export function runSchema(args: Arguments): void {
  const name = single('name', args['name']);
  process.stdout.write(name === undefined ? `${documentSchemaNames.join('\n')}\n` : documentSchema(name));
}
