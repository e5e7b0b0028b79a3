/**
 * NormalFloat formats NF-b: quantiles of a standard normal, scaled to [-1, 1], with an exact zero; code = rank of the level.
 * Formula, p = 0.9677083: negative levels are the quantiles of linspace(1-p, 1/2, 2^(b-1)) without its last, the others those of
 * linspace(1/2, p, 2^(b-1)+1); all divided by the largest. Source: QLoRA, NeurIPS 2023, appendix E (NF4 as float32 there);
 * NF2 and NF3 follow from the same formula. The levels are constants, so no machine's quantile function matters.
 * Nearest level by midpoints, tie to the lower one. Left out: data-driven levels.
 */
import type { ElementFormat } from './element-format.js';
import { nearestValueFormat } from './nearest-value.js';

const levels: Readonly<Record<2 | 3 | 4, readonly number[]>> = {
  2: [-1, 0, 0.33791524171829224, 1],
  3: [-1, -0.4786292, -0.2171418, 0, 0.16093020141124725, 0.33791524171829224, 0.5626170039176941, 1],
  4: [
    -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0,
    0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
    0.7229568362236023, 1,
  ],
};

/** NF2, NF3 or NF4. */
export function normalFloat(bits: 2 | 3 | 4): ElementFormat {
  const head = {
    name: `nf${bits}`,
    bits,
    description: `normal-float, ${2 ** bits} quantiles of a Gaussian in [-1, 1]`,
    source: 'QLoRA, NeurIPS 2023, appendix E',
  };
  return nearestValueFormat(head, Float64Array.from(levels[bits], Math.fround), 'down');
}
