/**
 * Finds layer normalizations that an exporter wrote out as single operators (operator sets below 17 have no LayerNormalization):
 * d = x - ReduceMean(x), y = d / Sqrt(ReduceMean(d x d) + epsilon), with d x d as Pow(d, 2) or Mul(d, d).
 * The gain and shift behind it stay element-wise operators: whether they are folded is the accelerator's choice.
 */
import type { OnnxGraph, OnnxNode } from './onnx-reader.js';

/** For the last node (Div) of every written-out normalization: all its nodes. */
export function writtenOutNorms(graph: OnnxGraph): Map<OnnxNode, ReadonlySet<OnnxNode>> {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const produced = (node: OnnxNode, input: number, op: string): OnnxNode | undefined => {
    const producer = producers.get(node.inputs[input] ?? '');
    return producer?.op === op ? producer : undefined;
  };
  const norms = new Map<OnnxNode, ReadonlySet<OnnxNode>>();
  for (const division of graph.nodes) {
    const difference = division.op === 'Div' ? produced(division, 0, 'Sub') : undefined;
    const mean = difference && produced(difference, 1, 'ReduceMean');
    const root = difference && produced(division, 1, 'Sqrt');
    const sum = root && produced(root, 0, 'Add');
    const variance = sum && (produced(sum, 0, 'ReduceMean') ?? produced(sum, 1, 'ReduceMean'));
    const square = variance && (produced(variance, 0, 'Pow') ?? produced(variance, 0, 'Mul'));
    if (!difference || !mean || !root || !sum || !variance || !square) continue;
    const isNorm = mean.inputs[0] === difference.inputs[0] && square.inputs[0] === difference.outputs[0];
    if (isNorm) norms.set(division, new Set([mean, difference, square, variance, sum, root, division]));
  }
  return norms;
}
