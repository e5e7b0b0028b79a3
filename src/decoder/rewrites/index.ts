/** The rewrites by name: the table of contents of this folder. */
import { awq } from './awq.js';
import { blockHadamard } from './block-hadamard.js';
import { hadamard } from './hadamard.js';
import { outlierPermutation } from './outlier-permutation.js';
import type { Rewrite } from './rewrite.js';
import { smoothAttention } from './smooth-attention.js';
import { smoothquantPlus } from './smoothquant-plus.js';
import { smoothquant } from './smoothquant.js';

/** Every rewrite by its name. */
export const rewrites: Readonly<Record<string, Rewrite>> = Object.freeze({
  smoothquant,
  'smoothquant-plus': smoothquantPlus,
  awq,
  hadamard,
  'block-hadamard': blockHadamard,
  'smooth-attention': smoothAttention,
  'outlier-permutation': outlierPermutation,
});
