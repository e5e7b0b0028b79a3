/** `lowbit simulate`: declaration of the command and its options. */
import { outputOptions, workloadOptions, type CommandRecord } from '../command.js';

export const simulate: CommandRecord = {
  command: 'simulate',
  describe: 'one design on one workload: latency, energy and area, every cycle and picojoule by cause',
  positionals: {},
  options: {
    hw: { value: 'NAME|FILE', describe: 'an accelerator or GPU of `lowbit list`, a YAML file, or a .cfg of SCALE-Sim' },
    ...workloadOptions,
    timeline: { value: 'FILE', describe: 'GPUs: thread blocks of one layer on the SMs, as .json for ui.perfetto.dev or as .svg' },
    layer: { value: 'NAME', describe: 'with --timeline: the layer, when there are several' },
    ...outputOptions,
  },
  examples: [
    ['simulate --hw bitmod --model llama-3-8b --scheme bitmod-4b --phase decode --context 1024', 'one token of Llama-3-8B'],
    ['simulate --hw bitmod --weights net.onnx --quantizer bitmod --input-shape x=1,3,48,320', 'a real network'],
    ['simulate --hw fp16 --layers layers.csv --set array.rows=64 --json', 'own shapes on a changed array'],
    ['simulate --hw a100-80gb-sxm --layers layers.csv --profile aiconfigurator', 'GEMMs on a GPU, kernels by formats'],
    ['simulate --hw scale.cfg --layers topology.csv', 'files of SCALE-Sim as they are'],
  ],
  run: async (args) => (await import('../run/simulate.js')).runSimulate(args),
};
