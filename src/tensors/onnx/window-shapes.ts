/**
 * Output shapes of operators that slide a window (ONNX: Conv, ConvTranspose, pooling) and of matrix products.
 * Along each spatial dimension: out = floor((in + pads - (dilation x (kernel - 1) + 1)) / stride) + 1; SAME: ceil(in / stride);
 * transposed: stride x (in - 1) + outputPadding + dilation x (kernel - 1) + 1 - pads.
 */
import { broadcastShape } from './arithmetic.js';
import { inputFact, listAttribute, nodeError, type NodeView } from './fact.js';
import { integerAttribute } from './weights.js';

/** Window of a node along its spatial dimensions. */
export interface WindowGeometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Begin of every dimension, then end of every dimension. */
  readonly pads: readonly number[];
  readonly autoPad: string;
}

/** Reads the window attributes; `kernel` comes from the weight when the attribute is missing. */
export function windowGeometry(view: NodeView, kernelOfWeight?: readonly number[]): WindowGeometry {
  const declared = view.node.attributes.get('kernel_shape');
  const spatial = inputFact(view, 0).shape.length - 2;
  if (spatial < 1) throw nodeError(view, 'the input has no spatial dimension');
  const kernel = declared === undefined && kernelOfWeight !== undefined ? kernelOfWeight : listAttribute(view, 'kernel_shape', spatial, 1);
  if (kernelOfWeight !== undefined && kernel.join() !== kernelOfWeight.join())
    throw nodeError(view, `kernel_shape [${kernel.join(', ')}] contradicts the weight`);
  if (kernel.length !== spatial) throw nodeError(view, `the kernel has ${kernel.length} spatial dimensions, the input ${spatial}`);
  const autoPad = view.node.attributes.get('auto_pad') ?? 'NOTSET';
  const geometry = {
    kernel,
    strides: listAttribute(view, 'strides', spatial, 1),
    dilations: listAttribute(view, 'dilations', spatial, 1),
    pads: autoPad === 'NOTSET' ? listAttribute(view, 'pads', 2 * spatial, 0) : new Array<number>(2 * spatial).fill(0),
    autoPad: typeof autoPad === 'string' ? autoPad : 'invalid',
  };
  if ([...kernel, ...geometry.strides, ...geometry.dilations].some((value) => value < 1))
    throw nodeError(view, 'kernel, strides and dilations must be at least 1');
  if (!['NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'].includes(geometry.autoPad))
    throw nodeError(view, `auto_pad ${geometry.autoPad} is not one of the standard`);
  return geometry;
}

function spatialOutputs(view: NodeView, geometry: WindowGeometry, roundUp: boolean): number[] {
  const sizes = inputFact(view, 0).shape.slice(2);
  return sizes.map((size, axis) => {
    const stride = geometry.strides[axis] ?? 1;
    if (geometry.autoPad.startsWith('SAME')) return Math.ceil(size / stride);
    const begin = geometry.pads[axis] ?? 0;
    const padded = size + begin + (geometry.pads[axis + sizes.length] ?? 0);
    const window = (geometry.dilations[axis] ?? 1) * ((geometry.kernel[axis] ?? 1) - 1) + 1;
    const steps = (padded - window) / stride;
    if (steps < 0)
      throw nodeError(
        view,
        `the window (${window}) is larger than the padded input (${padded}) in spatial dimension ${axis}`,
        'give a larger input shape',
      );
    // Rounding up must not start a window that lies wholly in the padding behind the input.
    if (roundUp) return Math.ceil(steps) * stride >= size + begin ? Math.ceil(steps) : Math.ceil(steps) + 1;
    return Math.floor(steps) + 1;
  });
}

