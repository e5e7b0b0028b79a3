/**
 * A folder with config.json and safetensors as a decoder that runs.
 * Left out: stored quantization (the tensors must hold floats), safetensors outside of a folder with a config.json.
 */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readDocument } from '../config/document.js';
import { readText, shownFile } from '../config/files.js';
import type { DecoderModel } from '../decoder/decoder-model.js';
import { fileError } from '../tensors/file-error.js';
import { openWeights, type WeightSource } from '../tensors/weight-source.js';
import { assembleDecoder, weightBytes } from './checkpoint/assemble.js';
import { decoderConfig } from './checkpoint/decoder-config.js';
import type { TensorReader } from './checkpoint/tensor-reader.js';

export interface LoadedDecoder {
  readonly model: DecoderModel;
  /** Where config.json lies; a tokenizer.json lies beside it. */
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
  const file = join(folder, 'config.json');
  const config = decoderConfig(readDocument(readText(file), shownFile(file)), file);
  const source = await openWeights(path);
  try {
    const model = await assembleDecoder(config, tensorReader(source), limit_bytes);
    return { model, folder, weight_bytes: weightBytes(config), notes: config.notes };
  } finally {
    await source.close();
  }
}

/** The tensors of a file of weights under their own names. */
function tensorReader(source: WeightSource): TensorReader {
  const shapes = new Map(source.tensors.map(({ name, shape }) => [name, shape]));
  return { path: source.path, names: [...shapes.keys()], shapeOf: (name) => shapes.get(name), read: (name) => source.readFloats(name) };
}
