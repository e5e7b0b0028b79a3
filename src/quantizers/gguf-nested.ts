/**
 * Encoders of the GGUF blocks of 256: scales (and mins) of sub-blocks are fitted (gguf-affine-fit.ts, gguf-scale-fit.ts), then quantized under
 * one d (and dmin) of half precision, and all codes are made again from the stored numbers.
 *   Q2_K, Q4_K, Q5_K   d = max scale / L, scale code = rne(scale * L / max scale), L = 15 (Q2_K) or 63; mins alike with dmin
 *                      code = clamp(rne((x + dmin m) / (d s)), 0, 2^b - 1)
 *   Q3_K, Q6_K         i = -32 (Q3_K) or -128 over the signed scale of largest magnitude, scale code = clamp(rne(i * scale)), d = 1 / i
 *                      code = clamp(rne(x / (d s)), -n, n - 1) + n
 * A sub-block whose stored step is 0 keeps the codes of its fit. Every operation is rounded to float32.
 * Source: reference quantizers of llama.cpp's ggml without an importance matrix (facts of the rule).
 */
import { offsetOf, stepOf, type BlockFields, type BlockType, type BlockTypeName } from '../formats/gguf/block-types.js';
import { roundHalfEven, roundToFloat16 } from '../numeric/rounding.js';
import { affineFit, fitAffine, magnitudeWeights, rmsWeights, type AffineRule } from './gguf-affine-fit.js';
import { fitByPasses, fitByTrials, scaleFit, signedExtreme, SMALLEST_EXTREME } from './gguf-scale-fit.js';

const f = Math.fround;

const affineRules: Readonly<Partial<Record<BlockTypeName, AffineRule>>> = {
  q2_k: { qmax: 3, start: -0.5, steps: 15, absolute: true },
  q4_k: { qmax: 15, start: -1, steps: 20, absolute: false },
  q5_k: { qmax: 31, start: -0.5, steps: 15, absolute: false },
};

/** Sets d, min, scales, mins and codes of a block from its 256 values. */
export type NestedEncoder = (x: Float32Array, fields: BlockFields) => void;

/** The encoder of a type; holds scratch arrays, so one block at a time. */
export function nestedEncoder(type: BlockType): NestedEncoder {
  const rule = affineRules[type.name];
  return rule === undefined ? signedEncoder(type) : affineEncoder(type, rule);
}

function affineEncoder(type: BlockType, rule: AffineRule): NestedEncoder {
  const { subBlock, elements } = type;
  const fit = affineFit(subBlock);
  const subs = elements / subBlock;
  const [scales, mins] = [new Float32Array(subs), new Float32Array(subs)];
  const last = 2 ** type.scale.bits - 1;
  return (x, fields) => {
    for (let sub = 0; sub < subs; sub++) {
      fit.x.set(x.subarray(sub * subBlock, (sub + 1) * subBlock));
      if (rule.absolute) magnitudeWeights(fit);
      else rmsWeights(fit);
      fitAffine(fit, rule);
      fields.codes.set(fit.codes, sub * subBlock);
      scales[sub] = fit.scale;
      mins[sub] = -fit.min;
    }
    fields.d = quantizedScales(scales, last, fields.scales);
    fields.min = quantizedScales(mins, last, fields.mins);
    recode(type, x, fields);
  };
}

/** Codes 0..last of what is not negative; returns the unit, 0 when all are zero. */
function quantizedScales(scales: Float32Array, last: number, codes: Int8Array | Uint8Array): number {
  const max = scales.reduce((largest, scale) => Math.max(largest, scale), 0);
  if (max === 0) {
    codes.fill(0, 0, scales.length);
    return 0;
  }
  const inverse = f(last / max);
  for (let sub = 0; sub < scales.length; sub++) codes[sub] = Math.min(last, roundHalfEven(f(inverse * scales[sub]!)));
  return f(max / last);
}

function signedEncoder(type: BlockType): NestedEncoder {
  const { subBlock, elements } = type;
  const fit = scaleFit(subBlock);
  const scales = new Float32Array(elements / subBlock);
  const n = 2 ** (type.codeBits - 1);
  const reach = 2 ** (type.scale.bits - 1);
  const isQ3 = type.name === 'q3_k';
  const fitScale = isQ3 ? fitByPasses : fitByTrials;
  return (x, fields) => {
    for (let sub = 0; sub < scales.length; sub++) {
      fit.x.set(x.subarray(sub * subBlock, (sub + 1) * subBlock));
      scales[sub] = fitScale(fit, n);
      for (let i = 0; i < subBlock; i++) fields.codes[sub * subBlock + i] = fit.q[i]! + n;
    }
    // Sums that overflow leave no number: d without a value is refused where it is stored.
    fields.d = NaN;
    if (!scales.every(Number.isFinite)) return;
    const extreme = signedExtreme(scales);
    if (Math.abs(extreme) < (isQ3 ? Number.MIN_VALUE : SMALLEST_EXTREME)) {
      clearBlock(fields, isQ3 ? -reach : 0);
      return;
    }
    const inverse = f(-reach / extreme);
    for (let sub = 0; sub < scales.length; sub++) {
      fields.scales[sub] = Math.max(-reach, Math.min(reach - 1, roundHalfEven(f(inverse * scales[sub]!))));
    }
    fields.d = f(1 / inverse);
    recode(type, x, fields);
  };
}

/** A block of zeros, stored as bytes of zero: `scale` is what a stored scale of zero bits stands for. */
function clearBlock(fields: BlockFields, scale: number): void {
  fields.d = 0;
  fields.scales.fill(scale);
  fields.codes.fill(0);
}

/** Codes of the values under the scales as they are stored. */
function recode(type: BlockType, x: Float32Array, fields: BlockFields): void {
  const { subBlock, codeBits, elements, levels } = type;
  const stored = { ...fields, d: roundToFloat16(fields.d), min: roundToFloat16(fields.min) };
  const zero = -levels[0]!;
  const last = 2 ** codeBits - 1;
  for (let sub = 0; sub < elements / subBlock; sub++) {
    const step = stepOf(type, stored, sub);
    if (step === 0) continue;
    const offset = offsetOf(type, stored, sub);
    for (let e = sub * subBlock; e < (sub + 1) * subBlock; e++) {
      fields.codes[e] = Math.max(0, Math.min(last, roundHalfEven(f(f(x[e]! + offset) / step)) + zero));
    }
  }
}
