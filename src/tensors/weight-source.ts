/**
 * One way to the weights of any file: what tensors there are, which can be quantized, and each as a matrix with rows = output channels.
 * Recognised by extension and, without a known one, by the first bytes: a .safetensors file, a safetensors index (.json), a folder that
 * holds either, an .onnx model, a .gguf file.
 */
import { open, readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { LowbitError, unknownName } from '../lowbit-error.js';
import type { Matrix } from '../numeric/matrix.js';
import { fileError } from './file-error.js';
import type { GgufMetadata } from './gguf/metadata.js';
import type { OnnxGraph } from './onnx/reader.js';
import type { StoredTensors, TensorInfo } from './stored-tensors.js';
import type { WeightLayout } from './weight-layout.js';
import { toMatrix, toStored } from './weight-layout.js';

export type { TensorInfo } from './stored-tensors.js';

/** File formats that hold weights. */
export type WeightFormat = 'safetensors' | 'onnx' | 'gguf';

/** The weights of one model, opened; `close` it when done. */
export interface WeightSource {
  readonly path: string;
  readonly format: WeightFormat;
  readonly tensors: readonly TensorInfo[];
  readonly graph?: OnnxGraph;
  /** The keys of a GGUF file. */
  readonly metadata?: GgufMetadata;
  /** Rows = output channels, columns = inputs, in float32; NaN and infinities are kept. Throws LowbitError for unknown or unquantizable names. */
  readMatrix(name: string): Promise<Matrix>;
  /** float32 values of any float tensor in stored order. */
  readFloats(name: string): Promise<Float32Array>;
  /** Data of that matrix back in the order of the file, for writing under the original shape. */
  restore(name: string, data: Float32Array): Float32Array;
  /** Releases the file. */
  close(): Promise<void>;
}

/** Opens weights of any known format. Throws LowbitError saying what is wrong with the file, or which formats are known. */
export async function openWeights(path: string): Promise<WeightSource> {
  const { format, file } = await locate(path);
  const stored = await openers[format](file);
  const infos = new Map(stored.tensors.map((tensor) => [tensor.name, tensor]));
  const layoutOf = (name: string): WeightLayout => {
    const info = infos.get(name);
    if (info === undefined) throw unknownTensor(name, [...infos.keys()], path);
    if (info.layout === undefined) throw new LowbitError(`the tensor cannot be quantized: ${info.reason}`, { value: name, place: path });
    return info.layout;
  };
  return {
    path,
    format,
    tensors: stored.tensors,
    ...(stored.graph === undefined ? {} : { graph: stored.graph }),
    ...(stored.metadata === undefined ? {} : { metadata: stored.metadata }),
    async readMatrix(name) {
      const layout = layoutOf(name);
      return toMatrix(await stored.readFloats(name), layout);
    },
    readFloats: (name) => stored.readFloats(name),
    restore: (name, data) => toStored(data, layoutOf(name)),
    close: () => stored.close(),
  };
}

/** Models have hundreds of tensors: the list of all of them would bury the message. */
function unknownTensor(name: string, names: readonly string[], path: string): LowbitError {
  if (names.length <= 20) return unknownName('tensor', name, names, path);
  const { details } = unknownName('tensor', name, names, path);
  return new LowbitError('unknown tensor', {
    value: name,
    place: path,
    remedy: details.remedy ?? `the file has ${names.length} tensors; leave the name out to see them`,
  });
}

async function openOnnx(file: string): Promise<StoredTensors> {
  const [{ readOnnx }, { onnxTensors }] = await Promise.all([import('./onnx/reader.js'), import('./onnx/tensor-list.js')]);
  return onnxTensors(await readOnnx(file));
}

async function openTensorFile(path: string): Promise<StoredTensors> {
  const { safetensorsTensors } = await import('./safetensors/tensor-list.js');
  const isIndex = extname(path) === '.json';
  const file = isIndex
    ? await (await import('./safetensors/shards.js')).openShardedSafetensors(path)
    : await (await import('./safetensors/reader.js')).openSafetensors(path);
  const tensors = safetensorsTensors(file);
  if (!file.entries.some(({ name }) => name.endsWith('.qweight'))) return tensors;
  try {
    const { withPackedWeights } = await import('./safetensors/packed-weights.js');
    return await withPackedWeights(file, tensors);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openGgufFile(file: string): Promise<StoredTensors> {
  const [{ openGguf }, { ggufTensors }] = await Promise.all([import('./gguf/reader.js'), import('./gguf/tensor-list.js')]);
  const opened = await openGguf(file);
  try {
    return ggufTensors(opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

const openers: Readonly<Record<WeightFormat, (file: string) => Promise<StoredTensors>>> = {
  onnx: openOnnx,
  safetensors: openTensorFile,
  gguf: openGgufFile,
};

interface Located {
  readonly format: WeightFormat;
  readonly file: string;
}

async function locate(path: string): Promise<Located> {
  const stats = await stat(path).catch((error: unknown) => {
    throw fileError('cannot read', path, error);
  });
  if (stats.isDirectory()) return locateInFolder(path);
  const extension = extname(path).toLowerCase();
  if (extension === '.onnx') return { format: 'onnx', file: path };
  if (extension === '.gguf') return { format: 'gguf', file: path };
  if (extension === '.safetensors' || extension === '.json') return { format: 'safetensors', file: path };
  return { format: await formatByContent(path), file: path };
}

async function locateInFolder(folder: string): Promise<Located> {
  const names = (await readdir(folder)).sort();
  const found = (ending: string): string[] => names.filter((name) => name.endsWith(ending));
  const indexes = found('.safetensors.index.json');
  const candidates = indexes.length > 0 ? indexes : [...found('.safetensors'), ...found('.onnx'), ...found('.gguf')];
  const preferred = candidates.find(
    (name) => name === 'model.safetensors.index.json' || name === 'model.safetensors' || name === 'model.onnx',
  );
  const [only] = candidates;
  if (only === undefined)
    throw new LowbitError('no weights in the folder', {
      value: folder,
      remedy: 'it must hold a .safetensors file (with its index, when there are several), an .onnx or a .gguf file',
    });
  if (preferred === undefined && candidates.length > 1) {
    throw new LowbitError('the folder holds several weight files and no index', {
      value: folder,
      allowed: candidates,
      remedy: 'give the path of one of them',
    });
  }
  const name = preferred ?? only;
  const format = name.endsWith('.onnx') ? 'onnx' : name.endsWith('.gguf') ? 'gguf' : 'safetensors';
  return { format, file: join(folder, name) };
}

/** A safetensors header is JSON behind 8 bytes of length; an ONNX model starts with the field of its format version; GGUF has a magic. */
async function formatByContent(path: string): Promise<Located['format']> {
  const first = new Uint8Array(9);
  const handle = await open(path, 'r');
  const { bytesRead } = await handle.read(first, 0, first.length, 0).finally(() => handle.close());
  if (bytesRead === first.length && first[8] === 0x7b) return 'safetensors';
  if (bytesRead > 2 && first[0] === 0x08 && (first[1] ?? 0) < 32) return 'onnx';
  if (Buffer.from(first.subarray(0, 4)).toString('latin1') === 'GGUF') return 'gguf';
  throw new LowbitError('neither safetensors, ONNX nor GGUF', {
    value: path,
    allowed: ['FILE.safetensors', 'model.safetensors.index.json', 'a folder with them', 'FILE.onnx', 'FILE.gguf'],
  });
}
