/**
 * GPTQ's loop over a column coder: columns are quantized one after the other, and what each misses is made up for by those that follow.
 * Formula: e_j = (w_j - q_j) / U_jj, then w_i -= e_j U_ji for i > j, with H^-1 = U'U; loss = sum e^2 = tr((W - Q) H (W - Q)').
 * Computed with R = U^-1, which is the same in exact arithmetic and needs no inverse: w_j = W_j + sum over i < j of (W_i - Q_i) R_ij / R_jj, e_j = (w_j - q_j) R_jj.
 * Lazy blocks of 128 columns: inside a block every column is passed on at once, to the rest of the matrix a block at a time; the order of the sum is the same,
 * so block size and rows side by side change no bit. A diagonal H passes on exactly nothing. Before its last column the partial sum is not the weight of the paper;
 * groups are fitted to that all the same (fitGroup).
 * Source: GPTQ, ICLR 2023, algorithm 1. Groups are fitted to weights with every earlier column passed on (the released code leaves out those of the
 * current lazy block). Left out: what the element grid is, which is the coder's.
 */
import { eliminationSpace, padded, type Block, type EliminationSpace } from '../numeric/elimination.js';
import type { Matrix } from '../numeric/matrix.js';
import type { FactoredHessian } from './gptq-hessian.js';

/** Columns `from` .. `to` - 1 of the loop as they stand: element (row, place) is `data[place * stride + row]`. */
export interface CurrentColumns {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly data: Float32Array;
  readonly stride: number;
}

/** A column that was coded, by row. */
export interface CodedColumn {
  /** What the stored tensor reads back as. */
  readonly values: Float32Array;
  readonly codes: Uint8Array;
}

/** What turns the weights of some rows into code words. */
export interface ColumnCoder {
  /** Fits what columns that begin a group share; absent: it stands already. */
  readonly fit?: (columns: CurrentColumns) => void;
  /** Codes of the column at a place of the loop, given its weights as they stand. */
  code(place: number, weights: Float32Array, coded: CodedColumn): void;
}

export interface LoopResult {
  readonly codes: Uint8Array;
  /** Sum of e^2, with the damped H. */
  readonly loss: number;
}

const LAZY_BLOCK = 128;
/** Rows that go through the loop together: a multiple of every tile, and a block of them stays in the second-level cache. */
const ROWS_TOGETHER = 512;

/** Quantizes W (without dead columns); `coderOf(first row, rows)` makes the coder of rows that go together, `group` columns are fitted together. */
export function gptqLoop(
  weights: Matrix,
  hessian: Pick<FactoredHessian, 'factor' | 'order'>,
  group: number,
  coderOf: (firstRow: number, rows: number) => ColumnCoder,
): LoopResult {
  const codes = new Uint8Array(weights.data.length);
  const stride = padded(Math.min(ROWS_TOGETHER, weights.rows), 4);
  const space = eliminationSpace(4 * (weights.cols * (stride + LAZY_BLOCK) + 2 * LAZY_BLOCK * stride) + 256);
  const arrays: Arrays = {
    space,
    stride,
    current: space.singles(weights.cols * stride),
    moved: space.singles(LAZY_BLOCK * stride),
    values: space.singles(stride),
    ratios: space.singles(weights.cols * LAZY_BLOCK),
    codes: new Uint8Array(LAZY_BLOCK * stride),
  };
  let loss = 0;
  for (let firstRow = 0; firstRow < weights.rows; firstRow += ROWS_TOGETHER) {
    const rows = Math.min(ROWS_TOGETHER, weights.rows - firstRow);
    const part: Part = { weights, codes, firstRow, rows, arrays, hessian, group, coder: coderOf(firstRow, rows) };
    transposeIn(part, 0, weights.cols, arrays.current);
    let from = 0;
    while (from < weights.cols) {
      const to = endOfBlock(from, weights.cols, part.coder.fit === undefined ? weights.cols : group);
      copyRatios(part, from, to);
      loss += codeBlock(part, from, to);
      passOn(part, { block: from, from, count: to - from, first: to, last: weights.cols });
      transposeOut(part, from, to);
      from = to;
    }
  }
  return { codes, loss };
}

/** Memory of the loop; columns are rows of `stride` here, so that the rows of W lie side by side. */
interface Arrays {
  readonly space: EliminationSpace;
  readonly stride: number;
  readonly current: Float32Array;
  /** Q - W of the columns of the block. */
  readonly moved: Float32Array;
  readonly values: Float32Array;
  /** R_ij / R_jj: row j, columns i of the block. */
  readonly ratios: Float32Array;
  readonly codes: Uint8Array;
}

interface Part {
  readonly weights: Matrix;
  readonly codes: Uint8Array;
  readonly firstRow: number;
  readonly rows: number;
  readonly arrays: Arrays;
  readonly hessian: Pick<FactoredHessian, 'factor' | 'order'>;
  readonly group: number;
  readonly coder: ColumnCoder;
}

/** Blocks hold whole groups, or a part of one: no group begins inside a block and ends beyond it. */
function endOfBlock(from: number, cols: number, group: number): number {
  const length = group <= LAZY_BLOCK ? Math.floor(LAZY_BLOCK / group) * group : Math.min(LAZY_BLOCK, group - (from % group));
  return Math.min(from + length, cols);
}

