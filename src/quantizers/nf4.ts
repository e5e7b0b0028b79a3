/**
 * NF4 (and NF2, NF3): normal-float levels times the largest magnitude of a block of 64 along K; optionally the scales are quantized too.
 * Plain: FP32 scale per block, bits b + 32/64. Double quantization: mu = mean of all scales (FP32, one per tensor), c = scale - mu in
 * blocks of 256 scales, 8-bit dynamic-map code of c / max|c| with one FP32 per block: bits 4 + 8/64 + 32/(64*256) + 32/(N K).
 * Codes are computed from the scale as stored. Source: QLoRA, NeurIPS 2023, section 3. All-zero blocks have scale 1, and under double
 * quantization c = 0 without entering the mean (this project's choice). Left out: blocks that wrap over rows, 4-bit scales.
 */
import { z } from 'zod';
import { groupBits, tensorBits } from '../formats/bit-accounting.js';
import { formatNamed } from '../formats/index.js';
import { bitPatterns, maxAbs } from '../numeric/extremes.js';
import type { Matrix } from '../numeric/matrix.js';
import { eachGroup, groupGeometry, type GroupGeometry } from './group-geometry.js';
import { NO_BITS, type BitParts, type QuantizedTensor, type Quantizer } from './quantizer.js';

const SCALES_PER_BLOCK = 256;
/** Blocks below this are stored as zero: their levels would run together in FP32. */
const SMALLEST_SCALE = 2 ** -126;
const scaleFormat = formatNamed('dynamic8');

const options = z.strictObject({
  bits: z.int().min(2).max(4).default(4).describe('NF2, NF3 or NF4'),
  block: z.int().positive().default(64).describe('elements along K that share a scale'),
  doubleQuantization: z.boolean().default(false).describe('8-bit scales under one FP32 scale per 256 of them'),
});
export type Nf4Options = z.infer<typeof options>;

export const nf4: Quantizer<Nf4Options> = {
  name: 'nf4',
  description: 'normal-float levels with a scale per 64, optionally double-quantized scales',
  source: 'QLoRA, NeurIPS 2023, section 3',
  modelVersion: 1,
  options,
  formatName: ({ bits, block, doubleQuantization }) =>
    `nf${bits}${doubleQuantization ? '-dq' : ''}${bits === 4 && block === 64 ? '' : `-g${block}`}`,
  quantize(tensor, chosen) {
    const geometry = geometryOf(tensor, chosen.block);
    const scales = blockScales(tensor, geometry);
    const side = chosen.doubleQuantization ? doublyQuantized(scales) : { scales: scales.map((scale) => (scale === 0 ? 1 : scale)) };
    return {
      quantizer: nf4.name,
      format: nf4.formatName(chosen),
      rows: tensor.rows,
      cols: tensor.cols,
      codes: codesOf(tensor.data, storedScales(side), geometry, chosen.bits),
      codeBits: chosen.bits,
      group: chosen.block,
      side,
      bits: bitsOf(tensor, chosen),
      choices: { ...chosen },
    };
  },
  dequantize(quantized) {
    const scales = storedScales(quantized.side);
    const levels = formatNamed(`nf${quantized.codeBits}`).values;
    const { codes } = quantized;
    const values = new Float32Array(codes.length);
    eachGroup(geometryOf(quantized, quantized.group), (index, start, end) => {
      const scale = scales[index]!;
      for (let i = start; i < end; i++) values[i] = levels[codes[i]!]! * scale;
    });
    return values;
  },
  encode: (values, quantized) => codesOf(values, storedScales(quantized.side), geometryOf(quantized, quantized.group), quantized.codeBits),
};

function geometryOf(tensor: { readonly rows: number; readonly cols: number }, block: number): GroupGeometry {
  return groupGeometry(tensor, 'group', block);
}

function bitsOf({ rows, cols }: Matrix, { bits, block, doubleQuantization }: Nf4Options): BitParts {
  const length = Math.min(block, cols);
  if (!doubleQuantization) return { ...NO_BITS, payload: bits, group: groupBits(cols, length, 32) };
  const scales = rows * Math.ceil(cols / length);
  const secondLevel = tensorBits(rows, cols, 32 * Math.ceil(scales / SCALES_PER_BLOCK));
  return { ...NO_BITS, payload: bits, group: groupBits(cols, length, scaleFormat.bits) + secondLevel, tensor: tensorBits(rows, cols, 32) };
}

