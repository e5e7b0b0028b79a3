/**
 * NormalFloat formats NF-b: quantiles of a standard normal, scaled to [-1, 1], with an exact zero; code = rank of the level.
 * Formula, p = 0.9677083: negative levels are the quantiles of linspace(1-p, 1/2, 2^(b-1)) without its last, the others those of
 * linspace(1/2, p, 2^(b-1)+1); all divided by the largest. Source: QLoRA, NeurIPS 2023, appendix E (NF4 as float32 there);
 * NF2, NF3 and NF8 (LQ-LoRA, ICLR 2024, with the same p) follow from the same formula. The levels of up to 4 bits are constants, those of 8 bits
 * quantiles from this project's own distribution function: no machine's quantile function matters.
 * Nearest level by midpoints, tie to the lower one. Left out: data-driven levels.
 */
import { normalQuantile } from '../numeric/normal-distribution.js';
import type { ElementFormat } from './element-format.js';
import { nearestValueFormat } from './nearest-value.js';

/** p of the formula. */
const OUTERMOST = 0.9677083;

const levels: Readonly<Record<2 | 3 | 4, readonly number[]>> = {
  2: [-1, 0, 0.33791524171829224, 1],
  3: [-1, -0.4786292, -0.2171418, 0, 0.16093020141124725, 0.33791524171829224, 0.5626170039176941, 1],
  4: [
    -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0,
    0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
    0.7229568362236023, 1,
  ],
};

/** The formula as it stands. */
function quantileLevels(bits: number): number[] {
  const half = 2 ** (bits - 1);
  const largest = normalQuantile(OUTERMOST);
  const below = Array.from({ length: half - 1 }, (_, i) => 1 - OUTERMOST + ((OUTERMOST - 0.5) * i) / (half - 1));
  const from = Array.from({ length: half + 1 }, (_, i) => 0.5 + ((OUTERMOST - 0.5) * i) / half);
  return [...below, ...from].map((probability) => normalQuantile(probability) / largest);
}

/** NF2, NF3, NF4 or NF8. */
export function normalFloat(bits: 2 | 3 | 4 | 8): ElementFormat {
  const head = {
    name: `nf${bits}`,
    bits,
    description: `normal-float, ${2 ** bits} quantiles of a Gaussian in [-1, 1]`,
    source: 'QLoRA, NeurIPS 2023, appendix E',
  };
  return nearestValueFormat(head, Float64Array.from(bits === 8 ? quantileLevels(bits) : levels[bits], Math.fround), 'down');
}
