/**
 * The tensors of safetensors files as weights. The file knows shapes only, so roles follow the conventions of PyTorch modules:
 *   2 dimensions          linear, [n, k]; embedding tables (by name) are role `other`
 *   3 dimensions          a convolution [OC, IC, width] when the name says so or the width is at most 16, otherwise stacked matrices [blocks, n, k]
 *   4 or 5 dimensions     convolution [OC, IC / groups, spatial...]
 * Left out: modules that store [k, n] (GPT-2's Conv1D, transposed convolutions): the file cannot tell; they are read as [n, k].
 */
import type { SafetensorsEntry } from './header.js';
import type { SafetensorsFile } from './reader.js';
import { whyNotFloat } from '../stored-element.js';
import type { WeightLayout } from '../weight-layout.js';
import type { StoredTensors, TensorInfo } from '../stored-tensors.js';

const EMBEDDING = /(embed|wte|wpe|position|token_type)[^.]*(\.weight)?$/;
const MAX_KERNEL_WIDTH = 16;

/** Tensors in the order of the file (of the index, for shards). */
export function safetensorsTensors(file: SafetensorsFile): StoredTensors {
  const entries = new Map(file.entries.map((entry) => [entry.name, entry]));
  return {
    tensors: file.entries.map(infoOf),
    readFloats(name) {
      const entry = entries.get(name);
      if (entry === undefined) throw new Error(`no tensor ${name} in ${file.path}`);
      return file.readFloats(entry);
    },
    close: () => file.close(),
  };
}

function infoOf(entry: SafetensorsEntry): TensorInfo {
  const { name, shape, dtype } = entry;
  const common = { name, shape, dtype, transposed: false };
  const reason = whyNotQuantizable(entry);
  if (reason !== undefined) return { ...common, role: 'other', reason };
  const [first = 1, second = 1, ...rest] = shape;
  const taps = rest.reduce((product, dimension) => product * dimension, 1);
  const isStack = shape.length === 3 && taps > MAX_KERNEL_WIDTH && !name.includes('conv');
  const layout: WeightLayout = isStack
    ? { blocks: first, n: second, k: taps, transposed: false }
    : { blocks: 1, n: first, k: second * taps, transposed: false };
  if (shape.length > 2 && !isStack) return { ...common, role: 'conv', layout };
  return { ...common, role: EMBEDDING.test(name) ? 'other' : 'linear', layout };
}

function whyNotQuantizable({ shape, dtype }: SafetensorsEntry): string | undefined {
  const notFloat = whyNotFloat(dtype);
  if (notFloat !== undefined) return notFloat;
  if (shape.length < 2) return shape.length === 0 ? 'it is a single number' : 'it is a vector, no matrix';
  if (shape.length > 5) return `it has ${shape.length} dimensions`;
  return shape.includes(0) ? 'it is empty' : undefined;
}
