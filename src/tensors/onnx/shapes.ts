/**
 * Shape inference over an ONNX graph: from the shapes of the inputs to the shape of every value, in execution order.
 * Shape arithmetic (Shape, Slice, Concat, Mul, ... into Reshape) is computed on the way, since its values decide shapes.
 */
import { LowbitError, unknownName } from '../../lowbit-error.js';
import { castTo, elementwise } from './arithmetic.js';
import { axesOf, inputFact, MAX_FOLDED_ELEMENTS, nodeError, normalAxis, sizeOf, type Fact, type NodeView } from './fact.js';
import * as movement from './movement.js';
import { operators, type ShapeRule } from './operators.js';
import type { OnnxGraph, OnnxInput, OnnxNode } from './reader.js';
import type { OnnxTensor } from './tensor.js';
import * as resizing from './resizing.js';
import * as windows from './window-shapes.js';
import { integerAttribute } from './weights.js';

/** Shapes of graph inputs by name. */
export type InputShapes = Readonly<Record<string, readonly number[]>>;

/** More elements than this in one value are a mistake, not a network. */
const MAX_ELEMENTS = 2 ** 40;

/** What is known about every value of the graph. Throws LowbitError naming node and operator when a shape cannot be known. */
export function inferShapes(graph: OnnxGraph, inputShapes: InputShapes): Map<string, Fact> {
  const facts = new Map<string, Fact>();
  for (const tensor of graph.tensors.values()) facts.set(tensor.name, factOf(tensor));
  for (const [name, fact] of inputFacts(graph, inputShapes)) facts.set(name, fact);
  for (const node of graph.nodes) {
    const view = nodeView(graph, node, facts);
    const results = resultsOf(view);
    node.outputs.forEach((name, i) => {
      const fact = results[i] ?? results[0];
      if (name === '' || fact === undefined) return;
      checkShape(view, fact);
      if (facts.has(name)) throw nodeError(view, `the value ${name} is produced twice`);
      facts.set(name, fact);
    });
  }
  return facts;
}

/** A node with the facts of its inputs. Throws LowbitError when an input is produced by nothing before the node. */
export function nodeView(graph: OnnxGraph, node: OnnxNode, facts: ReadonlyMap<string, Fact>): NodeView {
  const inputs = node.inputs.map((name) => {
    const fact = name === '' ? undefined : facts.get(name);
    if (fact !== undefined || name === '') return fact;
    throw new LowbitError(`the value ${name} is used before anything produces it`, {
      place: `${graph.path}, node ${node.name} (${node.op})`,
      remedy: 'the model is damaged or its nodes are not in execution order; export it again',
    });
  });
  return { node, graph, inputs };
}

function factOf(tensor: OnnxTensor): Fact {
  const integer = /^([IU]\d|BOOL)/.test(tensor.dtype);
  const fact = { shape: tensor.shape, integer, constant: true };
  const isShort = sizeOf(tensor.shape) <= MAX_FOLDED_ELEMENTS && tensor.externalFile === undefined;
  return isShort && (integer || tensor.dtype === 'F32' || tensor.dtype === 'F64' || tensor.dtype === 'F16')
    ? { ...fact, values: tensor.readNumbers() }
    : fact;
}

function inputFacts(graph: OnnxGraph, given: InputShapes): [string, Fact][] {
  const names = graph.inputs.map((input) => input.name);
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) throw unknownName('graph input', name, names, graph.path);
  }
  const symbols = new Map<string, number>();
  return graph.inputs.map((input) => {
    const shape = resolveInput(input, Object.hasOwn(given, input.name) ? given[input.name] : undefined, symbols, graph.path);
    return [input.name, { shape, integer: /^[IUB][\dO]/.test(input.dtype), constant: false }];
  });
}

