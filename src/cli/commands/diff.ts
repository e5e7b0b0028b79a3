/** `lowbit diff`: declaration of the command and its options. */
import { outputOptions, type CommandRecord } from '../command.js';

export const diff: CommandRecord = {
  command: 'diff <a> <b>',
  describe: 'two simulate results: which settings, layers and terms changed, and by how much',
  positionals: { a: 'JSON file of `simulate --json`', b: 'JSON file of `simulate --json`' },
  options: outputOptions,
  examples: [['diff before.json after.json', 'what a change of the design did, term by term']],
  run: async (args) => {
    (await import('../run/diff.js')).runDiff(args);
  },
};
