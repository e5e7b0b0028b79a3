/** A layer with LayerNorm, biases and no gate, as GPT-2 and OPT have it, from its products and norms. */
import type { DecoderLayer, GroupSite, Norm, Product, ProductGroup } from '../../decoder/decoder-model.js';
import type { DecoderConfig } from './decoder-config.js';

export interface ClassicParts {
  readonly attentionNorm: Norm;
  readonly feedForwardNorm: Norm;
  /** q, k, v */
  readonly input: readonly Product[];
  readonly output: Product;
  readonly up: Product;
  readonly down: Product;
}

export function classicLayer({ heads, kvHeads, headDim, activation }: DecoderConfig, i: number, parts: ClassicParts): DecoderLayer {
  const group = (site: GroupSite, ...products: readonly Product[]): ProductGroup => ({ name: `${i}.${site}`, site, steps: [], products });
  return {
    attentionNorm: parts.attentionNorm,
    attention: { heads, kvHeads, headDim, input: group('attention-in', ...parts.input), output: group('attention-out', parts.output) },
    feedForwardNorm: parts.feedForwardNorm,
    feedForward: {
      perToken: 1,
      experts: [{ activation, gated: false, input: group('feed-forward-in', parts.up), output: group('feed-forward-out', parts.down) }],
    },
  };
}
