/** `lowbit explain`: declaration of the command and its options. */
import { outputOptions, type CommandRecord } from '../command.js';

export const explain: CommandRecord = {
  command: 'explain <result> [layer]',
  describe: 'every term of cycles and picojoules of a simulate result as formula with numbers',
  positionals: { result: 'JSON file of `simulate --json`, - for stdin', layer: 'one layer by name; all layers without it' },
  options: outputOptions,
  examples: [['explain result.json q_proj', 'where the cycles and the energy of q_proj come from']],
  run: async (args) => {
    (await import('../run/explain.js')).runExplain(args);
  },
};
