/**
 * An ONNX graph as a workload: the layers that multiply, lowered to GEMMs with exact shapes, and what lies between them with its element counts.
 * Products of two activations around a softmax are attention: the one that feeds it is attention-qk, the one it feeds is attention-pv.
 * Left out: fusion. Every operator is listed as it stands in the file; shape arithmetic and views cost nothing and are not listed.
 */
import { LowbitError } from '../../lowbit-error.js';
import type { LayerKind } from '../../trace/layer-trace.js';
import { sizeOf, type Fact } from './fact.js';
import { lowerToGemm, type LayerShape } from './gemm.js';
import { writtenOutNorms } from './layer-norm.js';
import { operators } from './operators.js';
import type { OnnxGraph, OnnxNode } from './reader.js';
import { inferShapes, nodeView, type InputShapes } from './shapes.js';
import { integerAttribute, weightUses, type WeightUse } from './weights.js';

/** A layer that multiplies; add operand formats and it is a LayerTrace. */
export interface OnnxLayer extends LayerShape {
  /** Name of the weight tensor (with the node, when several nodes use it), or of the node. */
  readonly name: string;
  readonly node: string;
  readonly op: string;
  /** Stored tensor that is the weight operand: [gemms * n, k] as a matrix; null when both operands are activations. */
  readonly weight: { readonly tensor: string; readonly transposed: boolean } | null;
}

/** Work without multiply-accumulates on a weight or cache: m rows of n elements each. */
export interface OnnxOther {
  readonly name: string;
  readonly node: string;
  readonly op: string;
  readonly kind: Extract<LayerKind, 'softmax' | 'norm' | 'elementwise' | 'transform'>;
  readonly m: number;
  readonly n: number;
  readonly k: 1;
  /** Elements read from activations (stored tensors not counted). */
  readonly inputElements: number;
}

/** What a graph does for given input shapes. */
export interface OnnxWorkload {
  /** In execution order. */
  readonly layers: readonly OnnxLayer[];
  readonly other: readonly OnnxOther[];
  /** Shapes of the graph outputs by name. */
  readonly outputs: ReadonlyMap<string, readonly number[]>;
}

/** Workload of a graph for given input shapes. Throws LowbitError naming the node for operators or shapes that are not supported. */
export function onnxWorkload(graph: OnnxGraph, inputShapes: InputShapes): OnnxWorkload {
  const facts = inferShapes(graph, inputShapes);
  const uses = weightUses(graph);
  const layerNames = namesOfLayers(graph, uses);
  const attention = attentionKinds(graph, uses);
  const layers: OnnxLayer[] = [];
  for (const node of graph.nodes) {
    const output = facts.get(node.outputs[0] ?? '');
    if (operators.get(node.op)?.cost !== 'gemm' || output === undefined || output.constant) continue;
    const view = nodeView(graph, node, facts);
    const use = uses.get(node);
    const shape = lowerToGemm(view, use, output);
    const kind = attention.get(node) ?? shape.kind;
    const weight = use === undefined ? null : { tensor: use.tensor.name, transposed: use.layout.transposed };
    checkLayer(shape, graph, node);
    const sharedOperand = use === undefined ? 'none' : shape.sharedOperand;
    layers.push({ ...shape, kind, sharedOperand, name: layerNames.get(node) ?? node.name, node: node.name, op: node.op, weight });
  }
  return { layers, other: otherWork(graph, facts), outputs: new Map(graph.outputs.map((name) => [name, outputShape(graph, facts, name)])) };
}

function outputShape(graph: OnnxGraph, facts: ReadonlyMap<string, Fact>, name: string): readonly number[] {
  const fact = facts.get(name);
  if (fact !== undefined) return fact.shape;
  throw new LowbitError('the graph output is produced by no node', {
    value: name,
    place: graph.path,
    remedy: 'the model is damaged; export it again',
  });
}

function checkLayer(shape: LayerShape, graph: OnnxGraph, node: OnnxNode): void {
  if ([shape.m, shape.n, shape.k, shape.gemms].every((size) => Number.isSafeInteger(size) && size >= 1)) return;
  throw new LowbitError(`the layer would be ${shape.gemms} products of ${shape.m} x ${shape.n} x ${shape.k}`, {
    place: `${graph.path}, node ${node.name} (${node.op})`,
    remedy: 'give an input shape without empty dimensions',
  });
}

