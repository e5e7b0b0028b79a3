/**
 * MixLLM's weights: chosen output features (rows) at 8 bits, the rest at 4, round to nearest in groups of 128 along K.
 *   rows of `rows`   symmetric, s = fp16(amax / (2^(highBits-1) - 1))                        highBits + 16/g bits
 *   other rows       asymmetric with integer zero, s = fp16((max - min) / (2^bits - 1))       bits + (16 + bits)/g bits
 * A map of 1 bit per row says which is which [ours: the width of the published kernel's indices is not known]. Both halves are round-to-nearest.ts.
 * Which rows of a model: codesign/signals/feature-salience.ts, docs/codesign/mixllm.md. Source: MixLLM, arXiv 2412.14590; symmetric 8-bit rows and the
 * group as recalled. Left out: GPTQ inside the rows and clip search.
 */
import { z } from 'zod';
import { channelBits } from '../formats/bit-accounting.js';
import { LowbitError } from '../lowbit-error.js';
import type { Matrix } from '../numeric/matrix.js';
import type { BitParts, MatrixShape, QuantizedTensor, Quantizer } from './quantizer.js';
import { roundToNearest, type RoundToNearestOptions } from './round-to-nearest.js';
import { rowsFromText } from './row-ranges.js';

const options = z
  .strictObject({
    bits: z.int().min(2).max(7).default(4).describe('bits of a code word of the rows that are not listed'),
    highBits: z.int().min(3).max(8).default(8).describe('bits of a code word of the listed rows'),
    group: z.int().positive().default(128).describe('group length along K'),
    rows: z.coerce.string().default('').describe('output features at highBits, e.g. 0-3,17'),
    of: z.int().min(0).default(0).describe('output features of the matrix, where rows are listed: another matrix is refused'),
  })
  .refine(({ bits, highBits }) => highBits > bits, { message: 'highBits must be above bits' })
  .refine(({ rows }) => rowsFromText(rows) !== undefined, { message: 'rows are numbers and ranges that ascend, e.g. 0-3,17' })
  .refine(({ rows, of }) => (rows === '' ? of === 0 : (rowsFromText(rows)?.at(-1) ?? 0) < of), {
    message: 'of is the number of output features, above every one of rows; without rows it is left out',
  });
export type MixllmOptions = z.infer<typeof options>;

export const mixllm: Quantizer<MixllmOptions> = {
  name: 'mixllm',
  description: 'chosen output features at 8 bits, the rest at 4, integer groups of 128',
  source: 'MixLLM, arXiv 2412.14590',
  modelVersion: 1,
  options,
  idle: (chosen): Readonly<Record<string, string>> => (chosen.rows === '' ? { highBits: 'no rows are listed' } : {}),
  simulationNote: ({ rows, bits, highBits }) =>
    rows === '' ? undefined : `output features at ${highBits} bits are read with their bits and multiplied as those at ${bits}`,
  formatName: (chosen) => roundToNearest.formatName(halves(chosen).low),
  storedBits,
  refusal({ rows }, { rows: listed, of }) {
    if (listed === '' || rows === of) return undefined;
    return new LowbitError('the listed output features are those of another matrix', {
      value: `${rows} output features, listed for ${of}`,
      remedy: 'rank the output features of this model',
    });
  },
  checksValues: true,
  quantize(tensor, chosen) {
    const rowBits = rowBitsOf(tensor, chosen);
    const { low, high } = halves(chosen);
    const parts = {
      low: roundToNearest.quantize(rowsAt(tensor, rowBits, chosen.bits), low),
      high: roundToNearest.quantize(rowsAt(tensor, rowBits, chosen.highBits), high),
    };
    const codes = new Uint8Array(tensor.data.length);
    scatter(codes, parts.low.codes, { rowBits, bits: chosen.bits });
    scatter(codes, parts.high.codes, { rowBits, bits: chosen.highBits });
    return {
      quantizer: mixllm.name,
      format: mixllm.formatName(chosen),
      rows: tensor.rows,
      cols: tensor.cols,
      codes,
      codeBits: chosen.rows === '' ? chosen.bits : chosen.highBits,
      group: chosen.group,
      side: { rowBits, scales: parts.low.side['scales']!, zeros: parts.low.side['zeros']!, highScales: parts.high.side['scales']! },
      bits: storedBits(tensor, chosen),
      choices: { ...chosen },
    };
  },
  dequantize(quantized) {
    const values = new Float32Array(quantized.codes.length);
    for (const { part, at } of storedParts(quantized)) scatter(values, roundToNearest.dequantize(part), at);
    return values;
  },
  encode(values, quantized) {
    const codes = new Uint8Array(values.length);
    for (const { part, at } of storedParts(quantized)) {
      const own = rowsAt({ rows: quantized.rows, cols: quantized.cols, data: values }, at.rowBits, at.bits);
      scatter(codes, roundToNearest.encode(own.data, part), at);
    }
    return codes;
  },
};

