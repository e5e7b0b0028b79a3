/**
 * Whether a fit still belongs to the model: simulated microseconds of a few shapes, 5 significant digits each. Their digest stands with the fit; once a
 * formula, the kernel or the card has changed, the digest of the present model is another one and its error table describes a model of the past.
 */
import type { AttentionShape } from '../attention/attention-shape.js';
import type { GemmModel } from '../gemm/gemm-cost.js';
import type { OperandBits } from './dtype-formats.js';
import type { TimedModel } from './fit-subject.js';

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

const caches: readonly (readonly [heads: number, keys: number])[] = [
  [32, 64],
  [32, 16384],
  [512, 1024],
  [4096, 300],
];
/** Decode of heads with keys of their own and of shared ones, and prefill. */
const queries = [1, 4, 2048] as const;
const HEAD = 128;

export function probeAttention({ time_s }: Pick<TimedModel<AttentionShape>, 'time_s'>, kv_bits: number): string {
  const shapes = caches.flatMap(([heads, keys]) =>
    queries.map((rows) => ({ heads, rows, keys, headDim: HEAD, query_bits: 16, kv_bits, output_bits: 16 })),
  );
  return shapes.map((shape) => (time_s(shape) * 1e6).toPrecision(5)).join(' ');
}
