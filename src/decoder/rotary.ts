/**
 * Rotary position embedding (Su et al., arXiv:2104.09864) in the pairing of Hugging Face checkpoints: channels i and i + d/2 of a head turn by
 * t * base^(-2i/d): (a, b) -> (a cos - b sin, b cos + a sin). Angles in float64, rounded after sine and cosine (PyTorch rounds the angle itself
 * to float32, which differs by up to t 2^-24).
 * Scaled for long contexts (transformers, modeling_rope_utils.py): linear f / factor; llama3, with turns = originalContext f / (2 pi):
 *   f from highFrequency turns on, f / factor below lowFrequency, between them (1 - s) f / factor + s f, s = (turns - low) / (high - low)
 * Left out: dynamic and yarn scaling.
 */
import { portableExp, portableLn } from '../numeric/logarithm.js';
import type { Rows } from '../numeric/matmul.js';
import { cosineAndSine } from '../numeric/sine.js';
import type { Rotary } from './decoder-model.js';

/** Cosines and sines of the positions 0 .. count - 1, [count, headDim / 2] each. */
export interface RotaryTable {
  readonly half: number;
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
}

/** The table of a head size. Throws RangeError for an odd one. */
export function rotaryTable(count: number, headDim: number, { base, scaling }: Rotary): RotaryTable {
  if (headDim % 2 !== 0) throw new RangeError(`rotary embedding of ${headDim} channels: they come in pairs`);
  const half = headDim / 2;
  const cosines = new Float64Array(count * half);
  const sines = new Float64Array(count * half);
  for (let i = 0; i < half; i++) {
    const frequency = scaled(portableExp((-i / half) * portableLn(base)), scaling);
    for (let t = 0; t < count; t++) [cosines[t * half + i], sines[t * half + i]] = cosineAndSine(t * frequency);
  }
  return { half, cosines, sines };
}

function scaled(frequency: number, scaling: Rotary['scaling']): number {
  if (scaling === undefined) return frequency;
  const slow = frequency / scaling.factor;
  if (scaling.kind === 'linear') return slow;
  const { lowFrequency, highFrequency, originalContext } = scaling;
  const share = ((originalContext * frequency) / (2 * Math.PI) - lowFrequency) / (highFrequency - lowFrequency);
  const kept = Math.min(1, Math.max(0, share));
  return (1 - kept) * slow + kept * frequency;
}

/** y = rotary(x) for rows of whole heads, row r at position from + r; x and y may be the same. */
export function rotate(x: Rows, table: RotaryTable, from: number, y: Rows): void {
  const { half, cosines, sines } = table;
  for (let r = 0; r < x.rows; r++) {
    const angles = (from + r) * half;
    for (let head = 0; head < x.cols; head += 2 * half) {
      const source = r * x.stride + head;
      const target = r * y.stride + head;
      for (let i = 0; i < half; i++) {
        const a = x.data[source + i]!;
        const b = x.data[source + half + i]!;
        const cosine = cosines[angles + i]!;
        const sine = sines[angles + i]!;
        y.data[target + i] = a * cosine - b * sine;
        y.data[target + half + i] = b * cosine + a * sine;
      }
    }
  }
}
