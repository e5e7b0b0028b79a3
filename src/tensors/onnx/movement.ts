/**
 * Operators that only rearrange: their output shapes, and their values when these are known (ONNX operator schemas).
 * Axes and sizes are taken from attributes (older operator sets) or inputs (newer ones).
 */
import { broadcastShape, expandTo } from './arithmetic.js';
import {
  axesOf,
  inputFact,
  knownValues,
  listAttribute,
  MAX_FOLDED_ELEMENTS,
  nodeError,
  normalAxis,
  rearranged,
  sizeOf,
  stridesOf,
  type Fact,
  type NodeView,
} from './fact.js';
import { integerAttribute } from './weights.js';

/** A value with its elements in the same order under another shape. */
function reshaped(view: NodeView, shape: readonly number[]): Fact {
  const fact = inputFact(view, 0);
  if (sizeOf(shape) !== sizeOf(fact.shape))
    throw nodeError(view, `[${shape.join(', ')}] does not have the ${sizeOf(fact.shape)} elements of the input`);
  return { ...fact, shape };
}

export function reshape(view: NodeView): Fact {
  const { shape } = inputFact(view, 0);
  const wanted = axesOf(view, 'shape', 1);
  if (wanted === undefined) throw nodeError(view, 'the new shape is missing');
  const copyZero = integerAttribute(view.node, 'allowzero', 0) === 0;
  const filled = wanted.map((dimension, axis) => (dimension === 0 && copyZero ? (shape[axis] ?? 0) : dimension));
  const inferred = sizeOf(shape) / sizeOf(filled.filter((dimension) => dimension !== -1));
  if (filled.includes(-1) && !Number.isInteger(inferred))
    throw nodeError(view, `[${wanted.join(', ')}] does not fit the ${sizeOf(shape)} elements of the input`);
  return reshaped(
    view,
    filled.map((dimension) => (dimension === -1 ? inferred : dimension)),
  );
}

export function flatten(view: NodeView): Fact {
  const { shape } = inputFact(view, 0);
  const axis = integerAttribute(view.node, 'axis', 1);
  const split = axis === shape.length ? axis : normalAxis(view, axis, Math.max(shape.length, 1));
  return reshaped(view, [sizeOf(shape.slice(0, split)), sizeOf(shape.slice(split))]);
}

export function squeeze(view: NodeView): Fact {
  const { shape } = inputFact(view, 0);
  const axes = axesOf(view, 'axes', 1)?.map((axis) => normalAxis(view, axis, shape.length));
  return reshaped(
    view,
    shape.filter((dimension, axis) => (axes === undefined ? dimension !== 1 : !axes.includes(axis))),
  );
}

export function unsqueeze(view: NodeView): Fact {
  const { shape } = inputFact(view, 0);
  const axes = axesOf(view, 'axes', 1);
  if (axes === undefined) throw nodeError(view, 'axes are missing');
  const rank = shape.length + axes.length;
  const added = new Set(axes.map((axis) => normalAxis(view, axis, rank)));
  const rest = [...shape];
  return reshaped(
    view,
    Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (rest.shift() ?? 1))),
  );
}

export function transpose(view: NodeView): Fact {
  const fact = inputFact(view, 0);
  const rank = fact.shape.length;
  const perm = view.node.attributes.has('perm')
    ? listAttribute(view, 'perm', rank, 0)
    : Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  if ([...perm].sort((a, b) => a - b).some((axis, i) => axis !== i))
    throw nodeError(view, `perm [${perm.join(', ')}] is no permutation of the ${rank} dimensions`);
  const strides = stridesOf(fact.shape);
  const shape = perm.map((axis) => fact.shape[axis] ?? 1);
  return rearranged(fact, shape, (coordinates) => perm.reduce((index, axis, i) => index + (coordinates[i] ?? 0) * (strides[axis] ?? 1), 0));
}

export function concat(view: NodeView): Fact {
  const facts = view.inputs.map((_, i) => inputFact(view, i));
  const first = inputFact(view, 0);
  const axis = normalAxis(view, integerAttribute(view.node, 'axis', 1), first.shape.length);
  for (const { shape } of facts) {
    if (shape.length !== first.shape.length || shape.some((dimension, i) => i !== axis && dimension !== first.shape[i]))
      throw nodeError(view, `inputs differ outside axis ${axis}`);
  }
  const shape = first.shape.map((dimension, i) => (i === axis ? facts.reduce((sum, fact) => sum + (fact.shape[axis] ?? 0), 0) : dimension));
  const fact = { shape, integer: first.integer, constant: facts.every((each) => each.constant) };
  // Shape arithmetic joins vectors; values of higher rank are not followed.
  const values = first.shape.length === 1 && (shape[0] ?? 0) <= MAX_FOLDED_ELEMENTS ? facts.map((each) => each.values) : [undefined];
  return values.every((list) => list !== undefined) ? { ...fact, values: values.flat() } : fact;
}