function blockScales(tensor: Matrix, geometry: GroupGeometry): Float32Array {
  const magnitudes = bitPatterns(tensor.data);
  const scales = new Float32Array(geometry.spans * geometry.groupsPerSpan);
  eachGroup(geometry, (index, start, end) => {
    const scale = maxAbs(magnitudes, start, end);
    scales[index] = scale < SMALLEST_SCALE ? 0 : scale;
  });
  return scales;
}

function doublyQuantized(scales: Float32Array): { scaleCodes: Uint8Array; scaleScales: Float32Array; scaleMean: Float32Array } {
  const used = scales.filter((scale) => scale > 0);
  const mean = used.length === 0 ? 0 : Math.fround(used.reduce((sum, scale) => sum + scale, 0) / used.length);
  const centred = scales.map((scale) => (scale === 0 ? 0 : scale - mean));
  const magnitudes = bitPatterns(centred);
  const scaleCodes = new Uint8Array(scales.length);
  const scaleScales = new Float32Array(Math.ceil(scales.length / SCALES_PER_BLOCK));
  for (let block = 0; block < scaleScales.length; block++) {
    const start = block * SCALES_PER_BLOCK;
    const end = Math.min(start + SCALES_PER_BLOCK, scales.length);
    const largest = maxAbs(magnitudes, start, end);
    scaleScales[block] = largest === 0 ? 1 : largest;
    for (let i = start; i < end; i++) scaleCodes[i] = scaleFormat.encode(centred[i]! / scaleScales[block]!);
  }
  return { scaleCodes, scaleScales, scaleMean: Float32Array.of(mean) };
}

/** FP32 scales as a reader of the stored tensor sees them. */
function storedScales(side: QuantizedTensor['side']): Float32Array {
  if (side['scales'] !== undefined) return side['scales'] as Float32Array;
  const scaleCodes = side['scaleCodes'] as Uint8Array;
  const scaleScales = side['scaleScales'] as Float32Array;
  const mean = (side['scaleMean'] as Float32Array)[0]!;
  return Float32Array.from(scaleCodes, (code, i) => scaleFormat.values[code]! * scaleScales[Math.floor(i / SCALES_PER_BLOCK)]! + mean);
}

/** Cells of the lookup table over [-1, 1]: so many that a cut point inside a cell is rare, and the branch on it predictable. */
const CELLS = 4096;

interface LevelCells {
  /** Code below the cut point of a cell. */
  readonly codes: Uint8Array;
  /** The one cut point inside a cell, else Infinity. */
  readonly cuts: Float64Array;
}

/** The code of y is codes[cell], plus one when y lies above the cut point of the cell; a value on a cut point keeps the lower code. */
function levelCells(levels: Float64Array): LevelCells {
  const cells = { codes: new Uint8Array(CELLS), cuts: new Float64Array(CELLS).fill(Infinity) };
  for (let code = 0; code + 1 < levels.length; code++) {
    const cut = (levels[code]! + levels[code + 1]!) / 2;
    const cell = Math.floor((cut + 1) * (CELLS / 2));
    cells.cuts[cell] = cut;
    cells.codes.fill(code + 1, cell + 1);
  }
  return cells;
}

function codesOf(values: Float32Array, scales: Float32Array, geometry: GroupGeometry, bits: number): Uint8Array {
  const format = formatNamed(`nf${bits}`);
  const zero = format.encode(0);
  const target = { values, codes: new Uint8Array(values.length), cells: levelCells(format.values) };
  eachGroup(geometry, (index, start, end) => {
    const scale = scales[index]!;
    if (Math.abs(scale) < SMALLEST_SCALE) target.codes.fill(zero, start, end);
    else nearestLevels(target, start, end, scale);
  });
  return target.codes;
}

interface LevelTarget {
  readonly values: Float32Array;
  readonly codes: Uint8Array;
  readonly cells: LevelCells;
}

function nearestLevels({ values, codes, cells }: LevelTarget, start: number, end: number, scale: number): void {
  const { codes: lower, cuts } = cells;
  for (let i = start; i < end; i++) {
    const y = values[i]! / scale;
    const position = (y + 1) * (CELLS / 2);
    const cell = (position < 0 ? 0 : position >= CELLS ? CELLS - 1 : position) | 0;
    codes[i] = lower[cell]! + (y > cuts[cell]! ? 1 : 0);
  }
}
