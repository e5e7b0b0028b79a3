/**
 * Writer of safetensors files: header first, then one tensor after the other, each asked for when its turn comes, so that memory holds one.
 * The header is padded with spaces to a multiple of 8 bytes, tensors lie in the order given, without holes (format description of safetensors).
 */
import { writeFileAtomically } from '../atomic-file.js';
import { LENGTH_BYTES } from './header.js';
import { hostIsLittleEndian } from '../stored-element.js';

/** What one written tensor is; float32 or plain bytes (code words, packed scales). */
export interface WrittenTensor {
  readonly name: string;
  readonly dtype: 'F32' | 'U8';
  readonly shape: readonly number[];
  /** Called once, in order; the result must have as many elements as `shape`. */
  readonly data: () => Float32Array | Uint8Array | Promise<Float32Array | Uint8Array>;
}

/**
 * Writes `tensors` to `path`, which appears whole or not at all. `metadata` is stored as `__metadata__`.
 * Throws LowbitError when the file cannot be written, Error (a defect of the caller) when data and shape disagree or a name repeats.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly WrittenTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeFileAtomically(path, parts(tensors, metadata));
}

async function* parts(tensors: readonly WrittenTensor[], metadata: Readonly<Record<string, string>>): AsyncGenerator<Uint8Array> {
  yield headerOf(tensors, metadata);
  for (const tensor of tensors) yield bytesOf(tensor, await tensor.data());
}

function headerOf(tensors: readonly WrittenTensor[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const header = new Map<string, unknown>(Object.keys(metadata).length === 0 ? [] : [['__metadata__', metadata]]);
  let begin = 0;
  for (const tensor of tensors) {
    if (header.has(tensor.name) || tensor.name === '__metadata__') throw new Error(`tensor name ${tensor.name} is already taken`);
    const end = begin + elementsOf(tensor) * (tensor.dtype === 'F32' ? 4 : 1);
    header.set(tensor.name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [begin, end] });
    begin = end;
  }
  // Built by hand: an object would move names that look like integers to the front.
  const json = Buffer.from(`{${[...header].map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(',')}}`);
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(LENGTH_BYTES + length, ' ');
  bytes.writeBigUInt64LE(BigInt(length));
  json.copy(bytes, LENGTH_BYTES);
  return bytes;
}

function elementsOf(tensor: WrittenTensor): number {
  return tensor.shape.reduce((product, dimension) => product * dimension, 1);
}

function bytesOf(tensor: WrittenTensor, data: Float32Array | Uint8Array): Uint8Array {
  if (data.length !== elementsOf(tensor) || data instanceof Float32Array !== (tensor.dtype === 'F32')) {
    throw new Error(
      `tensor ${tensor.name}: ${data.constructor.name} of ${data.length} does not fill ${tensor.dtype} [${tensor.shape.join(', ')}]`,
    );
  }
  return data instanceof Uint8Array ? data : littleEndian(data);
}

function littleEndian(data: Float32Array): Uint8Array {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return hostIsLittleEndian ? bytes : Buffer.from(bytes).swap32();
}
