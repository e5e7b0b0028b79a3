/** `lowbit tour`: declaration of the command and its options. */
import { outputOptions, workloadOptions, type CommandRecord, type OptionRecord } from '../command.js';

export const tour: CommandRecord = {
  command: 'tour',
  describe: 'the main job once: quantize a trained network four ways, simulate it and Llama-2-7B, reproduce BitMoD',
  positionals: {},
  options: { out: workloadOptions['out'] as OptionRecord, png: workloadOptions['png'] as OptionRecord, ...outputOptions },
  examples: [['tour --out reports/tour', 'writes index.html there and says what it found']],
  run: async (args) => (await import('../run/tour.js')).runTour(args),
};
