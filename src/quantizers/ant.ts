/**
 * ANT: one of four primitive types (int, flint, power of two, float) per tensor, clip value by search per scale unit.
 * Formula: scale = fl(alpha / 10) on grids whose largest value is 10; code = nearest(fl(x / scale)); output fl(grid * scale).
 * The type with the smallest sum of the units' mean squared errors wins, tried in the order int, flint, pot, float; first on ties.
 * Source: ANT, MICRO 2022, section V, and its released quantizer (float32 at every step; above 6 bits int, clip search from 95 %).
 * Left out: the straight-through form fl(fl(q-x)+x) of the released forward pass, additive powers of two, retraining,
 * and the released type search's slip of trying E1 for every float variant. Groups along K are an extension.
 */
import { z } from 'zod';
import { ANT_TYPED_bits, antFormat, antNormalisedValues, antTypes, type AntType } from '../formats/ant-grid.js';
import { bitPatterns, maxAbs } from '../numeric/extremes.js';
import type { Matrix } from '../numeric/matrix.js';
import { nearestTable, type NearestTable } from './ant-nearest.js';
import { clipError, clipFactors, entriesAt, scaleOfClip, searchClip, searchUnit, type Clip } from './ant-search.js';
import { CLIP_SCALE_bits, SMALLEST_ALPHA, definedOptions, resolveSign, finiteError, idleSearch } from './clip-options.js';
import {
  bitsOf,
  eachGroup,
  granularities,
  groupGeometry,
  idleGroup,
  statedGroup,
  storedGeometry,
  type GroupGeometry,
} from './group-geometry.js';
import type { QuantizedTensor, Quantizer } from './quantizer.js';

const fields = z.strictObject({
  bits: z.int().min(3).max(8).default(4).describe('bits of a code word; above 6 the type is int'),
  granularity: z
    .enum(granularities)
    .default('channel')
    .describe('what shares a scale: the tensor, an output channel, or a group along a row'),
  group: z.int().positive().default(128).describe('elements per group with granularity=group'),
  type: z
    .enum([...antTypes, 'auto'])
    .default('auto')
    .describe('primitive type; auto takes the one with the smallest error'),
  signed: z
    .union([z.boolean(), z.literal('auto')])
    .default('auto')
    .describe('auto: unsigned only for a whole tensor without negative values'),
  clipLow: z.number().positive().optional().describe('first clip in percent of the largest magnitude; 75, or 95 above 6 bits'),
  clipHigh: z.number().positive().max(1000).default(150).describe('end of the clips in percent, exclusive'),
  clipStep: z.number().min(0.1).default(1).describe('step of the clips in percent'),
  alpha: z.number().min(SMALLEST_ALPHA).optional().describe('fixed clip value: no search'),
});
const optionsSchema = fields.refine((options) => firstClip(options) < options.clipHigh, {
  path: ['clipHigh'],
  message: 'it must be above clipLow (75, or 95 above 6 bits, when not given)',
});
export type AntOptions = z.infer<typeof fields>;

/** First clip in percent: as asked, or the released default of the width. */
function firstClip({ clipLow, bits }: { readonly clipLow?: number | undefined; readonly bits: number }): number {
  return clipLow ?? (bits > ANT_TYPED_bits ? 95 : 75);
}

/** A type's grid and the code word of every entry of its lookup table. */
interface Codebook {
  readonly table: NearestTable;
  readonly codes: Uint8Array;
  /** Normalised value by code word. */
  readonly values: Float32Array;
  /** Smallest positive grid value. */
  readonly finest: number;
}

/** Scale times smallest grid value above which float32 products are normal numbers. */
const SUBNORMAL_GUARD = 2 ** -120;

const codebooks = new Map<string, Codebook>();

/** Grids are rebuilt from their rules once per process; the table takes a millisecond. */
function codebook(type: AntType, bits: number, signed: boolean): Codebook {
  const format = antFormat(type, bits, signed);
  const known = codebooks.get(format.name);
  if (known !== undefined) return known;
  const values = antNormalisedValues(format);
  const table = nearestTable(values.slice().sort());
  const codes = Uint8Array.from(table.values, (value) => values.indexOf(value));
  const made = { table, codes, values, finest: table.values.find((value) => value > 0)! };
  codebooks.set(format.name, made);
  return made;
}

/** ANT's quantizer; see the options for what can be chosen. */
export const ant: Quantizer<AntOptions> = {
  name: 'ant',
  description: 'adaptive type (int, flint, power of two, float) and clip value by smallest error',
  source: 'ANT, MICRO 2022',
  modelVersion: 1,
  options: optionsSchema,
  // The type is chosen per tensor and costs the same: it is among the choices, not in the name.
  idle: ({ granularity, alpha }) => ({ ...idleGroup(granularity), ...idleSearch(alpha) }),
  rowsShare({ granularity, type, bits }) {
    if (granularity === 'tensor') return 'a scale';
    return type === 'auto' && bits <= ANT_TYPED_bits ? 'the type that `type: auto` chooses' : undefined;
  },
  storedBits: (shape, { bits, granularity, group }) => bitsOf(shape, granularity, { payload: bits, side: CLIP_SCALE_bits, group }),
  formatName: ({ bits, granularity, group }) => `ant${bits}${granularity === 'group' ? `-g${group}` : ''}`,
  quantize,
  dequantize,
  encode,
};

