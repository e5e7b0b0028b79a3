/** `lowbit validate`: declaration of the command and its options. */
import { outputOptions, type CommandRecord } from '../command.js';

export const validate: CommandRecord = {
  command: 'validate [files..]',
  describe: 'check files of every kind that is read (see `lowbit schema`); everything that ships without arguments',
  positionals: { files: 'YAML or JSON files' },
  options: outputOptions,
  examples: [['validate my-accelerator.yaml', 'every problem with file, line and column']],
  run: async (args) => {
    (await import('../run/validate.js')).runValidate(args);
  },
};
