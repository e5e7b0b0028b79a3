/**
 * BitMoD: group-wise FP3 and FP4 with one of four special values per group, and the lossless INT6 and INT8 of the same accelerator.
 * Formula, per group and special value v: scale = fl(max|w| / max|grid|), code = nearest(fl(w / scale)), output fl(grid * scale); the
 * smallest mean squared error wins, tried in the order ER+, ER-, EA+, EA-; first on ties. INT-b: scale = fl(max|w| / (2^(b-1)-1)),
 * code = round half to even, symmetric. Scales stay in [1e-5, 1e4] of the integer grid (FP4 counts halves), as released.
 * Second level of b bits, M = 2^(b-1) - 1: channel scale S = max of the row's group scales / M, rounded to storage; scale code =
 * clamp(round(scale / S), 1, M); the group is coded again with scale code * S, selector unchanged. The paper takes 8 bits.
 * Source: BitMoD, HPCA 2025, sections III and IV; float32 where the released quantizer computes in float16.
 * The paper gives no order of steps for the second level; this one, and a scale code of at least 1, are choices of this project.
 */
import { z } from 'zod';
import { channelBits, groupBits } from '../formats/bit-accounting.js';
import { specialValues } from '../formats/special-value.js';
import { cellCodes } from '../numeric/cell-tables.js';
import { bitPatterns, maxAbs } from '../numeric/extremes.js';
import type { Matrix } from '../numeric/matrix.js';
import { roundHalfEven, roundToFloat16 } from '../numeric/rounding.js';
import { bitmodFormats, isFloat } from './bitmod-formats.js';
import { chooseSpecialValues, groupScale, specialValueCells, type GroupChoices, type SpecialValueCells } from './bitmod-search.js';
import { bitmodTermHistogram } from './bitmod-term-histogram.js';
import { checkFinite } from './finite-check.js';
import { eachGroup, groupGeometry, type GroupGeometry } from './group-geometry.js';
import { NO_BITS, type BitParts, type MatrixShape, type QuantizedTensor, type Quantizer } from './quantizer.js';
import { subnormalScales } from './stored-scale.js';

const optionsSchema = z.strictObject({
  bits: z.literal([3, 4, 6, 8]).default(4).describe('3, 4: floating point with a special value per group; 6, 8: integers'),
  group: z.int().positive().default(128).describe('elements of a row that share scale and selector; the last group of a row may be short'),
  secondLevel: z
    .enum(['int8', 'int6', 'int4', 'int2', 'none'])
    .default('int8')
    .describe('group scales as codes of these bits under a scale per channel, or stored one by one'),
  scaleFormat: z
    .enum(['fp16', 'fp32'])
    .default('fp16')
    .describe('storage of the channel scales, or of the group scales without second level'),
});
export type BitmodOptions = z.infer<typeof optionsSchema>;

const SELECTOR_bits = 2;

type CodedLevel = Exclude<BitmodOptions['secondLevel'], 'none'>;
const scaleCode_bits: Readonly<Record<CodedLevel, number>> = { int8: 8, int6: 6, int4: 4, int2: 2 };

const cellsByBits: Readonly<Record<3 | 4, SpecialValueCells>> = { 3: specialValueCells(3), 4: specialValueCells(4) };

/** BitMoD's quantizer; see the options for what can be chosen. */
export const bitmod: Quantizer<BitmodOptions> = {
  name: 'bitmod',
  description: 'FP3 or FP4 with the special value of every group by smallest error, or INT6, INT8; INT8 second-level scales',
  source: 'BitMoD, HPCA 2025',
  modelVersion: 1,
  options: optionsSchema,
  checksValues: true,
  formatName: ({ bits, group, secondLevel, scaleFormat }) =>
    `bitmod-${isFloat(bits) ? 'fp' : 'int'}${bits}-g${group}${scaleSuffix(secondLevel, scaleFormat)}`,
  storedBits,
  quantize,
  dequantize,
  encode: (values, quantized) => encodeWith(values, quantized, storedScales(quantized)),
  termHistogram: bitmodTermHistogram,
};

function scaleSuffix(secondLevel: BitmodOptions['secondLevel'], scaleFormat: BitmodOptions['scaleFormat']): string {
  if (secondLevel === 'int8') return '';
  return `-${secondLevel === 'none' ? scaleFormat : secondLevel}scale`;
}

function quantize(tensor: Matrix, options: BitmodOptions): QuantizedTensor {
  const { rows, cols, data } = tensor;
  const { bits, group } = options;
  const choices = isFloat(bits) ? chooseSpecialValues(tensor, group, cellsByBits[bits]) : integerScales(tensor, group, bits);
  const stored = storeScales(choices.scales, rows, options);
  const side = { ...stored.side, ...(isFloat(bits) ? { selectors: choices.selectors } : {}) };
  const shell: QuantizedTensor = {
    quantizer: 'bitmod',
    format: bitmod.formatName(options),
    rows,
    cols,
    codes: new Uint8Array(0),
    codeBits: bits,
    group,
    side,
    bits: storedBits(tensor, options),
    choices: { ...options, ...stored.subnormal },
    ...(isFloat(bits) ? { datatypeHistogram: selectorHistogram(choices.selectors, bits) } : {}),
  };
  return { ...shell, codes: encodeWith(data, shell, storedScales(shell)) };
}

