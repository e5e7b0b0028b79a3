/**
 * Names to record: a configuration and the tensors of a file become a decoder. Files hold the names of transformers with or without the prefix of
 * the class they were saved from (`model.`, `transformer.`, `model.decoder.`).
 * Memory: every weight once in float32. Above the limit nothing is read; the default of 8 GiB is about two thousand million weights.
 */
import type { DecoderModel } from '../../decoder/decoder-model.js';
import { LowbitError } from '../../lowbit-error.js';
import { listed, readTensors, type CheckpointTensors, type WantedTensors } from './checkpoint-tensors.js';
import type { DecoderConfig, NamingScheme } from './decoder-config.js';
import { gpt2Model, gpt2Tensors } from './gpt2-names.js';
import { llamaModel, llamaTensors } from './llama-names.js';
import { optModel, optTensors } from './opt-names.js';
import type { TensorReader } from './tensor-reader.js';

interface Naming {
  readonly wanted: (config: DecoderConfig) => WantedTensors;
  readonly model: (config: DecoderConfig, tensors: CheckpointTensors, prefix: string) => DecoderModel;
  /** Prefixes a file may put before the names; the longest first. */
  readonly prefixes: readonly string[];
  /** The embedding: where it is found tells the prefix. */
  readonly embedding: string;
  /** What stands before the number of a layer. */
  readonly layer: string;
}

const namings: Readonly<Record<NamingScheme, Naming>> = {
  llama: { wanted: llamaTensors, model: llamaModel, prefixes: ['model.', ''], embedding: 'embed_tokens.weight', layer: 'layers.' },
  gpt2: { wanted: gpt2Tensors, model: gpt2Model, prefixes: ['transformer.', ''], embedding: 'wte.weight', layer: 'h.' },
  opt: {
    wanted: optTensors,
    model: optModel,
    prefixes: ['model.decoder.', 'decoder.', ''],
    embedding: 'embed_tokens.weight',
    layer: 'layers.',
  },
};

/** Bytes of the weights in float32 that are read unless another limit is given. */
const DEFAULT_LIMIT_BYTES = 8 * 2 ** 30;

/** Bytes of the weights of a configuration in float32; from one layer and two experts, since a damaged configuration can name any number of both. */
export function weightBytes(config: DecoderConfig): number {
  const { layers, experts } = config;
  const ofFew = (few: number, count: number): number => {
    const part = { ...config, layers: few, ...(experts === undefined ? {} : { experts: { ...experts, count } }) };
    const shapes = Object.values(namings[config.naming].wanted(part));
    return 4 * shapes.reduce((sum, shape) => sum + shape.reduce((product, size) => product * size, 1), 0);
  };
  const outside = ofFew(0, 1);
  const layer = ofFew(1, 1) - outside;
  const expert = experts === undefined ? 0 : ofFew(1, 2) - outside - layer;
  return outside + layers * (layer + ((experts?.count ?? 1) - 1) * expert);
}

/** The decoder of a file. Throws LowbitError: too large, another naming scheme, tensors missing or of another shape. */
export async function assembleDecoder(
  config: DecoderConfig,
  reader: TensorReader,
  limit_bytes = DEFAULT_LIMIT_BYTES,
): Promise<{ readonly model: DecoderModel; readonly notes: readonly string[] }> {
  const naming = namings[config.naming];
  const bytes = weightBytes(config);
  if (bytes > limit_bytes) {
    throw new LowbitError(`the weights take ${gibibytes(bytes)} GiB in float32, more than the limit of ${gibibytes(limit_bytes)} GiB`, {
      value: config.name,
      place: reader.path,
      remedy: 'the forward pass is meant for small models; take a smaller one or raise the limit',
    });
  }
  const prefix = naming.prefixes.find((candidate) => reader.shapeOf(candidate + naming.embedding) !== undefined);
  if (prefix === undefined) {
    throw new LowbitError(`unknown naming scheme: the file has ${listed(reader.names.slice(0, 3))}`, {
      place: reader.path,
      allowed: naming.prefixes.map((candidate) => candidate + naming.embedding),
      remedy: `a ${config.naming} checkpoint has the names of Hugging Face transformers`,
    });
  }
  checkLayers(config, reader, prefix + naming.layer);
  // A file with a head of its own is not tied, whatever its configuration leaves unsaid.
  const own = reader.shapeOf('lm_head.weight') !== undefined;
  const actual = { ...config, tiedEmbeddings: config.tiedEmbeddings && !own };
  const tensors = await readTensors(reader, prefix, naming.wanted(actual));
  const { others } = tensors;
  const notes = others.length === 0 ? [] : [`not in the forward pass, though in the file: ${listed(others)}`];
  return { model: naming.model(actual, tensors, prefix), notes };
}

/** A file of fewer tensors than layers or experts cannot hold them, and what it holds of further layers would be left out without a word. */
function checkLayers({ layers, experts }: DecoderConfig, { names, path }: TensorReader, layerPrefix: string): void {
  const remedy = 'weights and configuration must be of one model';
  const parts = layers * (experts?.count ?? 1);
  if (parts > names.length) {
    const what = experts === undefined ? `${layers} layers` : `${layers} layers of ${experts.count} experts`;
    throw new LowbitError(`the configuration says ${what}, the file has ${names.length} tensors`, { place: path, remedy });
  }
  const beyond = names.filter((name) => name.startsWith(layerPrefix) && Number.parseInt(name.slice(layerPrefix.length), 10) >= layers);
  if (beyond.length > 0) {
    throw new LowbitError(`the configuration says ${layers} layers, the file has more: ${listed(beyond.slice(0, 3))}`, {
      place: path,
      remedy,
    });
  }
}

function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
