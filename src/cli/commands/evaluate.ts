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
    'calibration-tokens': {
      value: 'N',
      describe: 'how much of it is used, in whole windows spread evenly (default: 8,192, and at least twice the widest product)',
    },
    'code-exact': {
      type: 'boolean',
      describe: 'multiply integer code words as a processing element does, instead of the values read back',
    },
    windows: { value: 'N', describe: 'score only so many windows, from the start of the text' },
    out: { value: 'DIR', describe: 'folder of the page, its charts and tables, and of every evaluation as soon as it is made' },
    resume: { type: 'boolean', describe: 'go on with what is in the folder: evaluations of the same inputs are not made again' },
    jobs: {
      value: 'N',
      describe:
        'worker threads (default: all cores for a model that ships, else 1; each holds the model); the result does not depend on it',
    },
    png: workloadOptions['png'] as OptionRecord,
    ...outputOptions,
  },
  examples: [
    ['evaluate --model tiny --scheme bitmod-3b', 'what three bits cost on a small trained model'],
    ['evaluate --model tiny --model tiny-outlier --all --out accuracy', 'every scheme on both, with a page'],
    ['evaluate --model tiny --model tiny-outlier --all --out accuracy --resume', 'go on after Ctrl-C, a crash or a power cut'],
    ['evaluate --model ./my-llama --scheme w4a16-g128 --windows 20 --json', 'a model of your own'],
  ],
  run: async (args) => (await import('../run/evaluate.js')).runEvaluate(args),
};