function integerScales(tensor: Matrix, size: number, bits: number): GroupChoices {
  checkFinite(tensor);
  const geometry = groupGeometry(tensor, 'group', size);
  const magnitudes = bitPatterns(tensor.data);
  const scales = new Float32Array(geometry.spans * geometry.groupsPerSpan);
  eachGroup(geometry, (index, start, end) => {
    scales[index] = groupScale(maxAbs(magnitudes, start, end), 2 ** (bits - 1) - 1, 1);
  });
  return { selectors: new Uint8Array(0), scales };
}

/** The scales as they are stored, and how many of them fp16 holds as subnormal numbers only. */
function storeScales(scales: Float32Array, rows: number, { secondLevel, scaleFormat }: BitmodOptions) {
  const round = scaleFormat === 'fp16' ? roundToFloat16 : Math.fround;
  const subnormalIn = (stored: Float32Array) => (scaleFormat === 'fp16' ? subnormalScales(stored) : {});
  if (secondLevel === 'none') {
    const stored = scales.map(round);
    return { side: { scales: stored }, subnormal: subnormalIn(stored) };
  }
  const groups = scales.length / rows;
  const largestCode = 2 ** (scaleCode_bits[secondLevel] - 1) - 1;
  const channelScales = new Float32Array(rows);
  const scaleCodes = new Uint8Array(scales.length);
  const magnitudes = bitPatterns(scales);
  for (let row = 0; row < rows; row++) {
    const start = row * groups;
    const channelScale = Math.fround(round(maxAbs(magnitudes, start, start + groups) / largestCode));
    channelScales[row] = channelScale;
    for (let i = start; i < start + groups; i++) {
      scaleCodes[i] = Math.min(Math.max(roundHalfEven(scales[i]! / channelScale), 1), largestCode);
    }
  }
  return { side: { scaleCodes, channelScales }, subnormal: subnormalIn(channelScales) };
}

/** float32 scale of every group as it reads back from storage. */
function storedScales({ side, rows }: QuantizedTensor): Float32Array {
  const { scales, scaleCodes, channelScales } = side;
  if (scales !== undefined) return scales as Float32Array;
  const groups = scaleCodes!.length / rows;
  const readBack = new Float32Array(scaleCodes!.length);
  for (let row = 0; row < rows; row++) {
    const channelScale = channelScales![row]!;
    for (let i = row * groups; i < (row + 1) * groups; i++) readBack[i] = scaleCodes![i]! * channelScale;
  }
  return readBack;
}

function geometryOf(quantized: QuantizedTensor): GroupGeometry {
  return groupGeometry(quantized, 'group', quantized.group);
}

function encodeWith(values: Float32Array, quantized: QuantizedTensor, scales: Float32Array): Uint8Array {
  const { codeBits, side } = quantized;
  if (isFloat(codeBits)) {
    return cellCodes(values, geometryOf(quantized), cellsByBits[codeBits].codes, { scales, selectors: side.selectors as Uint8Array });
  }
  const codes = new Uint8Array(values.length);
  eachGroup(geometryOf(quantized), (index, start, end) => {
    codeIntegers(values.subarray(start, end), scales[index]!, codeBits, codes.subarray(start, end));
  });
  return codes;
}

function codeIntegers(group: Float32Array, scale: number, bits: number, codes: Uint8Array): void {
  const largest = 2 ** (bits - 1) - 1;
  const mask = 2 ** bits - 1;
  for (let i = 0; i < group.length; i++) {
    codes[i] = Math.min(Math.max(roundHalfEven(Math.fround(group[i]! / scale)), -largest), largest) & mask;
  }
}

function dequantize(quantized: QuantizedTensor): Float32Array {
  const { codeBits, codes, side } = quantized;
  const scales = storedScales(quantized);
  const tables = bitmodFormats(codeBits).map((format) => format.values);
  const output = new Float32Array(codes.length);
  eachGroup(geometryOf(quantized), (index, start, end) => {
    const values = tables[side.selectors?.[index] ?? 0]!;
    const scale = scales[index]!;
    for (let i = start; i < end; i++) output[i] = values[codes[i]!]! * scale;
  });
  return output;
}

/** Payload, scale code (or the scale itself) and selector per group, channel scale. */
function storedBits({ cols }: MatrixShape, { bits, group, secondLevel, scaleFormat }: BitmodOptions): BitParts {
  const scale_bits = scaleFormat === 'fp16' ? 16 : 32;
  const selector = isFloat(bits) ? SELECTOR_bits : 0;
  if (secondLevel === 'none') return { ...NO_BITS, payload: bits, group: groupBits(cols, group, scale_bits + selector) };
  return {
    ...NO_BITS,
    payload: bits,
    group: groupBits(cols, group, scaleCode_bits[secondLevel] + selector),
    channel: channelBits(cols, scale_bits),
  };
}

function selectorHistogram(selectors: Uint8Array, bits: 3 | 4): Record<string, number> {
  const counts = [0, 0, 0, 0];
  for (const selector of selectors) counts[selector]!++;
  return Object.fromEntries(specialValues.map(({ kind }, selector) => [`fp${bits}-${kind}`, counts[selector]! / selectors.length]));
}
