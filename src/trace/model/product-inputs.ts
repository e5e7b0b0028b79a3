/** Which products of a network read the same input: q, k and v of an attention (of a cross attention k and v alone), gate and up of a feed-forward block. */
import { productNames, type WeightMatrix } from './weight-matrices.js';

/** Names by input, in the order of the matrices. */
export function productInputs(matrices: readonly WeightMatrix[]): string[][] {
  const found = new Map<string, string[]>();
  for (const name of matrices.flatMap(productNames)) {
    const input = inputOf(name);
    const names = found.get(input);
    if (names === undefined) found.set(input, [name]);
    else names.push(name);
  }
  return [...found.values()];
}

function inputOf(name: string): string {
  return name
    .replace(/self_attn\.[qkv]_proj$/, 'self_attn.in')
    .replace(/cross_attn\.[kv]_proj$/, 'cross_attn.in')
    .replace(/(gate|up)_proj$/, 'in');
}
