/**
 * Whether a fit still belongs to the model: simulated microseconds of a few shapes, 5 significant digits each. Their digest stands with the fit; once a
 * formula, the kernel or the card has changed, the digest of the present model is another one and its error table describes a model of the past.
 */
import type { GemmModel } from '../gemm/gemm-cost.js';
import type { OperandBits } from './row-judgement.js';

const sizes: readonly (readonly [n: number, k: number])[] = [
  [4096, 4096],
  [1024, 8192],
  [12288, 1536],
  [16384, 16384],
];
const rows = [1, 16, 48, 128, 500, 4096] as const;

export function probeTimes(model: Pick<GemmModel, 'time_s'>, bits: OperandBits): string {
  return sizes.flatMap(([n, k]) => rows.map((m) => (model.time_s({ m, n, k, ...bits }) * 1e6).toPrecision(5))).join(' ');
}
