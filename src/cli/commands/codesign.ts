/** `lowbit codesign`: declaration of the command and its options. */
import { outputOptions, workloadOptions, type CommandRecord, type OptionRecord } from '../command.js';

export const codesign: CommandRecord = {
  command: 'codesign <study>',
  describe: 'formats per layer chosen together with hardware: the front of accuracy against latency, energy, memory and area',
  positionals: { study: 'a study file, or a name of hw-configs/codesign' },
  options: {
    out: {
      value: 'DIR',
      describe: 'folder of page, codesign.json, schemes of the front, and measurements that a second run takes from there',
    },
    jobs: { value: 'N', describe: 'worker threads that measure (default: what the machine has); the result does not depend on it' },
    png: workloadOptions['png'] as OptionRecord,
    ...outputOptions,
  },
  examples: [
    ['codesign tiny-bitmod --out reports/codesign', 'the shipped study: three formats per matrix of the tiny model'],
    ['codesign study.yaml --out reports/study --json', 'a study of your own, as one document'],
    ['simulate --hw bitmod --model models/tiny --scheme reports/codesign/schemes/tiny-bitmod-p1.yaml', 'a chosen scheme again'],
  ],
  run: async (args) => (await import('../run/codesign.js')).runCodesign(args),
};