/** Codes the columns of a block one by one; their share of the loss. */
function codeBlock(part: Part, from: number, to: number): number {
  const { arrays, rows, group, coder, hessian } = part;
  const { current, moved, values, codes, stride } = arrays;
  const coded = values.subarray(0, rows);
  transposeIn(part, from, to, moved);
  let loss = 0;
  for (let j = from; j < to; j++) {
    if (coder.fit !== undefined && j % group === 0) fitGroup(part, coder.fit, j, Math.min(j + group, part.weights.cols));
    const weights = current.subarray(j * stride, j * stride + rows);
    const at = (j - from) * stride;
    coder.code(j, weights, { values: coded, codes: codes.subarray(at, at + rows) });
    const squares = takeOut(moved.subarray(at, at + rows), weights, coded);
    loss += squares * hessian.factor.diagonal[j]! ** 2;
    passOn(part, { block: from, from: j, count: 1, first: j + 1, last: to });
  }
  return loss;
}

/**
 * Fits the group of columns from .. to - 1 as the paper has them when it begins: what earlier columns missed is made up for, and these miss nothing yet. With R
 * a column also takes what lies between W and that of the columns of its group before it: c_k = w_k + sum over from <= i < k of (W_i - c_i) R_ik / R_kk.
 */
function fitGroup(part: Part, fit: NonNullable<ColumnCoder['fit']>, from: number, to: number): void {
  const { arrays, rows, hessian } = part;
  const { current, stride } = arrays;
  const columns = { from, to, rows, data: current, stride };
  if (from === 0 || independent(hessian)) {
    fit(columns);
    return;
  }
  const { ratios, size } = hessian.factor;
  const asTheyStood = current.slice(from * stride, to * stride);
  const before = new Float32Array((to - from) * stride);
  transposeIn(part, from, to, before);
  for (let k = from; k < to; k++) {
    const column = current.subarray(k * stride, k * stride + rows);
    for (let i = from; i < k; i++) addScaled(column, before.subarray((i - from) * stride), ratios[k * size + i]!);
    const own = before.subarray((k - from) * stride, (k - from) * stride + rows);
    for (let row = 0; row < rows; row++) own[row]! -= column[row]!;
  }
  fit(columns);
  current.set(asTheyStood, from * stride);
}

function addScaled(column: Float32Array, other: Float32Array, factor: number): void {
  for (let row = 0; row < column.length; row++) column[row]! += factor * other[row]!;
}

/** Replaces W by Q - W; sum of squares of what the coder missed of the weights as they stood. */
function takeOut(column: Float32Array, weights: Float32Array, values: Float32Array): number {
  let squares = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    const missed = weights[row]! - value;
    squares += missed * missed;
    column[row] = value - column[row]!;
  }
  return squares;
}

/** `count` columns from `from` on, of the block that begins at `block`, are passed on to columns `first` .. `last` - 1. */
interface Passing {
  readonly block: number;
  readonly from: number;
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

function passOn({ arrays, hessian }: Part, { block, from, count, first, last }: Passing): void {
  if (first >= last || independent(hessian)) return;
  const { space, stride, current, moved, ratios } = arrays;
  const columns = (data: Float32Array, start: number, rows: number): Block<Float32Array> => ({ data, start, rows, cols: stride, stride });
  const shares = { data: ratios, start: first * LAZY_BLOCK + from - block, rows: last - first, cols: count, stride: LAZY_BLOCK };
  space.subtract32(shares, columns(moved, (from - block) * stride, count), columns(current, first * stride, last - first));
}

/** Whether no input says anything of another, so that nothing is passed on. */
function independent({ factor }: Part['hessian']): boolean {
  return factor.ratios.length === 0;
}

function copyRatios({ arrays, hessian }: Part, from: number, to: number): void {
  if (independent(hessian)) return;
  const { ratios, size } = hessian.factor;
  for (let j = from; j < size; j++) arrays.ratios.set(ratios.subarray(j * size + from, j * size + to), j * LAZY_BLOCK);
}

const TILE = 16;

/** Columns of W in the order of the loop, as rows of `target`; in small squares, since one side goes down columns. */
function transposeIn({ weights, firstRow, rows, arrays, hessian }: Part, from: number, to: number, target: Float32Array): void {
  const { data, cols } = weights;
  for (let place = from; place < to; place += TILE) {
    const end = Math.min(place + TILE, to);
    for (let row = 0; row < rows; row++) {
      const source = (firstRow + row) * cols;
      for (let j = place; j < end; j++) target[(j - from) * arrays.stride + row] = data[source + hessian.order[j]!]!;
    }
  }
}

function transposeOut({ weights, codes, firstRow, rows, arrays, hessian }: Part, from: number, to: number): void {
  for (let row = 0; row < rows; row++) {
    const target = (firstRow + row) * weights.cols;
    for (let j = from; j < to; j++) codes[target + hessian.order[j]!] = arrays.codes[(j - from) * arrays.stride + row]!;
  }
}
