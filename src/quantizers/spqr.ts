/**
 * SpQR: b-bit groups of 16 whose scales and zero points are quantized too (spqr-tiles.ts), and weights the groups do not hold apart as FP16 values with a
 * 16-bit column and a pointer per row; GPTQ's loop (gptq-loop.ts) over them when the Hessian of the inputs is known, else rounded to nearest.
 * Formula: q = clamp(rne(w / s' + z'), 0, 2^b - 1), w^ = (q - z') s'; outlier: (w - w^)^2 / U_jj^2 > tau * mean over columns j of var(W_:j) / U_jj^2, with
 * w as the loop finds it and H^-1 = U'U; U_jj = 1 without a Hessian.
 * Bits: b + (3 + 3)/16 + (2 * 32)/256, 32 per outlier, 32/K for row pointers; the code slot of an outlier is kept and holds 0.
 * var divides by N - 1, as the `var(dim=0)` of the released code does (PyTorch's default); one row has none, and no outliers.
 * Source: SpQR, arXiv 2306.03078, and its released code (values only). Left out: its orders of columns.
 */
import { z } from 'zod';
import { channelBits, tensorBits } from '../formats/bit-accounting.js';
import { LowbitError } from '../lowbit-error.js';
import type { Matrix } from '../numeric/matrix.js';
import { NO_BITS, type BitParts, type MatrixShape, type QuantizedTensor, type Quantizer } from './quantizer.js';
import { factoredHessian, hessianNotes, independentInputs, withoutDead, type FactoredHessian } from './gptq-hessian.js';
import { gptqLoop, type CodedColumn, type ColumnCoder } from './gptq-loop.js';
import {
  emptySide,
  fitColumns,
  groupsOf,
  inFp16,
  SECOND_LEVEL_bits,
  spqrCode,
  SPQR_GROUP,
  storedFits,
  tilesOf,
  type GroupFits,
  type SpoilerRule,
  type SpqrSide,
} from './spqr-tiles.js';

/** FP16 low and step of the scales and of the zero points of a tile. */
const TILE_bits = 4 * 16;
/** FP16 value and column. */
const OUTLIER_bits = 16 + 16;
const POINTER_bits = 32;
const MOST_COLUMNS = 2 ** 16;

const options = z.strictObject({
  bits: z.int().min(2).max(8).default(3).describe('code width'),
  tau: z.number().nonnegative().default(0.2).describe('squared error above which a weight is an outlier, in mean variances of a column'),
  damping: z
    .number()
    .nonnegative()
    .default(0.01)
    .describe('share of the mean diagonal element that is added to a Hessian, when there is one'),
});
export type SpqrOptions = z.infer<typeof options>;

interface SpqrStored extends SpqrSide {
  readonly outliers: Float32Array;
  readonly outlierColumns: Uint16Array;
  /** Outliers of the rows before, one entry more than rows. */
  readonly rowPointers: Int32Array;
}

export const spqr: Quantizer<SpqrOptions> = {
  name: 'spqr',
  description: 'groups of 16 with 3-bit scales and zero points, weights they do not hold apart in FP16; GPTQ loop with a Hessian',
  source: 'SpQR, arXiv 2306.03078',
  modelVersion: 4,
  options,
  uses: ['hessian'],
  formatName: ({ bits }) => `spqr${bits}`,
  rowsShare: () => 'tiles of scales',
  refusal: ({ cols }) =>
    cols <= MOST_COLUMNS
      ? undefined
      : new LowbitError('spqr tells columns apart by 16 bits', { value: `${cols} columns`, remedy: `at most ${MOST_COLUMNS}` }),
  storedBits,
  quantize(tensor, chosen, calibration) {
    const { bits, tau, damping } = chosen;
    const hessian = calibration?.hessian;
    const factored = hessian === undefined ? independentInputs(tensor.cols) : factoredHessian(hessian, damping, 'as-stored');
    const weights = withoutDead(tensor, factored.dead);
    const side = emptySide(tensor);
    const sensitivity = factored.factor.diagonal.map((r) => r * r);
    const rule = { bits, bound: tau * meanColumnVariance(weights, sensitivity), sensitivity };
    const apart: Apart = { indices: [], values: [] };
    const { codes } = gptqLoop(weights, factored, SPQR_GROUP, (firstRow) => spqrCoder({ side, apart, firstRow }, weights, rule));
    return {
      quantizer: spqr.name,
      format: spqr.formatName(chosen),
      rows: tensor.rows,
      cols: tensor.cols,
      codes,
      codeBits: bits,
      group: SPQR_GROUP,
      side: { ...side, ...storedOutliers(tensor, apart) },
      bits: storedBits(tensor, chosen, apart.indices.length),
      choices: { ...chosen, outliers: apart.indices.length, ...calibrationNotes(factored, hessian !== undefined, damping) },
      outlierShare: apart.indices.length / tensor.data.length,
    };
  },
  dequantize(quantized) {
    const { codes, cols } = quantized;
    const side = quantized.side as unknown as SpqrStored;
    const values = valuesOf(codes, side, quantized);
    storedIndices(side, cols).forEach((index, i) => (values[index] = side.outliers[i]!));
    return values;
  },
  encode(values, quantized) {
    const side = quantized.side as unknown as SpqrStored;
    const codes = codesOf(values, side, quantized, quantized.codeBits);
    for (const index of storedIndices(side, quantized.cols)) codes[index] = 0;
    return codes;
  },
};

