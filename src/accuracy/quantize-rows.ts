/**
 * A matrix under the quantizer of its product, or under several: every block of rows is quantized as a matrix of these rows, with the same inputs.
 *   bits of a part = sum over blocks (rows of the block / rows) * its bits, and of the map of rows (trace/row-blocks.ts) as a part of the channels
 * Left out: the order in which blocks are stored.
 */
import { matrix, type Matrix } from '../numeric/matrix.js';
import type { Calibration } from '../quantizers/calibration.js';
import { quantize, quantizerNamed } from '../quantizers/index.js';
import { NO_BITS, type BitParts, type QuantizedTensor } from '../quantizers/quantizer.js';
import type { QuantizedRows } from '../decoder/decoder-model.js';
import { mapBits } from '../trace/row-blocks.js';
import type { ProductChoice, QuantizerChoice } from './scheme-choice.js';

/** What became of a matrix. */
export interface QuantizedWeight {
  readonly values: Float32Array;
  readonly format: string;
  readonly bits: BitParts;
  /** All rows, or blocks of them. */
  readonly stored: { readonly quantized: QuantizedTensor } | { readonly quantizedRows: readonly QuantizedRows[] };
}

/** Throws LowbitError as `quantize` does. */
export function quantizeWeight(weight: Matrix, { rowBlocks, ...choice }: ProductChoice, seen?: Calibration): QuantizedWeight {
  if (rowBlocks === undefined) {
    const quantized = quantize(choice.quantizer, weight, choice.options, seen);
    return { values: readBack(quantized), format: quantized.format, bits: quantized.bits, stored: { quantized } };
  }
  const listed = new Set(rowBlocks.flatMap(({ rows }) => [...rows]));
  const rest = Int32Array.from({ length: weight.rows }, (_, row) => row).filter((row) => !listed.has(row));
  const blocks = [{ ...choice, rows: rest }, ...rowBlocks]
    .filter(({ rows }) => rows.length > 0)
    .map(({ rows, quantizer, options }) => ({ rows, quantized: quantize(quantizer, rowsAt(weight, rows), options, seen) }));
  const values = new Float32Array(weight.data.length);
  for (const { rows, quantized } of blocks) {
    const own = readBack(quantized);
    for (const [i, row] of rows.entries()) values.set(own.subarray(i * weight.cols, (i + 1) * weight.cols), row * weight.cols);
  }
  return {
    values,
    format: blocks.map(({ quantized }) => quantized.format).join(' + '),
    bits: bitsTogether(blocks, weight),
    stored: { quantizedRows: blocks },
  };
}

/** The values alone. */
export function valuesUnder(weight: Matrix, choice: ProductChoice): Float32Array {
  return quantizeWeight(weight, choice).values;
}

/** The quantizers of all rows. */
export function choicesOf({ rowBlocks = [], ...rest }: ProductChoice): QuantizerChoice[] {
  return [rest, ...rowBlocks];
}

function readBack(quantized: QuantizedTensor): Float32Array {
  return quantizerNamed(quantized.quantizer).dequantize(quantized);
}

function rowsAt({ cols, data }: Matrix, rows: Int32Array): Matrix {
  const own = matrix(rows.length, cols, new Float32Array(rows.length * cols));
  for (const [i, row] of rows.entries()) own.data.set(data.subarray(row * cols, (row + 1) * cols), i * cols);
  return own;
}

function bitsTogether(blocks: readonly QuantizedRows[], { rows: all, cols }: Matrix): BitParts {
  const mean = (part: keyof BitParts): number =>
    blocks.reduce((sum, { rows, quantized }) => sum + (rows.length / all) * quantized.bits[part], 0);
  const parts = Object.fromEntries(Object.keys(NO_BITS).map((part) => [part, mean(part as keyof BitParts)])) as unknown as BitParts;
  return { ...parts, channel: parts.channel + mapBits(blocks.length) / cols };
}
