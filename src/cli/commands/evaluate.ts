/** `lowbit evaluate`: declaration of the command and its options. */
import { outputOptions, workloadOptions, type CommandRecord, type OptionRecord } from '../command.js';

export const evaluate: CommandRecord = {
  command: 'evaluate',
  describe: 'a model under a scheme: perplexity against the model in float32, exact bits, errors of every layer',
  positionals: {},
  options: {
    model: { value: 'NAME|DIR', describe: 'tiny, tiny-outlier, tiny-moe, or a folder with config.json and weights, repeatable' },
    scheme: { value: 'NAME|FILE', describe: 'a scheme of `lowbit list schemes` or a YAML file, repeatable' },
    all: { type: 'boolean', describe: 'every shipped scheme that has a quantizer of weights or of the cache' },
    text: { value: 'FILE', describe: 'text to score (default: the shipped one, held out from the training of tiny)' },
    calibration: { value: 'FILE', describe: 'text for methods that look at activations (default: the shipped one)' },
    'code-exact': {
      type: 'boolean',
      describe: 'multiply integer code words as a processing element does, instead of the values read back',
    },
    windows: { value: 'N', describe: 'score only so many windows, from the start of the text' },
    out: workloadOptions['out'] as OptionRecord,
    png: workloadOptions['png'] as OptionRecord,
    ...outputOptions,
  },
  examples: [
    ['evaluate --model tiny --scheme bitmod-3b', 'what three bits cost on a small trained model'],
    ['evaluate --model tiny --model tiny-outlier --all --out accuracy', 'every scheme on both, with a page'],
    ['evaluate --model ./my-llama --scheme w4a16-g128 --windows 20 --json', 'a model of your own'],
  ],
  run: async (args) => (await import('../run/evaluate.js')).runEvaluate(args),
};
