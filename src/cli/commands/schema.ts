/** `lowbit schema`: declaration of the command and its options. */
import type { CommandRecord } from '../command.js';

export const schema: CommandRecord = {
  command: 'schema [name]',
  describe: 'JSON Schema of an input file or an output document; the names without it',
  positionals: { name: 'accelerator, model, scheme, trace, simulate, ...' },
  options: {},
  examples: [['schema accelerator', 'what an accelerator file may say']],
  run: async (args) => {
    (await import('../run/schema.js')).runSchema(args);
  },
};
