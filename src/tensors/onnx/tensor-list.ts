/** The stored tensors of an ONNX model as weights: the graph says which of them are multiplied by, and how they lie. */
import type { OnnxGraph } from './reader.js';
import type { OnnxTensor } from './tensor.js';
import { weightUses, type WeightUse } from './weights.js';
import { whyNotFloat } from '../stored-element.js';
import type { StoredTensors, TensorInfo } from '../stored-tensors.js';

/** Tensors in the order of the file. A tensor that several nodes use lies as its first use says. */
export function onnxTensors(graph: OnnxGraph): StoredTensors {
  const uses = new Map<string, WeightUse>();
  for (const use of weightUses(graph).values()) {
    if (!uses.has(use.tensor.name)) uses.set(use.tensor.name, use);
  }
  return {
    tensors: [...graph.tensors.values()].map((tensor) => infoOf(tensor, uses.get(tensor.name), graph)),
    graph,
    readFloats(name) {
      const tensor = graph.tensors.get(name);
      if (tensor === undefined) throw new Error(`no tensor ${name} in ${graph.path}`);
      return Promise.resolve(tensor.readFloats());
    },
    close: () => Promise.resolve(),
  };
}

function infoOf(tensor: OnnxTensor, use: WeightUse | undefined, graph: OnnxGraph): TensorInfo {
  const { name, shape, dtype } = tensor;
  const role = use?.role ?? 'other';
  const reason = whyNotQuantizable(tensor, graph, use);
  if (reason !== undefined) return { name, shape, dtype, role, transposed: use?.layout.transposed ?? false, reason };
  const [n = 0, k = 0] = shape;
  const layout = use?.layout ?? { blocks: 1, n, k, transposed: false };
  return { name, shape, dtype, role, transposed: layout.transposed, layout };
}

function whyNotQuantizable(tensor: OnnxTensor, graph: OnnxGraph, use: WeightUse | undefined): string | undefined {
  const { dtype, shape } = tensor;
  if (dtype === 'STRING') return 'it holds text';
  const notFloat = whyNotFloat(dtype);
  if (notFloat !== undefined) return notFloat;
  if (shape.length < 2) return shape.length === 0 ? 'it is a single number' : 'it is a vector, no matrix';
  if (shape.includes(0)) return 'it is empty';
  if (tensor.externalFile !== undefined) return `its values lie in another file (${tensor.externalFile})`;
  if (use !== undefined || isEmbedding(tensor, graph)) return undefined;
  const user = graph.nodes.find((node) => node.inputs.includes(tensor.name));
  return user === undefined ? 'no node uses it' : `it is no weight of Conv, MatMul or Gemm, but an operand of ${user.op}`;
}

/** A table from which rows are looked up. */
function isEmbedding(tensor: OnnxTensor, graph: OnnxGraph): boolean {
  return tensor.shape.length === 2 && graph.nodes.some((node) => node.op === 'Gather' && node.inputs[0] === tensor.name);
}
