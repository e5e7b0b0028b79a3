/**
 * MX quantization: blocks of 32 along K with one power-of-two scale, elements rounded half to even and saturating.
 * Formula: X by the scale rule (formats/mx.ts), code = element(w / X), value = element value * X. Bits: element + 8/32.
 * Source: OCP Microscaling Formats 1.0; other scale rules as named there. K must be a multiple of 32. Left out: NaN blocks.
 */
import { z } from 'zod';
import { groupBits } from '../formats/bit-accounting.js';
import type { ElementFormat } from '../formats/element-format.js';
import { formatNamed } from '../formats/index.js';
import { encodeRun, encodeTarget } from '../formats/minifloat-run.js';
import {
  MX_BLOCK,
  MX_SCALE_bits,
  mxElementRanges,
  mxElements,
  mxScale,
  mxScaleCode,
  mxScaleRules,
  type MxElement,
  type MxScaleRule,
} from '../formats/mx.js';
import { bitPatterns, maxAbs } from '../numeric/extremes.js';
import type { Matrix } from '../numeric/matrix.js';
import { roundHalfEven } from '../numeric/rounding.js';
import { blockRefusal } from './fixed-blocks.js';
import { NO_BITS, type QuantizedTensor, type Quantizer } from './quantizer.js';

const options = z
  .strictObject({
    element: z.enum(mxElements).default('e2m1').describe('format of the elements'),
    scaleRule: z.enum(mxScaleRules).default('floor').describe('how the power-of-two scale follows from the largest magnitude'),
  })
  .refine(({ element, scaleRule }) => scaleRule !== 'mr-gptq' || element === 'e2m1', {
    message: 'scaleRule=mr-gptq is defined for element=e2m1',
  });
export type MxOptions = z.infer<typeof options>;

export const mx: Quantizer<MxOptions> = {
  name: 'mx',
  description: 'microscaling blocks of 32 with a power-of-two scale: MXFP4, MXFP6, MXFP8, MXINT8',
  source: 'OCP Microscaling Formats 1.0',
  modelVersion: 1,
  options,
  formatName: ({ element }) => mxElementRanges[element].block,
  refusal: ({ cols }, { element }) => blockRefusal(cols, MX_BLOCK, mxElementRanges[element].block),
  storedBits: ({ cols }, { element }) => ({
    ...NO_BITS,
    payload: formatNamed(element).bits,
    group: groupBits(cols, MX_BLOCK, MX_SCALE_bits),
  }),
  quantize(tensor, chosen) {
    const scales = scaleCodes(tensor, chosen);
    const format = formatNamed(chosen.element);
    return {
      quantizer: mx.name,
      format: mx.formatName(chosen),
      rows: tensor.rows,
      cols: tensor.cols,
      codes: codesOf(tensor.data, scales, chosen),
      codeBits: format.bits,
      group: MX_BLOCK,
      side: { scales },
      bits: mx.storedBits(tensor, chosen),
      choices: { ...chosen },
    };
  },
  dequantize,
  encode: (values, quantized) => codesOf(values, quantized.side['scales'] as Uint8Array, chosenOf(quantized)),
};

function chosenOf({ choices }: QuantizedTensor): MxOptions {
  return { element: choices['element'] as MxElement, scaleRule: choices['scaleRule'] as MxScaleRule };
}

function scaleCodes(tensor: Matrix, { element, scaleRule }: MxOptions): Uint8Array {
  const magnitudes = bitPatterns(tensor.data);
  const scales = new Uint8Array(tensor.data.length / MX_BLOCK);
  for (let block = 0; block < scales.length; block++) {
    const start = block * MX_BLOCK;
    scales[block] = mxScaleCode(maxAbs(magnitudes, start, start + MX_BLOCK), element, scaleRule);
  }
  return scales;
}

function codesOf(values: Float32Array, scales: Uint8Array, { element, scaleRule }: MxOptions): Uint8Array {
  if (element === 'int8') return integerCodes(values, scales, scaleRule);
  const target = encodeTarget(values, formatNamed(element));
  for (let block = 0; block < scales.length; block++) {
    encodeRun(target, block * MX_BLOCK, (block + 1) * MX_BLOCK, mxScale(scales[block]!, element, scaleRule));
  }
  return target.codes;
}

/** Elements with one integer and six fraction bits: q = rne(64 w / X), the code -128 stays unused. */
function integerCodes(values: Float32Array, scales: Uint8Array, scaleRule: MxScaleRule): Uint8Array {
  const codes = new Uint8Array(values.length);
  for (let block = 0; block < scales.length; block++) {
    const step = mxScale(scales[block]!, 'int8', scaleRule) / 64;
    for (let i = block * MX_BLOCK, end = i + MX_BLOCK; i < end; i++) {
      codes[i] = Math.min(127, Math.max(-127, roundHalfEven(values[i]! / step))) & 255;
    }
  }
  return codes;
}

function dequantize(quantized: QuantizedTensor): Float32Array {
  const { element, scaleRule } = chosenOf(quantized);
  const levels = elementValues(element, formatNamed(element));
  const scales = quantized.side['scales'] as Uint8Array;
  const { codes } = quantized;
  const values = new Float32Array(codes.length);
  for (let block = 0; block < scales.length; block++) {
    const scale = mxScale(scales[block]!, element, scaleRule);
    for (let i = block * MX_BLOCK, end = i + MX_BLOCK; i < end; i++) values[i] = levels[codes[i]!]! * scale;
  }
  return values;
}

function elementValues(element: MxElement, format: ElementFormat): Float64Array {
  return element === 'int8' ? format.values.map((q) => q / 64) : format.values;
}