function quantize(tensor: Matrix, options: AntOptions): QuantizedTensor {
  const { rows, cols, data } = tensor;
  const { bits, granularity, group } = options;
  const signed = resolveSign(options.signed, granularity, data);
  const geometry = groupGeometry(tensor, granularity, group);
  const candidates: readonly AntType[] = bits > ANT_TYPED_bits ? ['int'] : options.type === 'auto' ? antTypes : [options.type];
  const { type, clips, error } = chooseType(data, geometry, candidates, { ...options, signed });
  const book = codebook(type, bits, signed);
  const scales = Float32Array.from(clips, (clip) => scaleOfClip(clip.alpha, book.table.values.at(-1)!));
  const codes = new Uint8Array(data.length);
  eachGroup(geometry, (unit, start, end) => encodeUnit(data.subarray(start, end), scales[unit]!, book, codes.subarray(start, end)));
  return {
    quantizer: 'ant',
    format: ant.formatName(options),
    rows,
    cols,
    codes,
    codeBits: bits,
    group: statedGroup(cols, granularity, group),
    side: { scales },
    bits: ant.storedBits(tensor, options),
    choices: { ...definedOptions(options), type, signed, summedMse: finiteError(error, tensor) },
    datatypeHistogram: { [antFormat(type, bits, signed).name]: 1 },
  };
}

/** The type with the smallest summed error, its clip per unit and that sum (float32). */
function chooseType(data: Float32Array, geometry: GroupGeometry, types: readonly AntType[], options: AntOptions & { signed: boolean }) {
  const factors = clipFactors({ low: firstClip(options), high: options.clipHigh, step: options.clipStep });
  const searches = types.map((type) => ({ type, table: codebook(type, options.bits, options.signed).table, clips: [] as Clip[] }));
  const magnitudes = bitPatterns(data);
  eachGroup(geometry, (_, start, end) => {
    const x = data.subarray(start, end);
    const { alpha } = options;
    const prepared = alpha === undefined ? searchUnit(x, maxAbs(magnitudes, start, end)) : undefined;
    for (const { table, clips } of searches) {
      clips.push(prepared === undefined ? fixedClip(x, alpha!, table) : searchClip(prepared, factors, table));
    }
  });
  return searches
    .map(({ type, clips }) => ({ type, clips, error: Math.fround(clips.reduce((sum, clip) => sum + clip.mse, 0)) }))
    .reduce((best, next) => (next.error < best.error ? next : best));
}

function fixedClip(x: Float32Array, alpha: number, table: NearestTable): Clip {
  return { alpha: Math.fround(alpha), mse: clipError(x, Math.fround(alpha), table) };
}

/** Writes the code words of x under a scale. */
function encodeUnit(x: Float32Array, scale: number, { table, codes: codeOfEntry, values, finest }: Codebook, codes: Uint8Array): void {
  const entries = entriesAt(x, scale, table);
  for (let i = 0; i < x.length; i++) codes[i] = codeOfEntry[entries[i]!]!;
  if (scale * finest > SUBNORMAL_GUARD) return;
  // Products near the end of the float32 range lose bits: keep the codes that their own output reads back as.
  // Codes may drift along the grid from pass to pass; more passes than it has values mean that they run in a circle.
  for (let pass = 0; pass <= values.length; pass++) {
    const again = entriesAt(
      Float32Array.from(codes, (code) => values[code]! * scale),
      scale,
      table,
    );
    let changed = false;
    for (let i = 0; i < x.length; i++) {
      const code = codeOfEntry[again[i]!]!;
      if (code !== codes[i]) changed = true;
      codes[i] = code;
    }
    if (!changed) return;
  }
  throw new Error(`ant: codes of ${x.length} elements at scale ${scale} on a grid of ${values.length} values do not settle`);
}

function dequantize(quantized: QuantizedTensor): Float32Array {
  const { values } = storedCodebook(quantized);
  const output = new Float32Array(quantized.codes.length);
  const { codes } = quantized;
  eachGroup(storedGeometry(quantized), (unit, start, end) => {
    const scale = quantized.side.scales![unit]!;
    for (let i = start; i < end; i++) output[i] = values[codes[i]!]! * scale;
  });
  return output;
}

function encode(values: Float32Array, quantized: QuantizedTensor): Uint8Array {
  const book = storedCodebook(quantized);
  const codes = new Uint8Array(values.length);
  eachGroup(storedGeometry(quantized), (unit, start, end) =>
    encodeUnit(values.subarray(start, end), quantized.side.scales![unit]!, book, codes.subarray(start, end)),
  );
  return codes;
}

function storedCodebook({ choices, codeBits }: QuantizedTensor): Codebook {
  return codebook(choices.type as AntType, codeBits, choices.signed as boolean);
}