export function split(view: NodeView): Fact[] {
  const fact = inputFact(view, 0);
  const axis = normalAxis(view, integerAttribute(view.node, 'axis', 0), fact.shape.length);
  const whole = fact.shape[axis] ?? 0;
  const parts = view.node.outputs.length;
  const chunk = Math.ceil(whole / parts);
  const sizes = axesOf(view, 'split', 1) ?? Array.from({ length: parts }, (_, i) => Math.min(chunk, whole - i * chunk));
  if (sizes.length !== parts || sizes.some((size) => size < 0) || sizes.reduce((sum, size) => sum + size, 0) !== whole) {
    throw nodeError(view, `parts [${sizes.join(', ')}] do not add up to the ${whole} of axis ${axis} in ${parts} outputs`);
  }
  let begin = 0;
  return sizes.map((size) => {
    const part = window(fact, axis, { begin, step: 1, size });
    begin += size;
    return part;
  });
}

function window(fact: Fact, axis: number, range: { readonly begin: number; readonly step: number; readonly size: number }): Fact {
  const strides = stridesOf(fact.shape);
  const shape = fact.shape.map((dimension, i) => (i === axis ? range.size : dimension));
  return rearranged(fact, shape, (coordinates) =>
    coordinates.reduce((index, at, i) => index + (i === axis ? range.begin + range.step * at : at) * (strides[i] ?? 1), 0),
  );
}

export function slice(view: NodeView): Fact {
  const starts = axesOf(view, 'starts', 1);
  const ends = axesOf(view, 'ends', 2);
  if (starts === undefined || ends === undefined || starts.length !== ends.length)
    throw nodeError(view, 'starts and ends must be given for the same axes');
  const axes = axesOf(view, 'axes', 3) ?? starts.map((_, i) => i);
  const steps = knownValues(view, 4, 'steps') ?? starts.map(() => 1);
  let fact = inputFact(view, 0);
  starts.forEach((start, i) => {
    const axis = normalAxis(view, axes[i] ?? NaN, fact.shape.length);
    const step = steps[i] ?? 0;
    if (!Number.isInteger(step) || step === 0) throw nodeError(view, `step ${step} of axis ${axis} must be a whole number other than 0`);
    const dimension = fact.shape[axis] ?? 0;
    const clamp = (at: number, low: number, high: number): number => Math.min(Math.max(at < 0 ? at + dimension : at, low), high);
    const begin = step > 0 ? clamp(start, 0, dimension) : clamp(start, 0, dimension - 1);
    const end = step > 0 ? clamp(ends[i] ?? 0, 0, dimension) : clamp(ends[i] ?? 0, -1, dimension - 1);
    fact = window(fact, axis, { begin, step, size: Math.max(0, Math.ceil((end - begin) / step)) });
  });
  return fact;
}

export function gather(view: NodeView): Fact {
  const fact = inputFact(view, 0);
  const indices = inputFact(view, 1);
  const axis = normalAxis(view, integerAttribute(view.node, 'axis', 0), fact.shape.length);
  const dimension = fact.shape[axis] ?? 0;
  const shape = [...fact.shape.slice(0, axis), ...indices.shape, ...fact.shape.slice(axis + 1)];
  const constant = fact.constant && indices.constant;
  const chosen = indices.values;
  if (chosen === undefined) return { shape, integer: fact.integer, constant };
  if (chosen.some((index) => !Number.isInteger(index) || index < -dimension || index >= dimension))
    throw nodeError(view, `an index is outside the ${dimension} entries of axis ${axis}`);
  const strides = stridesOf(fact.shape);
  const indexStrides = stridesOf(indices.shape);
  const rank = indices.shape.length;
  const taken = rearranged(fact, shape, (coordinates) => {
    const at = chosen[coordinates.slice(axis, axis + rank).reduce((index, c, i) => index + c * (indexStrides[i] ?? 1), 0)] ?? 0;
    const source = [...coordinates.slice(0, axis), at < 0 ? at + dimension : at, ...coordinates.slice(axis + rank)];
    return source.reduce((index, c, i) => index + c * (strides[i] ?? 1), 0);
  });
  return { ...taken, constant };
}

export function expand(view: NodeView): Fact {
  const fact = inputFact(view, 0);
  const target = knownValues(view, 1, 'the new shape') ?? [];
  return expandTo(fact, broadcastShape(view, [fact.shape, target]));
}

export function tile(view: NodeView): Fact {
  const fact = inputFact(view, 0);
  const repeats = knownValues(view, 1, 'repeats') ?? [];
  if (repeats.length !== fact.shape.length) throw nodeError(view, `${repeats.length} repeats for ${fact.shape.length} dimensions`);
  const strides = stridesOf(fact.shape);
  const shape = fact.shape.map((dimension, axis) => dimension * (repeats[axis] ?? 1));
  return rearranged(fact, shape, (coordinates) =>
    coordinates.reduce((index, at, axis) => index + (at % (fact.shape[axis] ?? 1)) * (strides[axis] ?? 1), 0),
  );
}
