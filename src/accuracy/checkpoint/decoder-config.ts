/**
 * A decoder's configuration as the forward pass needs it, from a Hugging Face config.json. Sizes are read by config/hugging-face.ts; here come the
 * keys that change no shape. Keys and defaults: transformers, configuration_<model_type>.py and modeling_<model_type>.py.
 * Left out, with an error: scaled rotary embeddings, norms behind the sublayers (OPT-350m), embeddings of another width (the same), bloom and phi.
 */
import { z } from 'zod';
import { checkValue } from '../../config/check-value.js';
import type { ConfigDocument } from '../../config/document.js';
import { fromHuggingFace } from '../../config/hugging-face.js';
import type { FeedForward } from '../../decoder/decoder-model.js';
import { LowbitError } from '../../lowbit-error.js';
import { isDecoder, type DecoderModel as DecoderShape } from '../../trace/model/model-config.js';

/** Names of the tensors and the form of the blocks. */
export const namingSchemes = ['llama', 'gpt2', 'opt'] as const;
export type NamingScheme = (typeof namingSchemes)[number];

export interface DecoderConfig {
  readonly name: string;
  readonly naming: NamingScheme;
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  /** Longest window. */
  readonly context: number;
  readonly activation: FeedForward['activation'];
  readonly normEpsilon: number;
  /** Base of the rotary embedding; learned positions have none. */
  readonly rotaryBase?: number;
  readonly tiedEmbeddings: boolean;
  /** Biases of q, k and v; of o; of the feed-forward products. */
  readonly bias: { readonly input: boolean; readonly output: boolean; readonly feedForward: boolean };
  readonly experts?: { readonly count: number; readonly perToken: number };
  readonly notes: readonly string[];
}

const activations: Readonly<Record<string, FeedForward['activation']>> = {
  silu: 'silu',
  swish: 'silu',
  relu: 'relu',
  gelu: 'gelu',
  gelu_new: 'gelu-tanh',
  gelu_fast: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
};

const activationKey = z.enum(Object.keys(activations) as [string, ...string[]]).nullish();
const flag = z.boolean().nullish();
const positive = z.number().positive().nullish();
const rotaryKeys = z.looseObject({ rope_type: z.string().nullish(), type: z.string().nullish(), rope_theta: positive }).nullish();

/** The keys read here; everything else passes. */
const runtimeSchema = z.looseObject({
  hidden_act: activationKey,
  activation_function: activationKey,
  rms_norm_eps: positive,
  layer_norm_epsilon: positive,
  rope_theta: positive,
  rope_scaling: rotaryKeys,
  rope_parameters: rotaryKeys,
  sliding_window: z.int().positive().nullish(),
  use_sliding_window: flag,
  attention_bias: flag,
  mlp_bias: flag,
  enable_bias: flag,
  tie_word_embeddings: flag,
  scale_attn_weights: flag,
  scale_attn_by_inverse_layer_idx: flag,
  _remove_final_layer_norm: flag,
});
type Runtime = z.infer<typeof runtimeSchema>;

/** What transformers assumes when max_position_embeddings is absent (Llama); also where windows of rotary models end unless asked otherwise. */
const DEFAULT_CONTEXT = 2048;

const namings: Readonly<Partial<Record<DecoderShape['family'], NamingScheme>>> = {
  llama: 'llama',
  mistral: 'llama',
  mixtral: 'llama',
  qwen2: 'llama',
  gpt2: 'gpt2',
  opt: 'opt',
};

