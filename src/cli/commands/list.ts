/** `lowbit list`: declaration of the command and its options. */
import type { CommandRecord } from '../command.js';

export const list: CommandRecord = {
  command: 'list [kind]',
  describe: 'what there is, with source: models, schemes, accelerators, memories, formats, quantizers, published, timings, sweeps',
  positionals: { kind: 'models, schemes, accelerators, memories, formats, quantizers, published, timings or sweeps; all without it' },
  options: { json: { type: 'boolean', describe: 'print one JSON document on stdout' } },
  examples: [
    ['list accelerators', 'the accelerators that ship with lowbit'],
    ['list models --json', 'the networks, for a script'],
  ],
  run: async (args) => {
    (await import('../run/list.js')).runList(args);
  },
};
