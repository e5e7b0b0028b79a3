/** What a command of lowbit is: a record that declares; the work is imported only when the command runs. */
import type { RawOption } from './arguments.js';

export interface OptionRecord {
  readonly describe: string;
  readonly type?: 'string' | 'boolean';
  /** Placeholder in the help, e.g. FILE. */
  readonly value?: string;
}

/** Parsed command line: positionals and options by name. */
export type Arguments = Readonly<Record<string, RawOption>>;

export interface CommandRecord {
  /** Name and positionals in yargs notation, e.g. `explain <result> [layer]`. */
  readonly command: string;
  readonly describe: string;
  readonly positionals: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, OptionRecord>>;
  /** Command line and what it shows. */
  readonly examples: readonly (readonly [string, string])[];
  run(args: Arguments): Promise<void>;
}

/** The word that calls a command. */
export function commandName(record: CommandRecord): string {
  return record.command.split(' ')[0] ?? record.command;
}

/** Options every command that prints a result takes. */
export const outputOptions: Readonly<Record<string, OptionRecord>> = {
  json: { type: 'boolean', describe: 'print one JSON document on stdout' },
  quiet: { type: 'boolean', describe: 'no progress and no notes on stderr' },
};

/** Options that name a workload, shared by simulate and compare. */
export const workloadOptions: Readonly<Record<string, OptionRecord>> = {
  model: { value: 'NAME|FILE', describe: 'a network of `lowbit list models`, a YAML file or a Hugging Face config.json' },
  scheme: { value: 'NAME|FILE', describe: 'who is quantized how: a scheme of `lowbit list schemes` or a YAML file' },
  phase: { value: 'PHASE', describe: 'prefill, decode or generate (default prefill)' },
  batch: { value: 'B', describe: 'sequences (default 1)' },
  context: { value: 'C', describe: 'prompt tokens per sequence, and the context decode attends to (default 256)' },
  tokens: { value: 'T', describe: 'generate: tokens per sequence; --weights and --trace: rows of the activation' },
  refine: { value: 'NAME', describe: 'named refinement of the workload, repeatable; no-NAME turns one off (see docs/workloads.md)' },
  weights: { value: 'FILE', describe: 'real tensors instead of a model: safetensors (also sharded) or ONNX' },
  quantizer: { value: 'NAME', describe: 'with --weights: quantizer of the weights' },
  option: { value: 'K=V', describe: 'with --weights: option of the quantizer, repeatable; see `lowbit list quantizers`' },
  calibration: { value: 'TEXT', describe: 'with --weights DIR: text for quantizers that look at the inputs of matrices' },
  tensor: { value: 'NAME', describe: 'with --weights: only this tensor, repeatable' },
  'input-shape': { value: 'X=1,3,48,320', describe: 'with --weights FILE.onnx: the graph as workload at this input shape, repeatable' },
  activation: { value: 'FORMAT', describe: 'with --weights: format of the activations, see `lowbit list formats` (default fp16)' },
  'nan-as-zero': { type: 'boolean', describe: 'with --weights: read NaN, and infinities of either sign, as 0' },
  trace: { value: 'FILE', describe: 'a layer trace (NAME.trace.json) instead of a model' },
  layers: {
    value: 'FILE',
    describe: 'a CSV with the header name,m,n,k[,count][,activation][,weight][,output], or a topology of SCALE-Sim; - for stdin',
  },
  kernel: { value: 'NAME[+NAME]', describe: 'GPUs: kernels instead of those chosen by formats (`lowbit list kernels`, or YAML files)' },
  schedule: {
    value: 'NAME',
    describe: 'GPUs: waves, static-waves, persistent or stream-k; of comet-w4ax barriered, barrier-free, remapped or decomposed',
  },
  'w4a4-share': {
    value: '0..1',
    describe: 'GPUs: share of W4A4 blocks in comet-w4ax, the rest W4A8 (default: that of the scheme, else 0.75)',
  },
  profile: { value: 'NAME', describe: 'GPUs: machine that was measured (key of `profiles` of the device file): its launch time and clock' },
  set: { value: 'PATH=VALUE', describe: 'override a key of the hardware, or with scheme. or model. in front of these, repeatable' },
  iso: { value: 'area|power|pes[=N]', describe: 'resize every array to the budget of the first design, or to N mm2, mW or PEs' },
  require: { value: 'EXPR', describe: 'constraint over the totals, e.g. "latency_s < 2 ms"; exit 1 when violated; repeatable' },
  out: { value: 'DIR', describe: 'write report, tables and charts to this folder' },
  png: { type: 'boolean', describe: 'with --out: PNG beside every SVG' },
};