/** Weight names where they are unique, because users know layers by their weights. */
function namesOfLayers(graph: OnnxGraph, uses: ReadonlyMap<OnnxNode, WeightUse>): Map<OnnxNode, string> {
  const count = new Map<string, number>();
  for (const { tensor } of uses.values()) count.set(tensor.name, (count.get(tensor.name) ?? 0) + 1);
  return new Map(
    graph.nodes.map((node) => {
      const tensor = uses.get(node)?.tensor.name;
      if (tensor === undefined) return [node, node.name];
      return [node, count.get(tensor) === 1 ? tensor : `${tensor}@${node.name}`];
    }),
  );
}

/** Operators that may stand between a product and its softmax: scaling, masking, type and layout changes. */
const betweenProductAndSoftmax: ReadonlySet<string> = new Set([
  'Mul',
  'Div',
  'Add',
  'Sub',
  'Where',
  'Cast',
  'Reshape',
  'Transpose',
  'Dropout',
  'Identity',
  'Clip',
  'Tanh',
]);

function attentionKinds(graph: OnnxGraph, uses: ReadonlyMap<OnnxNode, WeightUse>): Map<OnnxNode, LayerKind> {
  const kinds = new Map<OnnxNode, LayerKind>();
  const isProduct = (node: OnnxNode): boolean => node.op === 'MatMul' && !uses.has(node);
  // Follows values forward: `pending` holds the products a value stems from, `probability` whether it stems from a softmax.
  const pending = new Map<string, readonly OnnxNode[]>();
  const probability = new Set<string>();
  for (const node of graph.nodes) {
    const sources = node.inputs.flatMap((input) => pending.get(input) ?? []);
    const fromSoftmax = node.inputs.some((input) => probability.has(input));
    const [output = ''] = node.outputs;
    if (isProduct(node)) {
      if (probability.has(node.inputs[0] ?? '')) kinds.set(node, 'attention-pv');
      else pending.set(output, [node]);
    } else if (node.op === 'Softmax') {
      for (const product of sources) kinds.set(product, 'attention-qk');
      if (sources.length > 0) probability.add(output);
    } else if (betweenProductAndSoftmax.has(node.op)) {
      if (sources.length > 0) pending.set(output, [...new Set(sources)]);
      if (fromSoftmax) probability.add(output);
    }
  }
  return kinds;
}

function otherWork(graph: OnnxGraph, facts: ReadonlyMap<string, Fact>): OnnxOther[] {
  const norms = writtenOutNorms(graph);
  const insideNorm = new Set([...norms.values()].flatMap((nodes) => [...nodes]));
  const other: OnnxOther[] = [];
  for (const node of graph.nodes) {
    const cost = norms.has(node) ? 'norm' : (operators.get(node.op)?.cost ?? 'free');
    const output = facts.get(node.outputs[0] ?? '');
    if (cost === 'gemm' || cost === 'free' || output === undefined || isShapeArithmetic(output) || sizeOf(output.shape) === 0) continue;
    if (insideNorm.has(node) && !norms.has(node)) continue;
    const n = rowLength(graph, node, output.shape);
    const common = { name: node.name, node: node.name, kind: cost, m: sizeOf(output.shape) / Math.max(n, 1), n, k: 1 as const };
    // A written-out normalization reads its input once; what passes between its operators stays inside.
    if (norms.has(node)) other.push({ ...common, op: 'LayerNormalization', inputElements: sizeOf(output.shape) });
    else
      other.push({
        ...common,
        op: node.op,
        inputElements: node.inputs.reduce((sum, name) => sum + activationElements(facts.get(name)), 0),
      });
  }
  return other;
}

/** Elements that one softmax or layer normalization runs over; the last dimension for everything else. */
function rowLength(graph: OnnxGraph, node: OnnxNode, shape: readonly number[]): number {
  const fromEnd = (axis: number): number => (axis < 0 ? axis + shape.length : axis);
  if (operators.get(node.op)?.cost === 'softmax') {
    // Before operator set 13 a softmax ran over all dimensions from its axis on.
    if (graph.opset < 13) return sizeOf(shape.slice(fromEnd(integerAttribute(node, 'axis', 1))));
    return shape[fromEnd(integerAttribute(node, 'axis', -1))] ?? 1;
  }
  if (node.op === 'LayerNormalization') return sizeOf(shape.slice(fromEnd(integerAttribute(node, 'axis', -1))));
  return shape.at(-1) ?? 1;
}

/** Values that are known before the model runs cost nothing when it does. */
function isShapeArithmetic(fact: Fact): boolean {
  return fact.constant || fact.values !== undefined;
}

function activationElements(fact: Fact | undefined): number {
  return fact === undefined || isShapeArithmetic(fact) ? 0 : sizeOf(fact.shape);
}
