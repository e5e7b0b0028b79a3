/**
 * What is known about a value of an ONNX graph before anything runs: its shape, and its elements when they are few and follow from shapes and
 * constants alone (the arithmetic that exporters put between Shape and Reshape).
 */
import { LowbitError } from '../../lowbit-error.js';
import type { OnnxGraph, OnnxNode } from './reader.js';

/** Values are followed up to this many elements: shape arithmetic is short, weights are not. */
export const MAX_FOLDED_ELEMENTS = 4096;

export interface Fact {
  readonly shape: readonly number[];
  /** Elements in C order, when known. */
  readonly values?: readonly number[];
  /** Whether the elements are whole numbers, so that division truncates. */
  readonly integer: boolean;
  /** Whether it depends on stored tensors only, not on an input. */
  readonly constant: boolean;
}

/** One node with what is known about its inputs; a missing optional input is undefined. */
export interface NodeView {
  readonly node: OnnxNode;
  readonly graph: OnnxGraph;
  readonly inputs: readonly (Fact | undefined)[];
}

/** The LowbitError for a node whose shape does not work out. */
export function nodeError(
  view: NodeView,
  what: string,
  remedy = 'check the input shape; if it is right, the model is damaged',
): LowbitError {
  const shapes = view.inputs.map((fact) => (fact === undefined ? '-' : `[${fact.shape.join(', ')}]`)).join(' ');
  return new LowbitError(what, { place: `${view.graph.path}, node ${view.node.name} (${view.node.op}), inputs ${shapes}`, remedy });
}

/** The fact of a required input. */
export function inputFact(view: NodeView, index: number): Fact {
  const fact = view.inputs[index];
  if (fact === undefined) throw nodeError(view, `input ${index} is missing`);
  return fact;
}

/** Elements of an input that must be known before the model runs; undefined when the optional input is absent. */
export function knownValues(view: NodeView, index: number, what: string): readonly number[] | undefined {
  const fact = view.inputs[index];
  if (fact === undefined) return undefined;
  if (fact.values !== undefined) return fact.values;
  throw nodeError(
    view,
    `${what} depends on the data, so the shapes cannot be known before the model runs`,
    'export the model with fixed shapes',
  );
}

/** List of whole numbers in an attribute, or in the input that newer operator sets use in its place; undefined when neither is there. */
export function axesOf(view: NodeView, attribute: string, inputIndex: number): readonly number[] | undefined {
  const value = view.node.attributes.get(attribute);
  if (Array.isArray(value)) return value as readonly number[];
  return knownValues(view, inputIndex, attribute);
}

/** A list attribute of known length, or its default. */
export function listAttribute(view: NodeView, name: string, length: number, otherwise: number): readonly number[] {
  const value = view.node.attributes.get(name);
  if (value === undefined) return new Array<number>(length).fill(otherwise);
  if (Array.isArray(value) && value.length === length && value.every((entry) => Number.isSafeInteger(entry)))
    return value as readonly number[];
  throw nodeError(view, `attribute ${name} must hold ${length} whole numbers`);
}

/** An axis counted from the front; negative ones count from the back. Throws LowbitError outside -rank..rank-1. */
export function normalAxis(view: NodeView, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(normal) && normal >= 0 && normal < rank) return normal;
  throw nodeError(view, `axis ${axis} is outside the ${rank} dimensions`);
}

/** Elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((all, dimension) => all * dimension, 1);
}

/** Elements to jump for one step along each dimension (C order). */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  return strides;
}

/** The fact of a value that is a rearrangement of `from`: element i of the result is element `indexOf(coordinates of i)` of `from`. */
export function rearranged(from: Fact, shape: readonly number[], indexOf: (coordinates: readonly number[]) => number): Fact {
  const { values, integer, constant } = from;
  if (values === undefined || sizeOf(shape) > MAX_FOLDED_ELEMENTS) return { shape, integer, constant };
  return { shape, integer, constant, values: coordinatesOf(shape).map((coordinates) => values[indexOf(coordinates)] ?? NaN) };
}

/** The coordinates of all elements in C order. */
function coordinatesOf(shape: readonly number[]): number[][] {
  const strides = stridesOf(shape);
  return Array.from({ length: sizeOf(shape) }, (_, i) => shape.map((dimension, axis) => Math.floor(i / (strides[axis] ?? 1)) % dimension));
}