/** [batch, OC, spatial...] of a convolution. */
export function convShape(view: NodeView): number[] {
  const { shape } = inputFact(view, 0);
  const weight = inputFact(view, 1).shape;
  const groups = integerAttribute(view.node, 'group', 1);
  const [outputs = 0, inputsPerGroup = 0, ...kernel] = weight;
  const geometry = windowGeometry(view, kernel);
  if (shape[1] !== inputsPerGroup * groups || outputs % groups !== 0) {
    throw nodeError(view, `${shape[1]} input channels do not fit a weight of ${groups} groups of ${inputsPerGroup}`);
  }
  return [shape[0] ?? 0, outputs, ...spatialOutputs(view, geometry, false)];
}

/** [batch, OC, spatial...] of a transposed convolution. */
export function convTransposeShape(view: NodeView): number[] {
  const { shape } = inputFact(view, 0);
  const [inputs = 0, outputsPerGroup = 0, ...kernel] = inputFact(view, 1).shape;
  const groups = integerAttribute(view.node, 'group', 1);
  const geometry = windowGeometry(view, kernel);
  if (shape[1] !== inputs || groups < 1 || inputs % groups !== 0)
    throw nodeError(view, `${shape[1]} input channels do not fit a weight of ${inputs} in ${groups} groups`);
  const sizes = shape.slice(2);
  const extra = listAttribute(view, 'output_padding', sizes.length, 0);
  const fixed = view.node.attributes.has('output_shape') ? listAttribute(view, 'output_shape', sizes.length, 0) : undefined;
  const outputs = sizes.map((size, axis) => {
    const stride = geometry.strides[axis] ?? 1;
    if (geometry.autoPad.startsWith('SAME')) return size * stride;
    const window = (geometry.dilations[axis] ?? 1) * ((geometry.kernel[axis] ?? 1) - 1) + 1;
    const pads = (geometry.pads[axis] ?? 0) + (geometry.pads[axis + sizes.length] ?? 0);
    return stride * (size - 1) + (extra[axis] ?? 0) + window - pads;
  });
  return [shape[0] ?? 0, outputsPerGroup * groups, ...(fixed ?? outputs)];
}

/** [batch, channels, spatial...] of a pooling with a window. */
export function poolShape(view: NodeView): number[] {
  const { shape } = inputFact(view, 0);
  return [...shape.slice(0, 2), ...spatialOutputs(view, windowGeometry(view), integerAttribute(view.node, 'ceil_mode', 0) !== 0)];
}

/** [batch, channels, 1, ...] of a pooling over the whole plane. */
export function globalPoolShape(view: NodeView): number[] {
  return inputFact(view, 0).shape.map((dimension, axis) => (axis < 2 ? dimension : 1));
}

/** Shape of a matrix product with broadcast batch dimensions; vectors lose their dimension, as in numpy. */
export function matmulShape(view: NodeView): number[] {
  const a = inputFact(view, 0).shape;
  const b = inputFact(view, 1).shape;
  if (a.length === 0 || b.length === 0) throw nodeError(view, 'a scalar cannot be an operand of a matrix product');
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  if (left.at(-1) !== right.at(-2)) throw nodeError(view, `the reduction is ${left.at(-1)} on the left and ${right.at(-2)} on the right`);
  const batch = broadcastShape(view, [left.slice(0, -2), right.slice(0, -2)]);
  return [...batch, ...(a.length === 1 ? [] : [left.at(-2) ?? 1]), ...(b.length === 1 ? [] : [right.at(-1) ?? 1])];
}

/** [M, N] of a Gemm. */
export function gemmShape(view: NodeView): number[] {
  const a = inputFact(view, 0).shape;
  const b = inputFact(view, 1).shape;
  if (a.length !== 2 || b.length !== 2) throw nodeError(view, 'both operands of a Gemm must be matrices');
  const [m = 0, k] = integerAttribute(view.node, 'transA', 0) ? a.toReversed() : a;
  const [inner, n = 0] = integerAttribute(view.node, 'transB', 0) ? b.toReversed() : b;
  if (k !== inner) throw nodeError(view, `the reduction is ${k} on the left and ${inner} on the right`);
  return [m, n];
}
