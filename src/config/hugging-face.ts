/**
 * A Hugging Face `config.json` as a model description. The keys of each model_type and the values its configuration class assumes when a key is
 * absent or null follow the public configuration classes (transformers, configuration_<model_type>.py).
 * Left out: what changes no shape (activation function, rotary base, dropout), sliding windows and stored quantization, both named in a note.
 */
import { basename, dirname, extname } from 'node:path';
import { LowbitError, nearestNames } from '../lowbit-error.js';
import { modelSchema, type ModelConfig } from '../trace/model/model-config.js';
import { checkValue } from './check-value.js';
import type { ConfigDocument, Path } from './document.js';

type Values = Readonly<Record<string, unknown>>;

interface Field {
  /** Keys of the file, the first that is there wins. */
  readonly keys: readonly string[];
  /** Value when none is there; absent: the key is required; a function that returns undefined leaves the field out. */
  readonly otherwise?: (values: Values) => unknown;
  /** From the value of the file to ours. */
  readonly convert?: (value: unknown, values: Values) => unknown;
}

interface Family {
  readonly family: ModelConfig['family'];
  readonly fields: Readonly<Record<string, Field>>;
}

const nothing = (): undefined => undefined;
const required = (...keys: string[]): Field => ({ keys });
const optional = (...keys: string[]): Field => ({ keys, otherwise: nothing });
const times = (factor: number, ...keys: string[]): ((values: Values) => unknown) => {
  return (values) => {
    const size = keys.map((key) => values[key]).find((value) => typeof value === 'number');
    return size === undefined ? undefined : factor * size;
  };
};

const decoder: Family['fields'] = {
  layers: required('num_hidden_layers'),
  hidden: required('hidden_size'),
  heads: required('num_attention_heads'),
  feedForward: required('intermediate_size'),
  vocabulary: required('vocab_size'),
  maxPositions: optional('max_position_embeddings'),
  tiedEmbeddings: optional('tie_word_embeddings'),
};
const groupedQueries: Family['fields'] = { ...decoder, kvHeads: optional('num_key_value_heads'), headDim: optional('head_dim') };
const encoderDecoder: Family['fields'] = {
  encoderLayers: required('encoder_layers'),
  decoderLayers: required('decoder_layers'),
  hidden: required('d_model'),
  heads: required('encoder_attention_heads'),
  feedForward: required('encoder_ffn_dim'),
  vocabulary: required('vocab_size'),
};
const labels = (value: unknown): unknown => (typeof value === 'object' && value !== null ? Object.keys(value).length : value);

const families: Readonly<Record<string, Family>> = {
  llama: {
    family: 'llama',
    fields: {
      ...groupedQueries,
      bias: { keys: ['attention_bias'], otherwise: nothing, convert: (on) => (on === true ? 'qkv' : undefined) },
    },
  },
  mistral: { family: 'mistral', fields: groupedQueries },
  mixtral: {
    family: 'mixtral',
    fields: { ...groupedQueries, experts: required('num_local_experts'), expertsPerToken: required('num_experts_per_tok') },
  },
  qwen2: { family: 'qwen2', fields: groupedQueries },
  phi: { family: 'phi', fields: { ...decoder, kvHeads: optional('num_key_value_heads') } },
  opt: {
    family: 'opt',
    fields: {
      ...decoder,
      feedForward: required('ffn_dim'),
      embeddingWidth: {
        keys: ['word_embed_proj_dim'],
        otherwise: nothing,
        convert: (width, values) => (width === values['hidden_size'] ? undefined : width),
      },
      finalNorm: { keys: ['do_layer_norm_before'], otherwise: nothing, convert: (before) => (before === false ? false : undefined) },
    },
  },
  gpt2: {
    family: 'gpt2',
    fields: {
      layers: required('n_layer'),
      hidden: required('n_embd'),
      heads: required('n_head'),
      feedForward: { keys: ['n_inner'], otherwise: times(4, 'n_embd') },
      vocabulary: required('vocab_size'),
      maxPositions: required('n_positions', 'n_ctx'),
      tiedEmbeddings: optional('tie_word_embeddings'),
    },
  },
  bloom: {
    family: 'bloom',
    fields: {
      layers: required('n_layer', 'num_hidden_layers'),
      hidden: required('hidden_size', 'n_embed'),
      heads: required('n_head', 'num_attention_heads'),
      feedForward: { keys: ['n_inner'], otherwise: times(4, 'hidden_size', 'n_embed') },
      vocabulary: required('vocab_size'),
      maxPositions: optional('seq_length'),
    },
  },
  bert: {
    family: 'bert',
    fields: {
      layers: required('num_hidden_layers'),
      hidden: required('hidden_size'),
      heads: required('num_attention_heads'),
      feedForward: required('intermediate_size'),
      vocabulary: required('vocab_size'),
      maxPositions: required('max_position_embeddings'),
      tokenTypes: optional('type_vocab_size'),
    },
  },
  vit: {
    family: 'vit',
    fields: {
      layers: required('num_hidden_layers'),
      hidden: required('hidden_size'),
      heads: required('num_attention_heads'),
      feedForward: required('intermediate_size'),
      image: required('image_size'),
      patch: required('patch_size'),
      channels: optional('num_channels'),
      classes: { keys: ['id2label', 'num_labels'], convert: labels },
    },
  },
  bart: { family: 'bart', fields: { ...encoderDecoder, maxPositions: required('max_position_embeddings') } },
  whisper: { family: 'whisper', fields: { ...encoderDecoder, maxPositions: required('max_target_positions') } },
};

