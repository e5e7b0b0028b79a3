/**
 * Broadcasting of shapes (ONNX multidirectional rule: align at the end, 1 stretches) and arithmetic on values that are known.
 * Left out: functions that no shape arithmetic uses (exp, sin, ...): their result has a shape but no known values.
 */
import { MAX_FOLDED_ELEMENTS, nodeError, rearranged, sizeOf, stridesOf, type Fact, type NodeView } from './fact.js';

type Scalar = (a: number, b: number, c: number) => number;

const functions: Readonly<Record<string, Scalar>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Mod: (a, b) => a - b * Math.floor(a / b),
  Min: (a, b) => Math.min(a, b),
  Max: (a, b) => Math.max(a, b),
  And: (a, b) => (a && b ? 1 : 0),
  Or: (a, b) => (a || b ? 1 : 0),
  Equal: (a, b) => (a === b ? 1 : 0),
  Less: (a, b) => (a < b ? 1 : 0),
  Greater: (a, b) => (a > b ? 1 : 0),
  LessOrEqual: (a, b) => (a <= b ? 1 : 0),
  GreaterOrEqual: (a, b) => (a >= b ? 1 : 0),
  Where: (condition, a, b) => (condition ? a : b),
  Neg: (a) => -a,
  Abs: (a) => Math.abs(a),
  Floor: (a) => Math.floor(a),
  Ceil: (a) => Math.ceil(a),
  Not: (a) => (a ? 0 : 1),
  Identity: (a) => a,
};

const comparisons: ReadonlySet<string> = new Set(['And', 'Or', 'Equal', 'Less', 'Greater', 'LessOrEqual', 'GreaterOrEqual', 'Not']);

/** The common shape of all inputs. Throws LowbitError when two dimensions differ and neither is 1. */
export function broadcastShape(view: NodeView, shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let common = 1;
    for (const shape of shapes) {
      const dimension = shape[axis - rank + shape.length] ?? 1;
      if (dimension !== 1 && common !== 1 && dimension !== common)
        throw nodeError(view, `shapes do not fit each other: ${common} against ${dimension} in dimension ${axis}`);
      if (dimension !== 1) common = dimension;
    }
    return common;
  });
}

/** `fact` stretched to a shape that it broadcasts to. */
export function expandTo(fact: Fact, shape: readonly number[]): Fact {
  const strides = stridesOf(fact.shape);
  const skipped = shape.length - fact.shape.length;
  return rearranged(fact, shape, (coordinates) =>
    fact.shape.reduce(
      (index, dimension, axis) => index + (dimension === 1 ? 0 : (coordinates[axis + skipped] ?? 0) * (strides[axis] ?? 1)),
      0,
    ),
  );
}

/** Result of an element-wise node: broadcast shape, and values when all operands are known. */
export function elementwise(view: NodeView): Fact {
  const operands = view.inputs.filter((fact) => fact !== undefined);
  const shape = broadcastShape(
    view,
    operands.map((fact) => fact.shape),
  );
  const { op } = view.node;
  const typed = op === 'Where' ? operands.slice(1) : operands;
  const integer = comparisons.has(op) || typed.every((fact) => fact.integer);
  const fact = { shape, integer, constant: operands.every((operand) => operand.constant) };
  const compute = functions[op];
  // Sums and extremes of any other number of operands do not occur in shape arithmetic.
  if (compute?.length !== operands.length || sizeOf(shape) > MAX_FOLDED_ELEMENTS) return fact;
  const [a, b, c] = operands.map((operand) => expandTo(operand, shape).values);
  if (a === undefined || (compute.length > 1 && b === undefined) || (compute.length > 2 && c === undefined)) return fact;
  const exact = (value: number): number => (integer ? Math.trunc(value) : value);
  return { ...fact, values: a.map((value, i) => exact(compute(value, b?.[i] ?? 0, c?.[i] ?? 0))) };
}

/** A cast: 1 and 10, 11, 16 are floats, the rest whole numbers (TensorProto.DataType). */
export function castTo(fact: Fact, code: number): Fact {
  const integer = ![1, 10, 11, 16].includes(code);
  return { ...fact, integer, ...(fact.values === undefined || !integer ? {} : { values: fact.values.map(Math.trunc) }) };
}
