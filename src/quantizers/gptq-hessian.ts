/**
 * The Hessian as GPTQ's loop takes it: dead inputs, damping, order of columns, factor.
 * Formula: H_jj = 0 makes H_jj = 1 and the column of W 0; H += damping * mean(diag H) * I; H = R R' with R upper (numeric/upper-factor.ts), so that
 * U = R^-1 is the Cholesky factor of H^-1 of the paper. Where H is not positive definite the damping is raised tenfold and it is tried again.
 * Source: GPTQ, ICLR 2023, section 3.3, and its released code (values only); the retry is this project's.
 */
import { LowbitError } from '../lowbit-error.js';
import type { Matrix } from '../numeric/matrix.js';
import { LARGEST_FACTOR, upperFactor, type UpperFactor } from '../numeric/upper-factor.js';

/** Damping that is tried after none at all. */
const FIRST_DAMPING = 0.01;
const MOST_DAMPING = 1e6;

export interface FactoredHessian {
  /** Of H with rows and columns in the order of the loop. */
  readonly factor: UpperFactor;
  /** Column of W by place in the loop. */
  readonly order: Int32Array;
  /** 1 for inputs that are always 0. */
  readonly dead: Uint8Array;
  /** Share of the mean diagonal element that was added in the end. */
  readonly damping: number;
}

/** Columns by falling diagonal element (`act-order`), equal ones as they stand; or as they stand. */
export type ColumnOrder = 'as-stored' | 'act-order';

/** The refusal when K is beyond what can be factored. */
export function hessianRefusal(cols: number): LowbitError | undefined {
  if (cols <= LARGEST_FACTOR) return undefined;
  return new LowbitError('the Hessian of K inputs is factored as K x K numbers', {
    value: `${cols} columns`,
    remedy: `at most ${LARGEST_FACTOR}, which takes 3.2 GB`,
  });
}

/** Prepares a Hessian. Throws LowbitError for one that is too large, has numbers that are not finite, or a negative diagonal. */
export function factoredHessian(hessian: Matrix, damping: number, columnOrder: ColumnOrder): FactoredHessian {
  const { cols: size, data } = hessian;
  const refusal = hessianRefusal(size);
  if (refusal !== undefined) throw refusal;
  const diagonal = Float64Array.from({ length: size }, (_, j) => data[j * size + j]!);
  if (!data.every(Number.isFinite) || diagonal.some((value) => value < 0))
    throw new LowbitError('the calibration is not that of finite inputs', { remedy: 'check the model and the calibration text' });
  const dead = Uint8Array.from(diagonal, (value) => (value === 0 ? 1 : 0));
  diagonal.forEach((value, j) => (diagonal[j] = value === 0 ? 1 : value));
  const mean = diagonal.reduce((sum, value) => sum + value, 0) / size;
  const order = Int32Array.from({ length: size }, (_, j) => j);
  if (columnOrder === 'act-order') order.sort((a, b) => diagonal[b]! - diagonal[a]! || a - b);
  for (let share = damping; share <= MOST_DAMPING; share = share === 0 ? FIRST_DAMPING : share * 10) {
    const factor = upperFactor(size, (i, j) => (i === j ? diagonal[order[i]!]! + share * mean : data[order[i]! * size + order[j]!]!));
    if (factor !== undefined) return { factor, order, dead, damping: share };
  }
  throw new LowbitError('the calibration is no sum of squares', { remedy: "a Hessian is 2/T times the sum of x x' over tokens" });
}

/** Inputs that say nothing of each other and are all alike: the identity, with which the loop rounds to nearest. */
export function independentInputs(size: number): FactoredHessian {
  const factor = { size, diagonal: new Float64Array(size).fill(1), ratios: new Float32Array(0) };
  return { factor, order: Int32Array.from({ length: size }, (_, j) => j), dead: new Uint8Array(size), damping: 0 };
}

/** The matrix with the columns of dead inputs set to 0; itself when there are none. */
export function withoutDead(tensor: Matrix, dead: Uint8Array): Matrix {
  if (!dead.includes(1)) return tensor;
  return { ...tensor, data: tensor.data.map((value, i) => (dead[i % tensor.cols] === 1 ? 0 : value)) };
}

/** What was done beyond the options, for the choices of a quantized tensor. */
export function hessianNotes({ dead, damping }: FactoredHessian, asked: number): Record<string, number> {
  const deadColumns = dead.reduce((sum, value) => sum + value, 0);
  return { ...(damping === asked ? {} : { dampingUsed: damping }), ...(deadColumns === 0 ? {} : { deadColumns }) };
}
