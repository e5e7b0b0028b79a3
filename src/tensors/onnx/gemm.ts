/**
 * Lowering of the multiplying operators of an ONNX graph to GEMMs, output[m, n] = activation[m, k] x weight[n, k]:
 *   Conv          m = batch x output pixels, n = OC / groups, k = IC / groups x taps, one GEMM per group (im2col)
 *   ConvTranspose m = batch x input pixels, n = OC / groups x taps, k = IC / groups, one GEMM per group; the overlapping columns are
 *                 added up at the output, which is not counted; no convolution geometry, since no im2col takes place
 *   MatMul, Gemm  by a stored tensor: m = all rows of the activation; by another activation: one GEMM per batch entry, nothing shared
 * Left out: bias additions, which every accelerator here hides in the accumulator.
 */
import type { LayerTrace } from '../../trace/layer-trace.js';
import { inputFact, nodeError, sizeOf, type Fact, type NodeView } from './fact.js';
import { integerAttribute, type WeightUse } from './weights.js';
import { windowGeometry } from './window-shapes.js';

/** The geometry of a layer trace: everything but its name and operand formats. */
export type LayerShape = Pick<LayerTrace, 'kind' | 'm' | 'n' | 'k' | 'gemms' | 'repeat' | 'sharedOperand' | 'conv'>;

/** The GEMMs of a node; `use` says which operand is a stored tensor, `output` is what the node produces. */
export function lowerToGemm(view: NodeView, use: WeightUse | undefined, output: Fact): LayerShape {
  switch (view.node.op) {
    case 'Conv':
      return convGemm(view, output);
    case 'ConvTranspose':
      return convTransposeGemm(view);
    default:
      return use === undefined ? activationGemm(view, output) : linearGemm(view, use, output);
  }
}

function gemm(m: number, n: number, k: number, gemms: number): LayerShape {
  // With one GEMM there is nothing that another could share its weight with; the record's default is kept then.
  return { kind: 'gemm', m, n, k, gemms, repeat: 1, sharedOperand: gemms === 1 ? 'weight' : 'none' };
}

function convGemm(view: NodeView, output: Fact): LayerShape {
  const [outputs = 0, inputsPerGroup = 0, ...kernel] = inputFact(view, 1).shape;
  const [batch = 0, , ...pixels] = output.shape;
  const groups = integerAttribute(view.node, 'group', 1);
  const shape = gemm(batch * sizeOf(pixels), outputs / groups, inputsPerGroup * sizeOf(kernel), groups);
  if (pixels.length > 2) return shape;
  const { strides } = windowGeometry(view, kernel);
  // A one-dimensional convolution is a row of pixels.
  const plane = (values: readonly number[]): readonly number[] => (values.length === 1 ? [1, ...values] : values);
  const [outputHeight = 1, outputWidth = 1] = plane(pixels);
  const [kernelHeight = 1, kernelWidth = 1] = plane(kernel);
  const [strideHeight = 1, strideWidth = 1] = plane(strides);
  const channels = { inputChannels: inputsPerGroup * groups, outputChannels: outputs };
  return { ...shape, conv: { batch, outputHeight, outputWidth, kernelHeight, kernelWidth, strideHeight, strideWidth, ...channels } };
}

function convTransposeGemm(view: NodeView): LayerShape {
  const [batch = 0, , ...pixels] = inputFact(view, 0).shape;
  const [inputs = 0, outputsPerGroup = 0, ...kernel] = inputFact(view, 1).shape;
  const groups = integerAttribute(view.node, 'group', 1);
  return gemm(batch * sizeOf(pixels), outputsPerGroup * sizeOf(kernel), inputs / groups, groups);
}

/** The weight has a block per batch entry when it has batch dimensions; every other dimension of the activation adds rows. */
function linearGemm(view: NodeView, use: WeightUse, output: Fact): LayerShape {
  const { blocks, n, k } = use.layout;
  const rows = sizeOf(output.shape) / (blocks * n);
  if (!Number.isInteger(rows))
    throw nodeError(view, `an output of ${sizeOf(output.shape)} elements is no multiple of ${blocks} x ${n} features`);
  return gemm(rows, n, k, blocks);
}

function activationGemm(view: NodeView, output: Fact): LayerShape {
  const a = inputFact(view, 0).shape;
  const b = inputFact(view, 1).shape;
  const transA = view.node.op === 'Gemm' && integerAttribute(view.node, 'transA', 0) !== 0;
  const transB = view.node.op === 'Gemm' && integerAttribute(view.node, 'transB', 0) !== 0;
  const n = b.length === 1 ? 1 : ((transB ? b.at(-2) : b.at(-1)) ?? 1);
  const m = a.length === 1 ? 1 : ((transA ? a.at(-1) : a.at(-2)) ?? 1);
  const k = (transA ? a.at(-2) : a.at(-1)) ?? 1;
  return gemm(m, n, k, sizeOf(output.shape) / (m * n));
}
