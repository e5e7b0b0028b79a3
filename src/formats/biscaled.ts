/**
 * BiScaled-DNN's numbers: 6-bit integers under one of two scale factors, the fine one for the many small values, the wide one for the tail.
 * Formula: code = index bit on top of a 6-bit two's complement q; value = q * 2^(shift * index), in units of the fine scale.
 * Source: BiScaled-DNN, DAC 2019. Assumed, as no primary text was at hand: the scales differ by a power of two, the index is one bit per
 * element. Left out: its block-sparse storage of the index, which takes fewer bits than the one counted here.
 * Rounding: nearest, halfway toward +infinity, saturating; of two codes with one value the fine one is written.
 */
import type { ElementFormat } from './element-format.js';
import { nearestValueFormat } from './nearest-value.js';

const PAYLOAD_bits = 6;

/** Scales that differ by 2^shift: `biscaled6-s2`. Throws RangeError unless shift is 1 to 8. */
export function biscaled(shift: number): ElementFormat {
  if (!Number.isInteger(shift) || shift < 1 || shift > 8) throw new RangeError(`the two scales differ by 2^1 to 2^8, got 2^${shift}`);
  const size = 2 ** PAYLOAD_bits;
  const values = Float64Array.from({ length: 2 * size }, (_, code) => {
    const low = code % size;
    return (low < size / 2 ? low : low - size) * (code < size ? 1 : 2 ** shift);
  });
  const head = {
    name: `biscaled6-s${shift}`,
    bits: PAYLOAD_bits + 1,
    description: `6-bit integer and one bit that chooses between two scales, the wide one 2^${shift} times the fine one`,
    source: 'BiScaled-DNN, DAC 2019 (layout of the index assumed)',
  };
  return nearestValueFormat(head, values, 'up');
}
