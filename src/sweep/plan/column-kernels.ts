/**
 * The operations of column programs over whole columns; each writes its result over its (first) operand. 1 is true, 0 is false, NaN is unknown:
 * NaN in gives NaN out, also of comparisons; of `and` and `or` only where the other side does not decide.
 * Logarithms, exponentials and powers are those of numeric/, so that rows are the same bytes on every machine.
 */
import { portableExp, portableLn, portableLog10 } from '../../numeric/logarithm.js';
import type { Operation } from './column-program.js';

type Unary = (values: Float64Array, length: number) => void;
type Binary = (left: Float64Array, right: Float64Array, length: number) => void;

export type UnaryName = 'negate' | 'not' | 'sqrt' | 'abs' | 'log2' | 'log10' | 'ln' | 'exp' | 'floor' | 'ceil';
export type BinaryName = Exclude<Operation, UnaryName>;

export const unaryKernels: Readonly<Record<UnaryName, Unary>> = Object.freeze({
  negate: each((x) => -x),
  not: each((x) => 1 - x),
  sqrt: each(Math.sqrt),
  abs: each(Math.abs),
  log2: each((x) => logarithm(x, log2)),
  log10: each((x) => logarithm(x, log10)),
  ln: each((x) => logarithm(x, portableLn)),
  exp: each(exponential),
  floor: each(Math.floor),
  ceil: each(Math.ceil),
});

// Written out, because they run once per objective, constraint and point: a callback per element takes three times as long.
export const binaryKernels: Readonly<Record<BinaryName, Binary>> = Object.freeze({
  '+': (left, right, length) => {
    for (let i = 0; i < length; i++) left[i]! += right[i]!;
  },
  '-': (left, right, length) => {
    for (let i = 0; i < length; i++) left[i]! -= right[i]!;
  },
  '*': (left, right, length) => {
    for (let i = 0; i < length; i++) left[i]! *= right[i]!;
  },
  '/': (left, right, length) => {
    for (let i = 0; i < length; i++) left[i]! /= right[i]!;
  },
  '<': (left, right, length) => {
    for (let i = 0; i < length; i++) left[i] = left[i]! < right[i]! ? 1 : left[i]! >= right[i]! ? 0 : NaN;
  },
  '<=': (left, right, length) => {
    for (let i = 0; i < length; i++) left[i] = left[i]! <= right[i]! ? 1 : left[i]! > right[i]! ? 0 : NaN;
  },
  '>': (left, right, length) => {
    for (let i = 0; i < length; i++) left[i] = left[i]! > right[i]! ? 1 : left[i]! <= right[i]! ? 0 : NaN;
  },
  '>=': (left, right, length) => {
    for (let i = 0; i < length; i++) left[i] = left[i]! >= right[i]! ? 1 : left[i]! < right[i]! ? 0 : NaN;
  },
  '==': pairs((x, y) => (x !== x || y !== y ? NaN : x === y ? 1 : 0)),
  '!=': pairs((x, y) => (x !== x || y !== y ? NaN : x === y ? 0 : 1)),
  xor: pairs((x, y) => Math.abs(x - y)),
  and: pairs((x, y) => (x === 0 || y === 0 ? 0 : x * y)),
  or: pairs((x, y) => (x === 1 || y === 1 ? 1 : x + y)),
  '^': pairs(power),
  min: pairs(Math.min),
  max: pairs(Math.max),
});

function each(of: (x: number) => number): Unary {
  return (values, length) => {
    for (let i = 0; i < length; i++) values[i] = of(values[i]!);
  };
}

function pairs(of: (x: number, y: number) => number): Binary {
  return (left, right, length) => {
    for (let i = 0; i < length; i++) left[i] = of(left[i]!, right[i]!);
  };
}

/** The logarithm with its limits: -infinity at 0, unknown below. */
function logarithm(x: number, of: (x: number) => number): number {
  if (x > 0 && x < Infinity) return of(x);
  return x === 0 ? -Infinity : x === Infinity ? Infinity : NaN;
}

function log2(x: number): number {
  return portableLn(x) / Math.LN2;
}

/** Whole powers of ten have whole logarithms, which the quotient of two rounded numbers would miss by its last bit. */
function log10(x: number): number {
  const value = portableLog10(x);
  const whole = Math.round(value);
  return Math.abs(value - whole) < 1e-13 && Number(`1e${whole}`) === x ? whole : value;
}

function exponential(y: number): number {
  if (Math.abs(y) <= 700) return portableExp(y);
  return y > 0 ? Infinity : y < 0 ? 0 : NaN;
}

/** x ^ y: by squaring where y is a whole number, else e ^ (y ln x), which a negative x does not have. */
function power(x: number, y: number): number {
  if (x !== x || y !== y) return NaN;
  if (Number.isInteger(y) && Math.abs(y) <= 1024) return y < 0 ? 1 / wholePower(x, -y) : wholePower(x, y);
  if (y === 0.5) return Math.sqrt(x);
  if (x === 0) return y > 0 ? 0 : Infinity;
  return exponential(y * logarithm(x, portableLn));
}

function wholePower(x: number, exponent: number): number {
  let result = 1;
  let square = x;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