/** Whether a document is a Hugging Face configuration and not a model description of lowbit's own. */
export function isHuggingFace(value: unknown, file: string): boolean {
  if (typeof value !== 'object' || value === null || Object.hasOwn(value, 'family')) return false;
  return Object.hasOwn(value, 'model_type') || extname(file) === '.json';
}

/** The model a `config.json` describes. Throws LowbitError: model_type missing or not supported, keys missing or of the wrong kind, with their places. */
export function fromHuggingFace(
  document: ConfigDocument,
  file: string,
): { readonly config: ModelConfig; readonly notes: readonly string[] } {
  if (typeof document.value !== 'object' || document.value === null) {
    throw new LowbitError('a config.json holds one object', {
      value: document.value,
      place: document.place([]),
      remedy: 'the file is empty or damaged; fetch it again',
    });
  }
  const values = document.value as Values;
  const type = values['model_type'];
  const supported = Object.keys(families);
  if (typeof type !== 'string' || !Object.hasOwn(families, type)) {
    const near = typeof type === 'string' ? nearestNames(type, supported) : [];
    throw new LowbitError(type === undefined ? 'missing model_type' : 'unsupported model_type', {
      ...(type === undefined ? {} : { value: type }),
      place: document.place(['model_type']),
      allowed: supported,
      remedy:
        near.length > 0
          ? `did you mean ${near.join(' or ')}?`
          : 'describe the network in a model YAML file instead (`lowbit schema model`)',
    });
  }
  const { family, fields } = families[type] as Family;
  const candidate: Record<string, unknown> = { name: modelName(values, file), family, source: `Hugging Face config.json: ${file}` };
  for (const [name, field] of Object.entries(fields)) {
    const value = fieldValue(field, values, document);
    if (value !== undefined) candidate[name] = value;
  }
  if (type === 'whisper') candidate['audio'] = whisperAudio(values, document);
  const place = (path: Path): string => document.place(huggingFacePath(path, fields, values));
  return { config: checkValue(candidate, modelSchema, { file, place }), notes: notesOf(values) };
}

function fieldValue(field: Field, values: Values, document: ConfigDocument): unknown {
  const key = field.keys.find((name) => values[name] !== undefined && values[name] !== null);
  if (key !== undefined) return field.convert === undefined ? values[key] : field.convert(values[key], values);
  if (field.otherwise !== undefined) return field.otherwise(values);
  throw new LowbitError('missing key', {
    value: field.keys.join(' or '),
    place: document.place([]),
    remedy: `a ${String(values['model_type'])} config.json must hold it`,
  });
}

/** The encoder's second convolution halves the frames: 1500 positions come from 3000 of them. */
function whisperAudio(values: Values, document: ConfigDocument): unknown {
  const positions = fieldValue(required('max_source_positions'), values, document);
  const frames = typeof positions === 'number' ? 2 * positions : positions;
  return { melBins: fieldValue(required('num_mel_bins'), values, document), frames };
}

function huggingFacePath(path: Path, fields: Family['fields'], values: Values): Path {
  const field = fields[String(path[0])];
  return field === undefined ? path : [field.keys.find((name) => Object.hasOwn(values, name)) ?? ''];
}

/** `org/Model-7B` -> `Model-7B`; without it the folder of config.json, or the file's own name. */
function modelName(values: Values, file: string): string {
  const own = values['_name_or_path'];
  const stem = basename(file, extname(file));
  const folder = basename(dirname(file));
  const name = typeof own === 'string' && own !== '' ? basename(own) : stem === 'config' && folder !== '.' ? folder : stem;
  return name.replace(/[^\w.-]/g, '-') || 'model';
}

function notesOf(values: Values): string[] {
  const notes: string[] = [];
  if (typeof values['sliding_window'] === 'number' && values['use_sliding_window'] !== false) {
    notes.push(`sliding window of ${values['sliding_window']} keys is not modelled: attention sees the whole context`);
  }
  if (values['quantization_config'] !== undefined)
    notes.push('quantization_config of the file is not used: the scheme says how the model is quantized');
  if (values['attention_bias'] === true) notes.push('attention_bias: the bias of the output projection is left out of the weight count');
  return notes;
}
