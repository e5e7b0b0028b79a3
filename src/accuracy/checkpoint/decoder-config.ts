/**
 * A decoder's configuration as the forward pass needs it, from a Hugging Face config.json. Sizes are read by config/hugging-face.ts; here come the
 * keys that change no shape. Keys and defaults: transformers, configuration_<model_type>.py and modeling_<model_type>.py.
 * Left out, with an error: rotary embeddings scaled in other ways than linear and llama3, norms behind the sublayers (OPT-350m), embeddings of another width (the same), bloom and phi.
 */
import { z } from 'zod';
import { checkValue } from '../../config/check-value.js';
import type { ConfigDocument } from '../../config/document.js';
import { fromHuggingFace } from '../../config/hugging-face.js';
import type { FeedForward, Rotary } from '../../decoder/decoder-model.js';
import { LowbitError } from '../../lowbit-error.js';
import { isDecoder, type DecoderModel as DecoderShape } from '../../trace/model/model-config.js';

/** Names of the tensors and the form of the blocks. */
export type NamingScheme = 'llama' | 'gpt2' | 'opt';

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
  /** Absent where positions are learned. */
  readonly rotary?: Rotary;
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
const rotaryKeys = z
  .looseObject({
    rope_type: z.string().nullish(),
    type: z.string().nullish(),
    rope_theta: positive,
    factor: positive,
    low_freq_factor: positive,
    high_freq_factor: positive,
    original_max_position_embeddings: positive,
  })
  .nullish();

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
  const rotary = naming === 'llama' ? rotaryOf(runtime, document) : undefined;
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
    ...(rotary === undefined ? {} : { rotary }),
    ...(shape.experts === undefined ? {} : { experts: { count: shape.experts, perToken: shape.expertsPerToken ?? 1 } }),
    notes: window === undefined ? notes : [...notes.filter((note) => !note.startsWith('sliding window')), windowNote(window)],
  };
}

const windowNote = (window: number): string =>
  `windows are cut to the ${window} keys of the sliding window, where both are the same function`;

type Behaviour = Pick<DecoderConfig, 'activation' | 'normEpsilon' | 'tiedEmbeddings' | 'bias'>;

const behaviour: Readonly<Record<NamingScheme, (runtime: Runtime, shape: DecoderShape) => Behaviour>> = {
  llama: (runtime, { family }) => ({
    activation: activations[runtime.hidden_act ?? 'silu'] ?? 'silu',
    normEpsilon: runtime.rms_norm_eps ?? 1e-6,
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
  if (shape.embeddingWidth !== undefined)
    refuse('an embedding of another width than the layers', 'word_embed_proj_dim', shape.embeddingWidth);
  if (shape.finalNorm === false) refuse('a norm behind each sublayer', 'do_layer_norm_before', false);
  if (runtime._remove_final_layer_norm === true) refuse('a model without final norm', '_remove_final_layer_norm', true);
  if (runtime.scale_attn_weights === false) refuse('attention without its scale', 'scale_attn_weights', false);
  if (runtime.scale_attn_by_inverse_layer_idx === true) refuse('attention scaled by the layer', 'scale_attn_by_inverse_layer_idx', true);
}

const DEFAULT_ROTARY_BASE = 10_000;

/** Keys of newer files are gathered in rope_parameters; older ones have rope_theta and rope_scaling. */
function rotaryOf(runtime: Runtime, document: ConfigDocument): Rotary {
  const key = runtime.rope_parameters === undefined || runtime.rope_parameters === null ? 'rope_scaling' : 'rope_parameters';
  const given = runtime[key] ?? {};
  const base = runtime.rope_theta ?? given.rope_theta ?? DEFAULT_ROTARY_BASE;
  const kind = given.rope_type ?? given.type ?? 'default';
  const scaling = kind === 'default' ? undefined : scalingOf(kind, given);
  if (scaling !== null) return { base, ...(scaling === undefined ? {} : { scaling }) };
  throw new LowbitError('a rotary embedding is scaled in an unknown way, or without the factors that takes', {
    value: kind,
    place: document.place([key]),
    allowed: ['linear with factor', 'llama3 with factor, low_freq_factor, high_freq_factor and original_max_position_embeddings'],
  });
}

/** Null for a kind that is not known, and for one without its factors. */
function scalingOf(kind: string, given: NonNullable<Runtime['rope_scaling']>): NonNullable<Rotary['scaling']> | null {
  const { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: original } = given;
  if (kind === 'linear' && factor) return { kind, factor };
  if (kind !== 'llama3' || !factor || !low || !high || !original) return null;
  return { kind, factor, lowFrequency: low, highFrequency: high, originalContext: original };
}