/** The configuration a config.json describes. Throws LowbitError for keys that are wrong, and for what the forward pass does not do. */
export function decoderConfig(document: ConfigDocument, file: string): DecoderConfig {
  const { config: shape, notes } = fromHuggingFace(document, file);
  const naming = isDecoder(shape) ? namings[shape.family] : undefined;
  if (!isDecoder(shape) || naming === undefined) {
    throw new LowbitError('models of this kind have shapes but no forward pass', {
      value: shape.family,
      place: document.place(['model_type']),
      allowed: Object.keys(namings),
    });
  }
  const runtime = checkValue(document.value, runtimeSchema, { file, place: (path) => document.place(path) });
  refuseWhatIsLeftOut(shape, runtime, document);
  const window = runtime.use_sliding_window === false ? undefined : (runtime.sliding_window ?? undefined);
  return {
    name: shape.name,
    naming,
    layers: shape.layers,
    hidden: shape.hidden,
    heads: shape.heads,
    kvHeads: shape.kvHeads ?? shape.heads,
    headDim: shape.headDim ?? shape.hidden / shape.heads,
    feedForward: shape.feedForward,
    vocabulary: shape.vocabulary,
    context: Math.min(shape.maxPositions ?? DEFAULT_CONTEXT, window ?? Infinity),
    ...behaviour[naming](runtime, shape),
    ...(shape.experts === undefined ? {} : { experts: { count: shape.experts, perToken: shape.expertsPerToken ?? 1 } }),
    notes: window === undefined ? notes : [...notes.filter((note) => !note.startsWith('sliding window')), windowNote(window)],
  };
}

const windowNote = (window: number): string =>
  `windows are cut to the ${window} keys of the sliding window, where both are the same function`;

type Behaviour = Pick<DecoderConfig, 'activation' | 'normEpsilon' | 'rotaryBase' | 'tiedEmbeddings' | 'bias'>;

const behaviour: Readonly<Record<NamingScheme, (runtime: Runtime, shape: DecoderShape) => Behaviour>> = {
  llama: (runtime, { family }) => ({
    activation: activations[runtime.hidden_act ?? 'silu'] ?? 'silu',
    normEpsilon: runtime.rms_norm_eps ?? 1e-6,
    rotaryBase: runtime.rope_theta ?? runtime.rope_parameters?.rope_theta ?? 10_000,
    tiedEmbeddings: runtime.tie_word_embeddings === true,
    bias: {
      input: family === 'qwen2' || runtime.attention_bias === true,
      output: family === 'llama' && runtime.attention_bias === true,
      feedForward: family === 'llama' && runtime.mlp_bias === true,
    },
  }),
  gpt2: (runtime) => ({
    activation: activations[runtime.activation_function ?? 'gelu_new'] ?? 'gelu-tanh',
    normEpsilon: runtime.layer_norm_epsilon ?? 1e-5,
    tiedEmbeddings: runtime.tie_word_embeddings !== false,
    bias: { input: true, output: true, feedForward: true },
  }),
  opt: (runtime) => ({
    activation: activations[runtime.activation_function ?? 'relu'] ?? 'relu',
    normEpsilon: 1e-5,
    tiedEmbeddings: runtime.tie_word_embeddings !== false,
    bias: { input: runtime.enable_bias !== false, output: runtime.enable_bias !== false, feedForward: runtime.enable_bias !== false },
  }),
};

function refuseWhatIsLeftOut(shape: DecoderShape, runtime: Runtime, document: ConfigDocument): void {
  const refuse = (what: string, key: string, value: unknown): never => {
    throw new LowbitError(`${what} is not in the forward pass`, {
      value,
      place: document.place([key]),
      remedy: 'choose a model without it',
    });
  };
  for (const key of ['rope_scaling', 'rope_parameters'] as const) {
    const type = runtime[key]?.rope_type ?? runtime[key]?.type ?? 'default';
    if (type !== 'default') refuse('a scaled rotary embedding', key, type);
  }
  if (shape.embeddingWidth !== undefined)
    refuse('an embedding of another width than the layers', 'word_embed_proj_dim', shape.embeddingWidth);
  if (shape.finalNorm === false) refuse('a norm behind each sublayer', 'do_layer_norm_before', false);
  if (runtime._remove_final_layer_norm === true) refuse('a model without final norm', '_remove_final_layer_norm', true);
  if (runtime.scale_attn_weights === false) refuse('attention without its scale', 'scale_attn_weights', false);
  if (runtime.scale_attn_by_inverse_layer_idx === true) refuse('attention scaled by the layer', 'scale_attn_by_inverse_layer_idx', true);
}
