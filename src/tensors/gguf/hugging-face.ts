/**
 * A GGUF model as Hugging Face would hold it: the fields of config.json from the keys, and the names of transformers for the tensors. The stacked
 * matrices of experts, [experts, n, k], are given one by one. Sources: keys of the GGUF specification, names of transformers' modeling_llama.py,
 * modeling_qwen2.py and modeling_mixtral.py. Left out, with an error: other architectures than llama and qwen2, factors on rotary frequencies; the vocabulary
 * (no tokenizer.json).
 */
import { LowbitError } from '../../lowbit-error.js';
import type { WeightSource } from '../weight-source.js';
import type { GgufMetadata } from './metadata.js';

/** The tensors under Hugging Face names; `read` gives float32 values, row-major. */
export interface HuggingFaceTensors {
  readonly path: string;
  readonly names: readonly string[];
  shapeOf(name: string): readonly number[] | undefined;
  read(name: string): Promise<Float32Array>;
}

export interface HuggingFaceModel {
  /** As in config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: HuggingFaceTensors;
}

const ARCHITECTURES: readonly string[] = ['llama', 'qwen2'];

const whole: Readonly<Record<string, string>> = {
  'token_embd.weight': 'model.embed_tokens.weight',
  'output_norm.weight': 'model.norm.weight',
  'output.weight': 'lm_head.weight',
};

const ofLayer: Readonly<Record<string, string>> = {
  attn_norm: 'input_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  ffn_norm: 'post_attention_layernorm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
  ffn_gate_inp: 'block_sparse_moe.gate',
};

const ofExperts: Readonly<Record<string, string>> = { ffn_gate_exps: 'w1', ffn_down_exps: 'w2', ffn_up_exps: 'w3' };

/** Factors on the rotary frequencies, written for Llama 3.1 and later; without them every position would be wrong. */
const ROTARY_FACTORS = 'rope_freqs.weight';

/** Where a tensor of transformers lies: a tensor of the file, or one of the matrices stacked in it. */
interface Place {
  readonly stored: string;
  readonly shape: readonly number[];
  readonly slice?: number;
}

/** The model in a GGUF file. Throws LowbitError for other files, and for architectures without a mapping. */
export function huggingFaceModel(source: WeightSource): HuggingFaceModel {
  const { metadata, path } = source;
  if (metadata === undefined) throw new LowbitError('not a GGUF file', { value: path });
  const architecture = metadata.get('general.architecture');
  if (typeof architecture !== 'string' || !ARCHITECTURES.includes(architecture)) {
    throw new LowbitError('no mapping to Hugging Face names for this architecture', {
      value: String(architecture),
      place: `${path}, general.architecture`,
      allowed: ARCHITECTURES,
    });
  }
  if (source.tensors.some(({ name }) => name === ROTARY_FACTORS)) {
    throw new LowbitError('rotary frequencies in a tensor of their own are not computed', {
      value: ROTARY_FACTORS,
      place: path,
      remedy: 'take the model as safetensors, whose config.json states how they are scaled (rope_scaling)',
    });
  }
  const places = placesOf(source);
  return {
    config: configOf(metadata, architecture, {
      path,
      vocabulary: places.get('model.embed_tokens.weight')?.shape[0],
      tied: !places.has('lm_head.weight'),
    }),
    tensors: {
      path,
      names: [...places.keys()],
      shapeOf: (name) => places.get(name)?.shape,
      read: (name) => readPlace(source, places.get(name), name),
    },
  };
}

function placesOf({ tensors }: WeightSource): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const { name: stored, shape } of tensors) {
    const name = whole[stored];
    if (name !== undefined) places.set(name, { stored, shape });
    const [, layer, part = '', ending = ''] = /^blk\.(\d+)\.([a-z_]+)\.(weight|bias)$/.exec(stored) ?? [];
    const expert = ofExperts[part];
    const module = ofLayer[part];
    if (module !== undefined) places.set(`model.layers.${layer}.${module}.${ending}`, { stored, shape });
    // Without elements a file of any length can name any number of experts.
    if (expert === undefined || shape.includes(0)) continue;
    for (let slice = 0; slice < (shape[0] ?? 0); slice++) {
      places.set(`model.layers.${layer}.block_sparse_moe.experts.${slice}.${expert}.${ending}`, { stored, shape: shape.slice(1), slice });
    }
  }
  return places;
}

async function readPlace(source: WeightSource, place: Place | undefined, name: string): Promise<Float32Array> {
  if (place === undefined) throw new Error(`no tensor ${name} in ${source.path}`);
  const values = await source.readFloats(place.stored);
  if (place.slice === undefined) return values;
  const length = place.shape.reduce((product, size) => product * size, 1);
  return values.slice(place.slice * length, (place.slice + 1) * length);
}

interface Known {
  readonly path: string;
  readonly vocabulary: number | undefined;
  readonly tied: boolean;
}

function configOf(metadata: GgufMetadata, architecture: string, { path, vocabulary, tied }: Known): Record<string, unknown> {
  const optional = (key: string): number | undefined => {
    const value = metadata.get(`${architecture}.${key}`);
    return typeof value === 'number' ? value : undefined;
  };
  const required = (key: string): number => {
    const value = optional(key);
    if (value !== undefined) return value;
    throw new LowbitError('the file does not say one number of its model', {
      value: `${architecture}.${key}`,
      place: path,
      remedy: 'convert the model again with a current tool (layers of different sizes are not read)',
    });
  };
  const experts = optional('expert_count') ?? 0;
  const isMixture = experts > 0;
  const scaling = scalingOf(metadata, architecture);
  return {
    model_type: isMixture ? 'mixtral' : architecture,
    hidden_size: required('embedding_length'),
    intermediate_size: required('feed_forward_length'),
    num_hidden_layers: required('block_count'),
    num_attention_heads: required('attention.head_count'),
    num_key_value_heads: optional('attention.head_count_kv') ?? required('attention.head_count'),
    head_dim: optional('attention.key_length') ?? required('embedding_length') / required('attention.head_count'),
    max_position_embeddings: required('context_length'),
    vocab_size: vocabulary ?? required('vocab_size'),
    rms_norm_eps: required('attention.layer_norm_rms_epsilon'),
    rope_theta: optional('rope.freq_base') ?? 10_000,
    tie_word_embeddings: tied,
    ...(scaling === undefined ? {} : { rope_scaling: { rope_type: scaling } }),
    ...(isMixture ? { num_local_experts: experts, num_experts_per_tok: required('expert_used_count') } : {}),
  };
}

/** How the rotary embedding is scaled; undefined when it is not. */
function scalingOf(metadata: GgufMetadata, architecture: string): string | undefined {
  const type = metadata.get(`${architecture}.rope.scaling.type`);
  return typeof type === 'string' && type !== 'none' ? type : undefined;
}