function halves({ bits, highBits, group }: MixllmOptions): { readonly low: RoundToNearestOptions; readonly high: RoundToNearestOptions } {
  const both = { granularity: 'group', group, fullRange: false } as const;
  return { low: { ...both, bits, symmetric: false }, high: { ...both, bits: highBits, symmetric: true } };
}

/** Without listed rows there is no map. What listed rows take beyond the others counts as outliers. */
function storedBits({ rows, cols }: MatrixShape, chosen: MixllmOptions): BitParts {
  const { low, high } = halves(chosen);
  const [body, wide] = [roundToNearest.storedBits({ rows, cols }, low), roundToNearest.storedBits({ rows, cols }, high)];
  if (chosen.rows === '') return body;
  const share = (rowsFromText(chosen.rows)?.length ?? 0) / rows;
  const outlier = share * (wide.payload + wide.group - body.payload - body.group);
  return { ...body, outlier, channel: channelBits(cols, 1) };
}

/** Bits of the code words of every row. */
function rowBitsOf({ rows }: Matrix, chosen: MixllmOptions): Uint8Array {
  const rowBits = new Uint8Array(rows).fill(chosen.bits);
  for (const row of rowsFromText(chosen.rows) ?? []) rowBits[row] = chosen.highBits;
  return rowBits;
}

/** Where the rows of a half stand. */
interface HalfPlace {
  readonly rowBits: Uint8Array;
  readonly bits: number;
}

/** The rows of so many bits, one below the other. */
function rowsAt({ cols, data }: Matrix, rowBits: Uint8Array, bits: number): Matrix {
  const own = [...rowBits.keys()].filter((row) => rowBits[row] === bits);
  const gathered = new Float32Array(own.length * cols);
  for (const [i, row] of own.entries()) gathered.set(data.subarray(row * cols, (row + 1) * cols), i * cols);
  return { rows: own.length, cols, data: gathered };
}

/** Puts the rows of a half where they stand in the matrix. */
function scatter<T extends Uint8Array | Float32Array>(whole: T, half: T, { rowBits, bits }: HalfPlace): void {
  const cols = whole.length / rowBits.length;
  let from = 0;
  for (const [row, own] of rowBits.entries()) {
    if (own !== bits) continue;
    whole.set(half.subarray(from, from + cols), row * cols);
    from += cols;
  }
}

/** The halves of a stored tensor as round to nearest reads them. */
function storedParts(quantized: QuantizedTensor): { readonly part: QuantizedTensor; readonly at: HalfPlace }[] {
  const chosen = quantized.choices as unknown as MixllmOptions;
  const { rowBits, scales, zeros, highScales } = quantized.side as unknown as Record<'rowBits' | 'zeros', Uint8Array> &
    Record<'scales' | 'highScales', Float32Array>;
  const { low, high } = halves(chosen);
  return [
    { choices: low, side: { scales, zeros } },
    { choices: high, side: { scales: highScales } },
  ].map(({ choices, side }) => {
    const at = { rowBits, bits: choices.bits };
    const codes = codesAt(quantized, at);
    const part = { ...quantized, rows: codes.length / quantized.cols, codes, codeBits: choices.bits, side, choices: { ...choices } };
    return { part, at };
  });
}

function codesAt({ cols, codes }: QuantizedTensor, { rowBits, bits }: HalfPlace): Uint8Array {
  const own = [...rowBits.keys()].filter((row) => rowBits[row] === bits);
  const gathered = new Uint8Array(own.length * cols);
  for (const [i, row] of own.entries()) gathered.set(codes.subarray(row * cols, (row + 1) * cols), i * cols);
  return gathered;
}
