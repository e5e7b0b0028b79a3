/**
 * What the weight matrices of a decoder are called in schemes and studies, whatever its file calls them and whether there is one:
 * `model.layers.<i>.self_attn.{q,k,v,o}_proj`, `model.layers.<i>.mlp.{gate_proj,up_proj,down_proj}` or `.{fc1,fc2}`, of experts
 * `model.layers.<i>.mlp.experts.<e>.*`. Source: the names of Llama checkpoints (Hugging Face, modeling_llama.py); experts, fc1 and fc2 under `mlp`
 * are ours. `model.layers.<i>.mlp.router` and `lm_head` have names too, and stay floats in a forward pass.
 */
import type { DecoderLayer, DecoderModel, FeedForward, ProductGroup } from './decoder-model.js';

/** Stands for the number of a layer, and for that of an expert, in names of all layers. */
export const LAYER_MARK = '#';
export const EXPERT_MARK = '@';

/** Products that read one input, by name. */
export interface NamedGroup {
  readonly group: ProductGroup;
  /** One for each product in order. */
  readonly names: readonly string[];
}

/** The groups of a decoder in the order they are computed. */
export function namedGroups({ layers }: Pick<DecoderModel, 'layers'>): NamedGroup[] {
  return layers.flatMap(groupsOf);
}

/** Names that stand for matrices which stay floats. */
export function floatNames({ layers }: Pick<DecoderModel, 'layers'>): string[] {
  const routers = layers.flatMap(({ feedForward }, i) => (feedForward.router === undefined ? [] : [`model.layers.${i}.mlp.router`]));
  return [...routers, 'lm_head'];
}

function groupsOf({ attention, feedForward }: DecoderLayer, index: number): NamedGroup[] {
  const at = `model.layers.${index}`;
  const named = (group: ProductGroup, path: string, names: readonly string[]): NamedGroup => ({
    group,
    names: names.map((name) => `${at}.${path}.${name}`),
  });
  const expert = ({ gated, input, output }: FeedForward, e: number): NamedGroup[] => {
    const path = feedForward.router === undefined ? 'mlp' : `mlp.experts.${e}`;
    return [named(input, path, gated ? ['gate_proj', 'up_proj'] : ['fc1']), named(output, path, [gated ? 'down_proj' : 'fc2'])];
  };
  return [
    named(attention.input, 'self_attn', ['q_proj', 'k_proj', 'v_proj']),
    named(attention.output, 'self_attn', ['o_proj']),
    ...feedForward.experts.flatMap(expert),
  ];
}
