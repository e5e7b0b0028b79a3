/**
 * Which stored tensors of an ONNX graph are weights of a GEMM, and how they lie (ONNX operator definitions of Conv, ConvTranspose, MatMul, Gemm):
 * Conv [OC, IC/g, spatial...]; ConvTranspose [IC, OC/g, spatial...], lowered to one GEMM of n = OC/g x taps whose columns are added up at the
 * output; MatMul right operand [batch..., K, N], left operand [batch..., N, K]; Gemm B is [K, N], or [N, K] with transB.
 * A weight that reaches its node through Identity, Cast between floats, or the Transpose of a matrix is found too.
 */
import { LowbitError } from '../../lowbit-error.js';
import type { OnnxGraph, OnnxNode } from './reader.js';
import type { OnnxTensor } from './tensor.js';
import type { WeightLayout } from '../weight-layout.js';

/** One operand of a GEMM node that is a stored tensor. */
export interface WeightUse {
  readonly tensor: OnnxTensor;
  readonly node: OnnxNode;
  readonly role: 'linear' | 'conv';
  readonly layout: WeightLayout;
  /** Which operand of the node it is. */
  readonly operand: 0 | 1;
}

/** The whole-number attribute of a node, or its default. Throws LowbitError when it has another type. */
export function integerAttribute(node: OnnxNode, name: string, otherwise: number): number {
  const value = node.attributes.get(name);
  if (value === undefined) return otherwise;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new LowbitError(`attribute ${name} must be a whole number`, { place: `node ${node.name} (${node.op})` });
}

/** For every node that multiplies by a stored tensor: that use. */
export function weightUses(graph: OnnxGraph): Map<OnnxNode, WeightUse> {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const uses = new Map<OnnxNode, WeightUse>();
  for (const node of graph.nodes) {
    const use = node.domain === '' ? useOf(node, graph, producers) : undefined;
    if (use !== undefined) uses.set(node, use);
  }
  return uses;
}

function useOf(node: OnnxNode, graph: OnnxGraph, producers: ReadonlyMap<string, OnnxNode>): WeightUse | undefined {
  const find = (operand: 0 | 1): FoundTensor | undefined => storedTensor(node.inputs[operand] ?? '', graph, producers);
  if (node.op === 'Conv' || node.op === 'ConvTranspose') {
    const found = find(1);
    if (found === undefined || found.transposed) return undefined;
    return { tensor: found.tensor, node, role: 'conv', layout: convLayout(node, found.tensor), operand: 1 };
  }
  if (node.op !== 'MatMul' && node.op !== 'Gemm') return undefined;
  const right = find(1);
  const found = right ?? find(0);
  if (found === undefined || found.tensor.shape.length < 2) return undefined;
  const operand = right === undefined ? 0 : 1;
  // As the operand of the product a right matrix is [K, N] and a left one [N, K]; every transposition on the way turns that round.
  const gemmTransposed = node.op === 'Gemm' && integerAttribute(node, operand === 1 ? 'transB' : 'transA', 0) !== 0;
  const transposed = ((operand === 1) !== gemmTransposed) !== found.transposed;
  return { tensor: found.tensor, node, role: 'linear', layout: matrixLayout(found.tensor.shape, transposed), operand };
}

interface FoundTensor {
  readonly tensor: OnnxTensor;
  /** True when the tensor reaches the node with its two dimensions exchanged. */
  readonly transposed: boolean;
}

function storedTensor(name: string, graph: OnnxGraph, producers: ReadonlyMap<string, OnnxNode>): FoundTensor | undefined {
  let transposed = false;
  // The chain is finite, but a damaged graph may hold a circle.
  for (let steps = 0; steps < 8; steps++) {
    const tensor = graph.tensors.get(name);
    if (tensor !== undefined) return transposed && tensor.shape.length !== 2 ? undefined : { tensor, transposed };
    const producer = producers.get(name);
    if (producer === undefined) return undefined;
    if (producer.op === 'Transpose') transposed = !transposed;
    else if (producer.op !== 'Identity' && producer.op !== 'Cast') return undefined;
    name = producer.inputs[0] ?? '';
  }
  return undefined;
}

function product(values: readonly number[]): number {
  return values.reduce((all, value) => all * value, 1);
}

function matrixLayout(shape: readonly number[], transposed: boolean): WeightLayout {
  const [rows = 1, cols = 1] = shape.slice(-2);
  return { blocks: product(shape.slice(0, -2)), n: transposed ? cols : rows, k: transposed ? rows : cols, transposed };
}

function convLayout(node: OnnxNode, tensor: OnnxTensor): WeightLayout {
  const [first = 0, second = 0, ...spatial] = tensor.shape;
  const groups = integerAttribute(node, 'group', 1);
  if (tensor.shape.length < 3 || groups < 1 || first % groups !== 0) {
    throw new LowbitError(`a ${node.op} weight of shape [${tensor.shape.join(', ')}] cannot have ${groups} groups`, {
      place: `node ${node.name}, tensor ${tensor.name}`,
      remedy: 'the model is damaged; export it again',
    });
  }
  const taps = product(spatial);
  if (node.op === 'Conv') return { blocks: groups, n: first / groups, k: second * taps, transposed: false };
  return { blocks: groups, n: second * taps, k: first / groups, transposed: true };
}