function calibrationNotes(factored: FactoredHessian, known: boolean, damping: number): Record<string, number | boolean> {
  return known ? { calibrated: true, ...hessianNotes(factored, damping) } : {};
}

/** Outliers in the order they were found: flat index, and the weight as the loop found it. */
interface Apart {
  readonly indices: number[];
  readonly values: number[];
}

interface CodedRows {
  readonly side: SpqrSide;
  readonly apart: Apart;
  readonly firstRow: number;
}

/** The coder of rows from `firstRow` on. */
function spqrCoder({ side, apart, firstRow }: CodedRows, shape: Shape, rule: SpoilerRule): ColumnCoder {
  const top = 2 ** rule.bits - 1;
  let fits: GroupFits = { scales: new Float64Array(0), zeros: new Float64Array(0) };
  return {
    fit(columns) {
      fits = fitColumns({ side, shape, firstRow }, columns, rule);
    },
    code(column: number, weights: Float32Array, { values, codes }: CodedColumn): void {
      const { scales, zeros } = fits;
      const sensitivity = rule.sensitivity[column]!;
      for (let row = 0; row < weights.length; row++) {
        const weight = weights[row]!;
        const code = spqrCode(weight, scales[row]!, zeros[row]!, top);
        values[row] = (code - zeros[row]!) * scales[row]!;
        codes[row] = code;
        if ((weight - values[row]!) ** 2 * sensitivity <= rule.bound) continue;
        apart.indices.push((firstRow + row) * shape.cols + column);
        apart.values.push(weight);
        values[row] = inFp16(weight);
        codes[row] = 0;
      }
    },
  };
}

/** Mean over the columns of the weighted variance down a column, over N - 1; of one row Infinity, a bound nothing exceeds. */
function meanColumnVariance({ rows, cols, data }: Matrix, sensitivity: Float64Array): number {
  if (rows === 1) return Infinity;
  let total = 0;
  for (let column = 0; column < cols; column++) {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += data[row * cols + column]!;
    const mean = sum / rows;
    let squares = 0;
    for (let row = 0; row < rows; row++) squares += (data[row * cols + column]! - mean) ** 2;
    total += squares * sensitivity[column]!;
  }
  return total / ((rows - 1) * cols);
}

type Shape = Pick<QuantizedTensor, 'rows' | 'cols'>;

function codesOf(values: Float32Array, side: SpqrSide, shape: Shape, bits: number): Uint8Array {
  const { scales, zeros } = storedFits(side, shape);
  const top = 2 ** bits - 1;
  const codes = new Uint8Array(values.length);
  eachElement(shape, (i, group) => (codes[i] = spqrCode(values[i]!, scales[group]!, zeros[group]!, top)));
  return codes;
}

function valuesOf(codes: Uint8Array, side: SpqrSide, shape: Shape): Float32Array {
  const { scales, zeros } = storedFits(side, shape);
  const values = new Float32Array(codes.length);
  eachElement(shape, (i, group) => (values[i] = (codes[i]! - zeros[group]!) * scales[group]!));
  return values;
}

/** Flat index of every element with that of its group. */
function eachElement(shape: Shape, visit: (index: number, group: number) => void): void {
  const groups = groupsOf(shape);
  for (let row = 0; row < shape.rows; row++) {
    for (let column = 0; column < shape.cols; column++) visit(row * shape.cols + column, row * groups + Math.floor(column / SPQR_GROUP));
  }
}

function storedOutliers(
  { rows, cols }: Shape,
  { indices, values }: Apart,
): Pick<SpqrStored, 'outliers' | 'outlierColumns' | 'rowPointers'> {
  const rowPointers = new Int32Array(rows + 1);
  for (const index of indices) rowPointers[Math.floor(index / cols) + 1]!++;
  for (let row = 0; row < rows; row++) rowPointers[row + 1]! += rowPointers[row]!;
  const order = Int32Array.from(indices.keys()).sort((a, b) => indices[a]! - indices[b]!);
  return {
    outliers: Float32Array.from(order, (i) => inFp16(values[i]!)),
    outlierColumns: Uint16Array.from(order, (i) => indices[i]! % cols),
    rowPointers,
  };
}

/** Flat indices of the outliers as a reader of the stored tensor finds them. */
function storedIndices({ outlierColumns, rowPointers }: SpqrStored, cols: number): number[] {
  let row = 0;
  return Array.from(outlierColumns, (column, i) => {
    while (i >= rowPointers[row + 1]!) row++;
    return row * cols + column;
  });
}

/** How many weights lie apart follows from their values. Of the rows + 1 pointers one is a 0 nobody needs to store. */
function storedBits({ rows, cols }: MatrixShape, { bits }: SpqrOptions, outliers = NaN): BitParts {
  const shape = { rows, cols };
  const codes = rows * groupsOf(shape) * 2 * SECOND_LEVEL_bits;
  return {
    ...NO_BITS,
    payload: bits,
    group: tensorBits(rows, cols, codes + tilesOf(shape) * TILE_bits),
    outlier: tensorBits(rows, cols, outliers * OUTLIER_bits) + channelBits(cols, POINTER_bits),
  };
}
