/**
 * The tensors of a GGUF file as weights, under the names of the file. Roles: 2 dimensions linear, [n, k] (embedding tables `other`), 3 dimensions
 * stacked matrices of experts [blocks, n, k], 4 dimensions a convolution.
 * Llama files hold attn_q and attn_k with the rows of each head interleaved, row 2 j + h for row h * headDim / 2 + j, h = 0, 1, as their rotary
 * embedding wants them; they are put back here, so that weights are those of the original model (conversion script of llama.cpp, facts).
 */
import { LowbitError } from '../../lowbit-error.js';
import type { StoredTensors, TensorInfo } from '../stored-tensors.js';
import type { WeightLayout } from '../weight-layout.js';
import type { GgufEntry } from './header.js';
import type { GgufMetadata, GgufValue } from './metadata.js';
import type { GgufFile } from './reader.js';

const EMBEDDING = /^(token_embd|position_embd|token_types)\b/;
/** Rotary tensors of the architecture whose files interleave them. */
const INTERLEAVED = /^blk\.(\d+)\.attn_([qk])\.(?:weight|bias)$/;

/** Tensors in the order of the file. Throws LowbitError when heads and rows of an attention matrix do not go together. */
export function ggufTensors(file: GgufFile): StoredTensors {
  const entries = new Map(file.entries.map((entry) => [entry.name, entry]));
  const heads = new Map(file.entries.map((entry) => [entry.name, interleavedHeads(entry, file)]));
  return {
    tensors: file.entries.map(infoOf),
    metadata: file.metadata,
    async readFloats(name) {
      const entry = entries.get(name);
      if (entry === undefined) throw new Error(`no tensor ${name} in ${file.path}`);
      const values = await file.readFloats(entry);
      const count = heads.get(name);
      return count === undefined ? values : withoutInterleaving(values, entry, count);
    },
    close: () => file.close(),
  };
}

/** A number of the metadata, which may be one for all layers or one for each. */
function layerNumber(metadata: GgufMetadata, key: string, layer: number): number | undefined {
  const value: GgufValue | undefined = metadata.get(key);
  if (typeof value === 'number') return value;
  const found = value instanceof Float64Array ? value[layer] : undefined;
  return found;
}

/** Heads whose rows are interleaved; undefined when the rows lie as in the model. */
function interleavedHeads({ name, shape }: GgufEntry, { metadata, path }: GgufFile): number | undefined {
  const [, layer, letter] = INTERLEAVED.exec(name) ?? [];
  if (layer === undefined || metadata.get('general.architecture') !== 'llama') return undefined;
  const all = layerNumber(metadata, 'llama.attention.head_count', Number(layer));
  const heads = letter === 'q' ? all : (layerNumber(metadata, 'llama.attention.head_count_kv', Number(layer)) ?? all);
  const rows = shape[0] ?? 0;
  if (heads !== undefined && Number.isInteger(heads) && heads > 0 && rows % (2 * heads) === 0) return heads;
  throw new LowbitError(`the ${rows} rows of the tensor do not divide into pairs of that many heads`, {
    value: heads ?? 'llama.attention.head_count is missing',
    place: `${path}, tensor ${name}`,
    remedy: 'the file is damaged or was written by a faulty tool; fetch or convert it again',
  });
}

function withoutInterleaving(values: Float32Array, { shape }: GgufEntry, heads: number): Float32Array {
  const rows = shape[0] ?? 0;
  const width = values.length / rows;
  const half = rows / heads / 2;
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    const inHead = row % (2 * half);
    const from = row - inHead + 2 * (inHead % half) + Math.floor(inHead / half);
    out.set(values.subarray(from * width, (from + 1) * width), row * width);
  }
  return out;
}

function infoOf({ name, shape, type, elements }: GgufEntry): TensorInfo {
  const storedBits = (type.bytes * 8) / type.elements;
  const common = { name, shape, dtype: type.name, transposed: false, storedBits };
  const reason = whyNotQuantizable(shape, elements, type.decode === undefined ? type.name : undefined);
  if (reason !== undefined) return { ...common, role: 'other', reason };
  const [first = 1, second = 1, ...rest] = shape;
  if (shape.length === 3) return { ...common, role: 'linear', layout: { blocks: first, n: second, k: rest[0] ?? 1, transposed: false } };
  const taps = rest.reduce((product, dimension) => product * dimension, 1);
  const layout: WeightLayout = { blocks: 1, n: first, k: second * taps, transposed: false };
  if (shape.length > 3) return { ...common, role: 'conv', layout };
  return { ...common, role: EMBEDDING.test(name) ? 'other' : 'linear', layout };
}

function whyNotQuantizable(shape: readonly number[], elements: number, integerType: string | undefined): string | undefined {
  if (integerType !== undefined) return `${integerType} is no floating-point type`;
  if (shape.length < 2) return 'it is a vector, no matrix';
  return elements === 0 ? 'it is empty' : undefined;
}
