/**
 * Signed 8-bit dynamic map: 254 values of both signs spread over seven decades, plus 0 and 1; code = rank of the value.
 * Formula: for i = 0..6 the midpoints of linspace(0.1, 1, 2^i + 1) times 10^(i-6), and their negatives. Codes the scales of
 * double quantization. Source: QLoRA, NeurIPS 2023 (8-bit scales), 8-bit Optimizers, ICLR 2022 (the map); the count of 256 is checked.
 * Nearest value by midpoints, tie to the lower one. Left out: the unsigned and the 4-bit maps.
 */
import type { ElementFormat } from './element-format.js';
import { nearestValueFormat } from './nearest-value.js';

const DECADES = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1];

function levels(): Float64Array {
  const positive = DECADES.flatMap((decade, i) => {
    const steps = 2 ** i;
    const edge = (j: number): number => 0.1 + (0.9 * j) / steps;
    return Array.from({ length: steps }, (_, j) => Math.fround(((edge(j) + edge(j + 1)) / 2) * decade));
  });
  return Float64Array.from([0, 1, ...positive, ...positive.map((value) => -value)]).sort();
}

export const dynamicMap: ElementFormat = nearestValueFormat(
  {
    name: 'dynamic8',
    bits: 8,
    description: 'signed dynamic map, 254 values over seven decades, 0 and 1',
    source: '8-bit Optimizers, ICLR 2022; QLoRA, NeurIPS 2023',
  },
  levels(),
  'down',
);
