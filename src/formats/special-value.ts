/**
 * BitMoD's FP3 and FP4: a sign-magnitude float whose useless -0 code holds one of four special values, chosen per group.
 * FP3: 0 1 2 4 with special 3 -3 6 -6; FP4: 0 .5 1 1.5 2 3 4 6 with special 5 -5 8 -8.
 * ER (extra resolution) fills the gap below the maximum, EA (extra asymmetry) extends one end.
 * Source: BitMoD, HPCA 2025, section III. Rounding: nearest by midpoints, a value on a midpoint takes the smaller entry.
 * Left out: the selector and the scale; they belong to the group.
 */
import type { ElementFormat } from './element-format.js';
import { mirrored, nearestValueFormat } from './nearest-value.js';

const magnitudes = { 3: [0, 1, 2, 4], 4: [0, 0.5, 1, 1.5, 2, 3, 4, 6] } as const;

/** The special value of a datatype, as a name suffix and its value at 3 and 4 bits; the order is that of the selector codes 0..3. */
export const specialValues = [
  { kind: 'er+', 3: 3, 4: 5 },
  { kind: 'er-', 3: -3, 4: -5 },
  { kind: 'ea+', 3: 6, 4: 8 },
  { kind: 'ea-', 3: -6, 4: -8 },
] as const;

/** The four datatypes of that width, in selector order: `fp4-er+`, `fp4-er-`, `fp4-ea+`, `fp4-ea-`. */
export function specialValueFormats(bits: 3 | 4): readonly ElementFormat[] {
  return specialValues.map((special) => {
    const values = mirrored(magnitudes[bits]);
    values[2 ** (bits - 1)] = special[bits];
    const head = {
      name: `fp${bits}-${special.kind}`,
      bits,
      description: `FP${bits} with ${special[bits]} in the code of -0`,
      source: 'BitMoD, HPCA 2025, section III',
    };
    return nearestValueFormat(head, values, 'down');
  });
}
