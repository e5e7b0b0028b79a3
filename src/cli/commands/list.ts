/** `lowbit list`: declaration of the command and its options. */
import type { CommandRecord } from '../command.js';

export const list: CommandRecord = {
  command: 'list [kind]',
  describe:
    'what there is, with source: models, schemes, accelerators, gpus, kernels, memories, formats, quantizers, cache-quantizers, rewrites, published, timings, sweeps, studies',
  positionals: {
    kind: 'models, schemes, accelerators, gpus, kernels, memories, formats, quantizers, cache-quantizers, rewrites, published, timings, sweeps or studies; all without it',
  },
  options: {
    errors: { type: 'boolean', describe: 'with gpus: errors of the shipped fits against measured latencies' },
    json: { type: 'boolean', describe: 'print one JSON document on stdout' },
  },
  examples: [
    ['list accelerators', 'the accelerators that ship with lowbit'],
    ['list gpus --errors', 'how far the GPU models are from measured latencies'],
    ['list models --json', 'the networks, for a script'],
  ],
  run: async (args) => {
    if (args['errors'] === true) (await import('../run/list-errors.js')).runListErrors(args);
    else (await import('../run/list.js')).runList(args);
  },
};
