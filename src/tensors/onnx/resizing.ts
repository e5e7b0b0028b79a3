/**
 * Operators whose output size is computed from numbers in the model: Resize, Upsample, Pad, Range, ConstantOfShape, DepthToSpace, SpaceToDepth, Shape
 * (ONNX operator schemas). Resize: floor(size x scale) with the product rounded to float32, as the scale itself is.
 */
import { axesOf, inputFact, knownValues, MAX_FOLDED_ELEMENTS, nodeError, normalAxis, sizeOf, type Fact, type NodeView } from './fact.js';
import { integerAttribute } from './weights.js';

/** A list that may be absent or empty: both mean "not given". */
function optionalList(view: NodeView, index: number, what: string): readonly number[] | undefined {
  const values = knownValues(view, index, what);
  return values === undefined || values.length === 0 ? undefined : values;
}

export function resizeShape(view: NodeView): number[] {
  const { shape } = inputFact(view, 0);
  const policy = view.node.attributes.get('keep_aspect_ratio_policy') ?? 'stretch';
  if (policy !== 'stretch')
    throw nodeError(view, 'only keep_aspect_ratio_policy stretch is supported', 'export the model with fixed scales');
  // Operator set 10 and Upsample have (input, scales); later ones (input, roi, scales, sizes).
  const early = view.node.op === 'Upsample' || view.node.inputs.length <= 2;
  const scales = view.node.op === 'Upsample' ? axesOf(view, 'scales', 1) : optionalList(view, early ? 1 : 2, 'scales');
  const sizes = early ? undefined : optionalList(view, 3, 'sizes');
  const given = view.node.attributes.get('axes');
  const axes = Array.isArray(given)
    ? (given as readonly number[]).map((axis) => normalAxis(view, axis, shape.length))
    : shape.map((_, axis) => axis);
  const factors = sizes ?? scales;
  if (factors?.length !== axes.length) throw nodeError(view, `needs one scale or size for each of ${axes.length} dimensions`);
  const resized = [...shape];
  axes.forEach((axis, i) => {
    const factor = factors[i] ?? NaN;
    resized[axis] = sizes === undefined ? Math.floor(Math.fround((shape[axis] ?? 0) * factor)) : factor;
  });
  return resized;
}

export function padShape(view: NodeView): number[] {
  const { shape } = inputFact(view, 0);
  const pads = axesOf(view, 'pads', 1) ?? [];
  const axes = (knownValues(view, 3, 'axes') ?? shape.map((_, axis) => axis)).map((axis) => normalAxis(view, axis, shape.length));
  if (pads.length !== 2 * axes.length) throw nodeError(view, `${pads.length} pads for ${axes.length} dimensions`);
  const padded = [...shape];
  axes.forEach((axis, i) => {
    padded[axis] = (shape[axis] ?? 0) + (pads[i] ?? 0) + (pads[i + axes.length] ?? 0);
  });
  return padded;
}

/** The shape of the input as a vector; `start` and `end` cut it (operator set 15). */
export function shapeVector(view: NodeView): Fact {
  const { shape } = inputFact(view, 0);
  const values = shape.slice(integerAttribute(view.node, 'start', 0), integerAttribute(view.node, 'end', shape.length));
  return { shape: [values.length], values, integer: true, constant: false };
}

export function elementCountOf(view: NodeView): Fact {
  return { shape: [], values: [sizeOf(inputFact(view, 0).shape)], integer: true, constant: false };
}

export function constantOfShape(view: NodeView): Fact {
  const shape = knownValues(view, 0, 'the shape') ?? [];
  const value = view.node.attributes.get('value');
  const isTensor = typeof value === 'object' && 'readNumbers' in value;
  const fill = isTensor ? (value.readNumbers()[0] ?? 0) : 0;
  const integer = isTensor && /^[IUB][0-9O]/.test(value.dtype);
  const fact = { shape, integer, constant: inputFact(view, 0).constant };
  const elements = sizeOf(shape);
  return Number.isInteger(elements) && elements >= 0 && elements <= MAX_FOLDED_ELEMENTS
    ? { ...fact, values: new Array<number>(elements).fill(fill) }
    : fact;
}

export function range(view: NodeView): Fact {
  const [start = NaN, limit = NaN, step = NaN] = [0, 1, 2].map((index) => knownValues(view, index, 'the range')?.[0]);
  const length = Math.max(0, Math.ceil((limit - start) / step));
  const { integer } = inputFact(view, 0);
  if (!Number.isSafeInteger(length)) throw nodeError(view, `there is no range from ${start} to ${limit} in steps of ${step}`);
  const fact = { shape: [length], integer, constant: view.inputs.every((each) => each?.constant ?? true) };
  return length <= MAX_FOLDED_ELEMENTS ? { ...fact, values: Array.from({ length }, (_, i) => start + i * step) } : fact;
}

/** Channels into blocks of pixels, or back. */
export function blockShape(view: NodeView, direction: 'depthToSpace' | 'spaceToDepth'): number[] {
  const [batch, channels, height, width, ...more] = inputFact(view, 0).shape;
  const block = integerAttribute(view.node, 'blocksize', 0);
  if (batch === undefined || channels === undefined || height === undefined || width === undefined || more.length > 0)
    throw nodeError(view, 'needs [batch, channels, height, width]');
  const shape =
    direction === 'depthToSpace'
      ? [batch, channels / block ** 2, height * block, width * block]
      : [batch, channels * block ** 2, height / block, width / block];
  if (block < 1 || shape.some((dimension) => !Number.isInteger(dimension)))
    throw nodeError(view, `blocks of ${block} do not divide the input`);
  return shape;
}
