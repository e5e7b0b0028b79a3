/** A file given to the option of another kind: told what it is and which option takes it, instead of every key it lacks. */
import { extname } from 'node:path';
import { isFileName, readText, shownFile } from '../config/files.js';
import { LowbitError } from '../lowbit-error.js';
import { fileKindOf } from './telling-keys.js';

/** What a file of each kind is, and where it goes. */
const kinds = {
  accelerator: { is: 'an accelerator', goesTo: 'give it to --hw' },
  gpu: { is: 'a GPU', goesTo: 'give it to --hw' },
  kernel: { is: 'a GPU kernel', goesTo: 'give it to --kernel' },
  model: { is: 'a model', goesTo: 'give it to --model' },
  scheme: { is: 'a quantization scheme', goesTo: 'give it to --scheme' },
  trace: { is: 'a layer trace', goesTo: 'give it to --trace' },
  layers: { is: 'a table of layers', goesTo: 'give it to --layers' },
  weights: { is: 'a file of tensors', goesTo: 'give it to --weights, with --quantizer' },
  memory: { is: 'a memory', goesTo: '--set dram.preset=NAME takes one of `lowbit list memories`' },
  published: { is: 'a published table', goesTo: '`lowbit reproduce` takes its id' },
} as const;
type InputKind = keyof typeof kinds;

const kindOfExtension: Readonly<Record<string, InputKind>> = { '.csv': 'layers', '.onnx': 'weights', '.safetensors': 'weights' };

/** The error for a file that could not be read as `wanted`: the given one, unless the file is of another kind. */
export function misplaced(wanted: InputKind, file: string, error: unknown): unknown {
  const found = error instanceof LowbitError ? kindOf(file) : undefined;
  if (found === undefined || found === wanted) return error;
  const { is, goesTo } = kinds[found];
  return new LowbitError(`this is ${is}, not ${kinds[wanted].is}`, { value: shownFile(file), remedy: goesTo });
}

/** undefined: no file, standard input (it has no second time), or of no kind that shows. */
function kindOf(file: string): InputKind | undefined {
  const byExtension = kindOfExtension[extname(file).toLowerCase()];
  if (byExtension !== undefined || file === '-' || !isFileName(file)) return byExtension;
  try {
    const name = fileKindOf(readText(file), file);
    return Object.hasOwn(kinds, name) ? (name as InputKind) : undefined;
  } catch (error) {
    if (error instanceof LowbitError) return undefined;
    throw error;
  }
}
