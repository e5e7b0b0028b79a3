/**
 * Cast to a minifloat with an FP16 scale per tensor, output channel or group.
 * Formula: s = fp16(amax / max), code = element(w / s) rounded half to even and saturating, value = element value * s.
 * Per channel with E3M2 this is FP6 of ZeroQuant(4+2) and FP6-LLM (16/K scale bits); E2M2 is their FP5, E4M3 per tensor is plain FP8.
 * Source: ZeroQuant(4+2), FP6-LLM. Left out: the split 4-bit and 2-bit storage of FP6-LLM (same bits), clip search.
 */
import { z } from 'zod';
import { formatNamed } from '../formats/index.js';
import { encodeRun, encodeTarget } from '../formats/minifloat-run.js';
import { bitPatterns, maxAbs } from '../numeric/extremes.js';
import {
  bitsOf,
  eachGroup,
  granularities,
  granularitySuffix,
  groupGeometry,
  idleGroup,
  statedGroup,
  storedGeometry,
  type GroupGeometry,
} from './group-geometry.js';
import type { QuantizedTensor, Quantizer } from './quantizer.js';
import { fp16Scale, subnormalScales } from './stored-scale.js';

const elements = ['e2m1', 'e3m0', 'e1m2', 'e2m2', 'e3m1', 'e2m3', 'e3m2', 'e4m3', 'e5m2'] as const;

const options = z.strictObject({
  element: z.enum(elements).default('e3m2').describe('minifloat of the elements'),
  granularity: z.enum(granularities).default('channel').describe('elements that share a scale'),
  group: z.int().positive().default(128).describe('group length along K, for granularity group'),
});
export type FloatCastOptions = z.infer<typeof options>;

export const floatCast: Quantizer<FloatCastOptions> = {
  name: 'float',
  description: 'minifloat elements (FP8, FP6, FP5, FP4) with FP16 scales per tensor, channel or group',
  source: 'ZeroQuant(4+2), FP6-LLM; OCP OFP8 1.0',
  modelVersion: 1,
  options,
  idle: ({ granularity }) => idleGroup(granularity),
  rowsShare: ({ granularity }) => (granularity === 'tensor' ? 'a scale' : undefined),
  formatName: ({ element, granularity, group }) => `${element}${granularitySuffix(granularity, group)}`,
  storedBits: (shape, { element, granularity, group }) =>
    bitsOf(shape, granularity, { payload: formatNamed(element).bits, side: 16, group }),
  quantize(tensor, chosen) {
    const { element, granularity, group } = chosen;
    const format = formatNamed(element);
    const largest = format.values.reduce((max, value) => (Number.isFinite(value) ? Math.max(max, value) : max), 0);
    const geometry = groupGeometry(tensor, granularity, group);
    const magnitudes = bitPatterns(tensor.data);
    const scales = new Float32Array(geometry.spans * geometry.groupsPerSpan);
    eachGroup(geometry, (index, start, end) => {
      scales[index] = fp16Scale(maxAbs(magnitudes, start, end) / largest);
    });
    return {
      quantizer: floatCast.name,
      format: floatCast.formatName(chosen),
      rows: tensor.rows,
      cols: tensor.cols,
      codes: codesOf(tensor.data, scales, geometry, element),
      codeBits: format.bits,
      group: statedGroup(tensor.cols, granularity, group),
      side: { scales },
      bits: floatCast.storedBits(tensor, chosen),
      choices: { ...chosen, ...subnormalScales(scales) },
    };
  },
  dequantize(quantized) {
    const { scales, geometry, element } = stored(quantized);
    const levels = formatNamed(element).values;
    const { codes } = quantized;
    const values = new Float32Array(codes.length);
    eachGroup(geometry, (index, start, end) => {
      const scale = scales[index]!;
      for (let i = start; i < end; i++) values[i] = levels[codes[i]!]! * scale;
    });
    return values;
  },
  encode(values, quantized) {
    const { scales, geometry, element } = stored(quantized);
    return codesOf(values, scales, geometry, element);
  },
};

function codesOf(values: Float32Array, scales: Float32Array, geometry: GroupGeometry, element: string): Uint8Array {
  const target = encodeTarget(values, formatNamed(element));
  eachGroup(geometry, (index, start, end) => encodeRun(target, start, end, scales[index]!));
  return target.codes;
}

function stored(quantized: QuantizedTensor): { scales: Float32Array; geometry: GroupGeometry; element: string } {
  return {
    scales: quantized.side['scales'] as Float32Array,
    geometry: storedGeometry(quantized),
    element: String(quantized.choices['element']),
  };
}
