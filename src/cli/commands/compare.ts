/** `lowbit compare`: declaration of the command and its options. */
import { outputOptions, workloadOptions, type CommandRecord } from '../command.js';

export const compare: CommandRecord = {
  command: 'compare',
  describe: 'designs side by side: speed-up and energy against the first',
  positionals: {},
  options: {
    hw: {
      value: 'A,B,C',
      describe:
        'accelerators and GPUs, the first is the baseline; --scheme, --quantizer, --kernel and --profile take a list in the same order',
    },
    ...workloadOptions,
    ...outputOptions,
  },
  examples: [
    ['compare --hw fp16,ant,olive,bitmod --model llama-2-7b --scheme fp16,ant-4b,olive-4b,bitmod-4b', 'each with its own scheme'],
    ['compare --hw a100-80gb-sxm,h100-sxm,bitmod --model llama-2-7b --scheme fp16,fp16,bitmod-4b', 'GPUs and an accelerator'],
    ['compare --hw fp16,bitmod --model phi-2 --scheme bitmod-3b --phase decode --out reports/phi', 'one scheme, a report in a folder'],
  ],
  run: async (args) => (await import('../run/compare.js')).runCompare(args),
};