function resolveInput(input: OnnxInput, given: readonly number[] | undefined, symbols: Map<string, number>, path: string): number[] {
  const declared = input.shape.map((dimension) => dimension ?? '?').join(',');
  const place = `${path}, input ${input.name}`;
  const remedy = `give --input-shape ${input.name}=${declared} with whole numbers in every place`;
  if (given !== undefined && given.length !== input.shape.length) {
    throw new LowbitError(`the input has ${input.shape.length} dimensions (${declared})`, { value: given.join(','), place, remedy });
  }
  return input.shape.map((dimension, axis) => {
    const size = given?.[axis] ?? (typeof dimension === 'number' ? dimension : undefined);
    if (size === undefined) throw new LowbitError(`the model leaves the shape of the input open (${declared})`, { place, remedy });
    const required = typeof dimension === 'string' ? (symbols.get(dimension) ?? size) : (dimension ?? size);
    if (size !== required) throw new LowbitError(`dimension ${axis} of the input must be ${required}`, { value: size, place, remedy });
    if (typeof dimension === 'string') symbols.set(dimension, size);
    return size;
  });
}

function checkShape(view: NodeView, fact: Fact): void {
  const valid = fact.shape.every((dimension) => Number.isSafeInteger(dimension) && dimension >= 0) && sizeOf(fact.shape) <= MAX_ELEMENTS;
  if (!valid) throw nodeError(view, `the output would have the shape [${fact.shape.join(', ')}]`);
}

type Rule = (view: NodeView) => Fact | Fact[] | number[];

const isFact = (result: Fact | Fact[] | number[]): result is Fact => !Array.isArray(result);
const areFacts = (result: Fact[] | number[]): result is Fact[] => typeof result[0] === 'object';

/** A rule gives facts, or only the shape when the values cannot be known before the model runs. */
const rules: Readonly<Record<ShapeRule, Rule>> = {
  same: (view) => (view.node.inputs.length === 1 ? elementwise(view) : [...inputFact(view, 0).shape]),
  broadcast: elementwise,
  cast: (view) => castTo(inputFact(view, 0), integerAttribute(view.node, 'to', 1)),
  conv: windows.convShape,
  convTranspose: windows.convTransposeShape,
  pool: windows.poolShape,
  globalPool: windows.globalPoolShape,
  matmul: windows.matmulShape,
  gemm: windows.gemmShape,
  reduce: (view) => reduced(view, axesOf(view, 'axes', 1)),
  argReduce: (view) => ({
    shape: reduced(view, [integerAttribute(view.node, 'axis', 0)]),
    integer: true,
    constant: inputFact(view, 0).constant,
  }),
  transpose: movement.transpose,
  reshape: movement.reshape,
  flatten: movement.flatten,
  squeeze: movement.squeeze,
  unsqueeze: movement.unsqueeze,
  concat: movement.concat,
  split: movement.split,
  slice: movement.slice,
  gather: movement.gather,
  expand: movement.expand,
  tile: movement.tile,
  pad: resizing.padShape,
  resize: resizing.resizeShape,
  shape: resizing.shapeVector,
  size: resizing.elementCountOf,
  constantOfShape: resizing.constantOfShape,
  range: resizing.range,
  depthToSpace: (view) => resizing.blockShape(view, 'depthToSpace'),
  spaceToDepth: (view) => resizing.blockShape(view, 'spaceToDepth'),
};

function reduced(view: NodeView, given: readonly number[] | undefined): number[] {
  const { shape } = inputFact(view, 0);
  const none = given === undefined || given.length === 0;
  if (none && integerAttribute(view.node, 'noop_with_empty_axes', 0) !== 0) return [...shape];
  const axes = none ? shape.map((_, axis) => axis) : given.map((axis) => normalAxis(view, axis, shape.length));
  const keep = integerAttribute(view.node, 'keepdims', 1) !== 0;
  return keep ? shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension)) : shape.filter((_, axis) => !axes.includes(axis));
}

function resultsOf(view: NodeView): readonly Fact[] {
  const operator = view.node.domain === '' ? operators.get(view.node.op) : undefined;
  if (operator === undefined) {
    const name = view.node.domain === '' ? view.node.op : `${view.node.domain}.${view.node.op}`;
    throw nodeError(
      view,
      `the operator ${name} is not supported`,
      'simplify or re-export the model without it, or describe its layers in a csv file (--layers)',
    );
  }
  const result = rules[operator.rule](view);
  if (isFact(result)) return [result];
  if (areFacts(result)) return result;
  return [{ shape: result, integer: inputFact(view, 0).integer, constant: view.inputs.every((fact) => fact?.constant ?? true) }];
}
