/** `lowbit reproduce`: declaration of the command and its options. */
import { outputOptions, workloadOptions, type CommandRecord, type OptionRecord } from '../command.js';

export const reproduce: CommandRecord = {
  command: 'reproduce <id>',
  describe: 'a published table with ours beside it, cell by cell',
  positionals: { id: 'a table of `lowbit list published`, or all' },
  options: {
    corrected: { type: 'boolean', describe: 'also what each known defect of the published model is worth, where one is known' },
    out: workloadOptions['out'] as OptionRecord,
    png: workloadOptions['png'] as OptionRecord,
    ...outputOptions,
  },
  examples: [
    ['reproduce bitmod', 'cycles and energies of BitMoD, HPCA 2025, figures 7 and 8'],
    ['reproduce ant --corrected', 'eight networks on six machines, and what each defect of that model is worth'],
    ['reproduce all --json', 'every published cell, for a script'],
  ],
  run: async (args) => (await import('../run/reproduce.js')).runReproduce(args),
};
