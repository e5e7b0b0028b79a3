/** `lowbit quantize`: declaration of the command and its options. */
import { outputOptions, type CommandRecord } from '../command.js';

export const quantize: CommandRecord = {
  command: 'quantize <input>',
  describe: 'real tensors -> codes, error, bits per weight and a layer trace',
  positionals: { input: 'safetensors (file, index or folder) or ONNX file' },
  options: {
    quantizer: { value: 'NAME', describe: 'a quantizer of `lowbit list quantizers`' },
    option: { value: 'K=V', describe: 'option of the quantizer, repeatable, e.g. bits=4; `lowbit list quantizers` shows those of each' },
    calibration: {
      value: 'TEXT',
      describe: 'for quantizers that look at inputs: a text to run through the model, whose folder <input> is',
    },
    tensor: { value: 'NAME', describe: 'only this tensor, repeatable' },
    tokens: { value: 'M', describe: 'rows of the activation in the trace (default 1)' },
    'input-shape': { value: 'X=1,3,48,320', describe: 'ONNX: trace the whole graph at this input shape, repeatable' },
    out: { value: 'T.trace.json', describe: 'write the layer trace' },
    codes: { value: 'F.safetensors', describe: 'write codes, scales and selectors' },
    dequantized: { value: 'F.safetensors', describe: 'write the dequantized tensors as float32 under the same names' },
    'nan-as-zero': { type: 'boolean', describe: 'read NaN, and infinities of either sign, as 0' },
    ...outputOptions,
  },
  examples: [
    ['quantize model.safetensors --quantizer bitmod --option bits=4', 'error and bits of every matrix'],
    ['quantize net.onnx --quantizer olive --tokens 40 --out net.trace.json', 'a trace for simulate --trace'],
  ],
  run: async (args) => (await import('../run/quantize.js')).runQuantize(args),
};
