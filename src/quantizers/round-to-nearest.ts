/**
 * Round to nearest (RTN): integer codes of 2..8 bits with FP16 scales per tensor, output channel or group.
 * Symmetric: s = fp16(amax / (2^(b-1)-1)), q = clamp(rne(w/s), -(2^(b-1)-1), 2^(b-1)-1), value q s; full range: s = fp16(amax / 2^(b-1)),
 * q down to -2^(b-1). Asymmetric, integer zero: s = fp16((max-min) / (2^b-1)) with min <= 0 <= max, z = clamp(rne(-min/s), 0, 2^b-1),
 * q = clamp(rne(w/s) + z, 0, 2^b-1), value (q-z) s. Source: docs/quantizers/round-to-nearest.md.
 * Left out: clip search, floating-point zero points, rounding that looks at activations (GPTQ and later).
 */
import { z } from 'zod';
import { fittedCodes, integerValues, roundedCodes, type IntegerSides } from '../numeric/integer-rounding.js';
import type { Matrix } from '../numeric/matrix.js';
import { essentialBitHistogram } from './essential-bit-histogram.js';
import { bitsOf, granularities, granularitySuffix, groupGeometry, idleGroup, statedGroup, storedGeometry } from './group-geometry.js';
import { checkFinite, LARGEST_MAGNITUDE } from './finite-check.js';
import { asymmetricFit, codeRange, symmetricScale } from './integer-grid.js';
import type { QuantizedTensor, Quantizer } from './quantizer.js';
import { subnormalScales } from './stored-scale.js';

const options = z
  .strictObject({
    bits: z.int().min(2).max(8).default(4).describe('bits of one code word'),
    granularity: z.enum(granularities).default('group').describe('elements that share a scale'),
    group: z.int().positive().default(128).describe('group length along K, for granularity group'),
    symmetric: z.boolean().default(true).describe('false: integer zero point'),
    fullRange: z.boolean().default(false).describe('symmetric only: use the code -2^(bits-1) too'),
  })
  .refine(({ symmetric, fullRange }) => symmetric || !fullRange, { message: 'fullRange needs symmetric=true' });
export type RoundToNearestOptions = z.infer<typeof options>;

export const roundToNearest: Quantizer<RoundToNearestOptions> = {
  name: 'rtn',
  description: 'round to nearest, integer codes, symmetric or asymmetric, per tensor, channel or group',
  source: 'uniform quantization with FP16 scales, conventions in docs/quantizers/round-to-nearest.md',
  modelVersion: 1,
  options,
  idle: ({ granularity }) => idleGroup(granularity),
  rowsShare: ({ granularity }) => (granularity === 'tensor' ? 'a scale' : undefined),
  formatName: ({ bits, symmetric, granularity, group }) => `int${bits}${symmetric ? '' : '-asym'}${granularitySuffix(granularity, group)}`,
  storedBits: (shape, { bits, granularity, group, symmetric }) =>
    bitsOf(shape, granularity, { payload: bits, side: symmetric ? 16 : 16 + bits, group }),
  checksValues: true,
  quantize: fitted,
  dequantize: (quantized) => integerValues(quantized.codes, storedGeometry(quantized), quantized.codeBits, sideOf(quantized)),
  termHistogram: essentialBitHistogram,
  encode(values, quantized) {
    const side = sideOf(quantized);
    const { codeBits: bits, choices } = quantized;
    const range = codeRange({ bits, symmetric: side.zeros === undefined, fullRange: choices['fullRange'] === true }, 0);
    return roundedCodes(values, storedGeometry(quantized), { bits, ...range }, side);
  },
};

function sideOf({ side }: QuantizedTensor): IntegerSides {
  return side as unknown as IntegerSides;
}

function fitted(tensor: Matrix, chosen: RoundToNearestOptions): QuantizedTensor {
  const { bits, symmetric } = chosen;
  const geometry = groupGeometry(tensor, chosen.granularity, chosen.group);
  const count = geometry.spans * geometry.groupsPerSpan;
  const scales = new Float32Array(count);
  const zeros = symmetric ? undefined : new Uint8Array(count);
  const fit = (index: number, min: number, max: number): void => {
    if (!(max <= LARGEST_MAGNITUDE && min >= -LARGEST_MAGNITUDE)) checkFinite(tensor);
    if (zeros === undefined) {
      scales[index] = symmetricScale(max > -min ? max : -min, chosen);
    } else {
      const { scale, zero } = asymmetricFit(min, max, bits);
      scales[index] = scale;
      zeros[index] = zero;
    }
  };
  const side = zeros === undefined ? { scales } : { scales, zeros };
  const codes = fittedCodes(tensor.data, geometry, { bits, ...codeRange(chosen, 0) }, { ...side, fit });
  return result(tensor, chosen, codes, side);
}

function result(tensor: Matrix, chosen: RoundToNearestOptions, codes: Uint8Array, side: IntegerSides): QuantizedTensor {
  const { bits, granularity, group } = chosen;
  return {
    quantizer: roundToNearest.name,
    format: roundToNearest.formatName(chosen),
    rows: tensor.rows,
    cols: tensor.cols,
    codes,
    codeBits: bits,
    group: statedGroup(tensor.cols, granularity, group),
    side: { ...side },
    bits: roundToNearest.storedBits(tensor, chosen),
    choices: { ...chosen, ...subnormalScales(side.scales) },
  };
}
