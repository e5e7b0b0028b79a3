/**
 * A folder with config.json and safetensors, or a GGUF file, as a decoder that runs; weights stored in blocks or packed are read back to float32.
 * Left out: safetensors outside of a folder with a config.json.
 */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readDocument } from '../config/document.js';
import { readText, shownFile } from '../config/files.js';
import type { DecoderModel } from '../decoder/decoder-model.js';
import { fileError } from '../tensors/file-error.js';
import { huggingFaceModel } from '../tensors/gguf/hugging-face.js';
import { openWeights, type WeightSource } from '../tensors/weight-source.js';
import { assembleDecoder, weightBytes } from './checkpoint/assemble.js';
import { decoderConfig, type DecoderConfig } from './checkpoint/decoder-config.js';
import type { TensorReader } from './checkpoint/tensor-reader.js';

/** A decoder read from its files. */
export interface LoadedDecoder {
  readonly model: DecoderModel;
  /** Where config.json lies (of a GGUF file: where it lies); a tokenizer.json lies beside it. */
  readonly folder: string;
  /** Of the weights in float32. */
  readonly weight_bytes: number;
  readonly notes: readonly string[];
}

/** The decoder in a folder, or whose weights are this file. Throws LowbitError saying what is wrong with configuration or weights. */
export async function loadDecoder(path: string, { limit_bytes }: { readonly limit_bytes?: number } = {}): Promise<LoadedDecoder> {
  const stats = await stat(path).catch((error: unknown) => {
    throw fileError('cannot read', path, error);
  });
  const folder = stats.isDirectory() ? path : dirname(path);
  const source = await openWeights(path);
  try {
    const { config, reader } = source.metadata === undefined ? fromFolder(source, folder) : fromGguf(source);
    const { model, notes } = await assembleDecoder(config, reader, limit_bytes);
    return { model, folder, weight_bytes: weightBytes(config), notes: [...config.notes, ...notes] };
  } finally {
    await source.close();
  }
}

interface Checkpoint {
  readonly config: DecoderConfig;
  readonly reader: TensorReader;
}

/** Configuration from the config.json of the folder, tensors under their own names. */
function fromFolder(source: WeightSource, folder: string): Checkpoint {
  const file = join(folder, 'config.json');
  const config = decoderConfig(readDocument(readText(file), shownFile(file)), file);
  const shapes = new Map(source.tensors.map(({ name, shape }) => [name, shape]));
  const reader: TensorReader = {
    path: source.path,
    names: [...shapes.keys()],
    shapeOf: (name) => shapes.get(name),
    read: (name) => source.readFloats(name),
  };
  return { config, reader };
}

/** Configuration from the keys of the file, tensors under the names of Hugging Face. */
function fromGguf(source: WeightSource): Checkpoint {
  const { config, tensors } = huggingFaceModel(source);
  return { config: decoderConfig({ value: config, place: () => source.path }, source.path), reader: tensors };
}
