/** `lowbit calibrate`: declaration of the command and its options. */
import { outputOptions, type CommandRecord } from '../command.js';

export const calibrate: CommandRecord = {
  command: 'calibrate',
  describe: 'fits the physical parameters of a GPU kernel to measured latencies, with errors on shapes not seen',
  positionals: {},
  options: {
    hw: { value: 'NAME|FILE', describe: 'a GPU of `lowbit list gpus`, or a YAML file' },
    measured: {
      value: 'FILE.csv',
      describe:
        'measured GEMMs with the header gpu,op,m,n,k,dtype,latency_us,source, or decode attention with gpu,op,batch_size,seq,num_heads,num_key_value_heads,head_dim,kv_dtype,latency_us,source',
    },
    dtype: {
      value: 'TYPE',
      describe: 'rows of this type: bf16, fp16, w4a16, w8a16, w8a8, fp8 or nvfp4; of attention, the cache: bf16, fp16, fp8, int8 or int4',
    },
    kernel: { value: 'NAME|FILE', describe: 'kernel that was measured; default: the one that simulate takes for the type' },
    profile: {
      value: 'NAME',
      describe:
        'the machine that was measured, when it is not kernel time on a healthy card: its launch time, clock and board power are fitted, the kernel is held if it has a fit',
    },
    gpu: { value: 'NAME', describe: 'name of the card in the file; default: the one that is like --hw' },
    out: {
      value: 'F.yaml',
      describe: 'write the parameters with provenance and errors; what the file has of other kernels and machines stays',
    },
    folds: {
      value: 'N',
      describe: 'parts of the cross validation over (n,k) pairs, of attention over numbers of heads (default 5; 0: none)',
    },
    check: { type: 'boolean', describe: 'no fit: errors of the parameters that simulate takes' },
    set: { value: 'PATH=VALUE', describe: 'override a key of the card, repeatable; fitted=NAME|FILE takes the parameters of another card' },
    seed: { value: 'N', describe: 'of the search (default 0)' },
    ...outputOptions,
  },
  examples: [
    ['calibrate --hw a100-80gb-sxm --measured gemm.csv --dtype bf16 --out a100.yaml', 'fit, cross-validate and write'],
    ['simulate --hw a100-80gb-sxm --set fitted=a100.yaml --layers layers.csv', 'simulate with the result'],
    ['calibrate --hw a100-80gb-sxm --measured gemm.csv --dtype bf16 --check', 'how far the shipped parameters are from your card'],
    ['calibrate --hw a100-80gb-sxm --measured attn_decode.csv --out a100.yaml', 'decode attention, told by its header'],
    ['calibrate --hw a100-80gb-sxm --measured vidur.csv --profile vidur', 'launch time, clock and board power of another machine'],
  ],
  run: async (args) => (await import('../run/calibrate.js')).runCalibrate(args),
};
