/**
 * Finds layer normalizations that an exporter wrote out as single operators (operator sets below 17 have no LayerNormalization):
 * d = x - ReduceMean(x), y = d / Sqrt(ReduceMean(d x d) + epsilon), with d x d as Pow(d, 2) or Mul(d, d).
 * The gain and shift behind it stay element-wise operators: whether they are folded is the accelerator's choice.
 */
import type { OnnxGraph, OnnxNode } from './reader.js';

type Producers = ReadonlyMap<string, OnnxNode>;

/** For the last node (Div) of every written-out normalization: all its nodes. */
export function writtenOutNorms(graph: OnnxGraph): Map<OnnxNode, ReadonlySet<OnnxNode>> {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const norms = new Map<OnnxNode, ReadonlySet<OnnxNode>>();
  for (const node of graph.nodes) {
    const members = node.op === 'Div' ? normEndingAt(node, producers) : undefined;
    if (members !== undefined) norms.set(node, new Set(members));
  }
  return norms;
}

function normEndingAt(division: OnnxNode, producers: Producers): OnnxNode[] | undefined {
  const difference = produced(division, 0, 'Sub', producers);
  const mean = produced(difference, 1, 'ReduceMean', producers);
  const root = produced(division, 1, 'Sqrt', producers);
  const sum = produced(root, 0, 'Add', producers);
  const variance = produced(sum, 0, 'ReduceMean', producers) ?? produced(sum, 1, 'ReduceMean', producers);
  const square = produced(variance, 0, 'Pow', producers) ?? produced(variance, 0, 'Mul', producers);
  if (mean === undefined || difference === undefined || square === undefined) return undefined;
  if (mean.inputs[0] !== difference.inputs[0] || square.inputs[0] !== difference.outputs[0]) return undefined;
  return [mean, difference, square, variance, sum, root, division].filter((node) => node !== undefined);
}

/** The node that makes an input, when it is of that operator. */
function produced(node: OnnxNode | undefined, input: number, op: string, producers: Producers): OnnxNode | undefined {
  const producer = producers.get(node?.inputs[input] ?? '');
  return producer?.op === op ? producer : undefined;
}
