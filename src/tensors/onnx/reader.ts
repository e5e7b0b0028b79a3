/**
 * Reader of ONNX models: graph, attributes, and every stored tensor, be it an initializer or the output of a Constant node
 * (exports of Paddle hold all their weights in Constant nodes). Source: onnx.proto. The protobuf code is loaded on first use: it is slow to load.
 * Left out: subgraphs of If, Loop and Scan (they are kept as an attribute kind, their tensors are not listed), sparse tensors, training info.
 */
import { readFile } from 'node:fs/promises';
import type { onnx } from 'onnx-proto';
import { LowbitError } from '../../lowbit-error.js';
import { fileError } from '../file-error.js';
import { onnxTensor, onnxTypeOf, wholeNumber, type OnnxTensor, type OnnxType } from './tensor.js';

export type OnnxAttribute = number | string | readonly number[] | OnnxTensor | { readonly unsupported: string };

/** One operator of a graph. */
export interface OnnxNode {
  /** Name of the node, or of its first output when it has none. */
  readonly name: string;
  readonly op: string;
  /** Empty for the standard operators. */
  readonly domain: string;
  /** Names; '' stands for an optional input left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** An input of a graph. */
export interface OnnxInput {
  readonly name: string;
  readonly dtype: OnnxType;
  /** A name or null for dimensions that the file leaves open. */
  readonly shape: readonly (number | string | null)[];
}

/** The graph of an ONNX model with its stored tensors. */
export interface OnnxGraph {
  readonly path: string;
  /** Version of the standard operator set. */
  readonly opset: number;
  /** Inputs that are not initializers. */
  readonly inputs: readonly OnnxInput[];
  readonly outputs: readonly string[];
  /** In execution order, without Constant nodes. */
  readonly nodes: readonly OnnxNode[];
  /** Initializers and outputs of Constant nodes by name. */
  readonly tensors: ReadonlyMap<string, OnnxTensor>;
}

const FETCH_AGAIN = 'the file is truncated, damaged or no ONNX model; fetch or export it again';

/** Reads a model file. Throws LowbitError for files that are no ONNX model, are cut off, or contradict themselves. */
export async function readOnnx(path: string): Promise<OnnxGraph> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError('cannot read', path, error);
  });
  if (bytes.subarray(0, 8).toString('latin1') === 'version ') {
    throw new LowbitError('this is a Git LFS pointer, not the model', { place: path, remedy: 'run git lfs pull in its repository' });
  }
  return graphOf(await decodeModel(bytes, path), path);
}

async function decodeModel(bytes: Buffer, path: string): Promise<onnx.IModelProto> {
  const { onnx } = (await import('onnx-proto')).default;
  try {
    return onnx.ModelProto.decode(bytes);
  } catch (error) {
    // Whatever the decoder stumbles over (index out of range, wire type, nesting) is a fault of the bytes.
    throw new LowbitError(`not a readable ONNX model (${error instanceof Error ? error.message : String(error)})`, {
      place: path,
      remedy: FETCH_AGAIN,
    });
  }
}

function graphOf(model: onnx.IModelProto, path: string): OnnxGraph {
  const { graph } = model;
  const initializers = graph?.initializer ?? [];
  const all = (graph?.node ?? []).map((proto) => nodeOf(proto, path));
  if (!graph || all.length + initializers.length === 0) {
    throw new LowbitError('not an ONNX model: there is no graph in it', { place: path, remedy: FETCH_AGAIN });
  }
  const constants = all.filter((node) => node.op === 'Constant').map((node) => constantOf(node, path));
  const tensors = byName([...initializers.map((proto) => onnxTensor(proto, proto.name ?? '', path)), ...constants], path);
  const opset = (model.opsetImport ?? []).find(({ domain }) => !domain || domain === 'ai.onnx');
  return {
    path,
    opset: wholeNumber(opset?.version ?? 1),
    inputs: (graph.input ?? []).filter((input) => !tensors.has(input.name ?? '')).map((input) => inputOf(input, path)),
    outputs: (graph.output ?? []).map((output) => output.name ?? ''),
    nodes: all.filter((node) => node.op !== 'Constant'),
    tensors,
  };
}

function byName(tensors: readonly OnnxTensor[], path: string): Map<string, OnnxTensor> {
  const named = new Map<string, OnnxTensor>();
  for (const tensor of tensors) {
    if (named.has(tensor.name))
      throw new LowbitError('two tensors of the same name', { value: tensor.name, place: path, remedy: FETCH_AGAIN });
    named.set(tensor.name, tensor);
  }
  return named;
}

function inputOf(input: onnx.IValueInfoProto, path: string): OnnxInput {
  const name = input.name ?? '';
  const place = `${path}, input ${name}`;
  const type = input.type?.tensorType;
  if (!type)
    throw new LowbitError('only tensors can be inputs', {
      place,
      remedy: 'export the model with tensor inputs; if it has them, the file is damaged',
    });
  const shape = (type.shape?.dim ?? []).map((dimension) => {
    const value = wholeNumber(dimension.dimValue);
    return value > 0 ? value : dimension.dimParam || null;
  });
  return { name, dtype: onnxTypeOf(type.elemType ?? 0, place), shape };
}

function nodeOf(proto: onnx.INodeProto, path: string): OnnxNode {
  const outputs = proto.output ?? [];
  const name = proto.name || outputs[0] || '';
  const place = `${path}, node ${name}`;
  const attributes = new Map(
    (proto.attribute ?? []).map((attribute) => [attribute.name ?? '', attributeOf(attribute, outputs[0] ?? name, place)]),
  );
  return {
    name,
    op: proto.opType ?? '',
    domain: proto.domain === 'ai.onnx' ? '' : (proto.domain ?? ''),
    inputs: proto.input ?? [],
    outputs,
    attributes,
  };
}

/** AttributeProto.AttributeType codes; old exporters leave the type out, so the field that is set decides then. */
function attributeOf(attribute: onnx.IAttributeProto, tensorName: string, place: string): OnnxAttribute {
  switch (attribute.type || typeBySetField(attribute)) {
    case 1:
      return attribute.f ?? 0;
    case 2:
      return wholeNumber(attribute.i);
    case 3:
      return Buffer.from(attribute.s ?? []).toString('utf8');
    case 4:
      if (attribute.t) return onnxTensor(attribute.t, tensorName, place);
      return { unsupported: 'empty tensor' };
    case 6:
      return attribute.floats ?? [];
    case 7:
      return (attribute.ints ?? []).map(wholeNumber);
    case 5:
      return { unsupported: 'subgraph' };
    default:
      return { unsupported: `attribute type ${String(attribute.type)}` };
  }
}

function typeBySetField(attribute: onnx.IAttributeProto): number {
  if (attribute.t) return 4;
  if ((attribute.ints ?? []).length > 0) return 7;
  if ((attribute.floats ?? []).length > 0) return 6;
  if ((attribute.s ?? []).length > 0) return 3;
  return attribute.f ? 1 : 2;
}

/** The tensor of a Constant node under the name of its output. */
function constantOf(node: OnnxNode, path: string): OnnxTensor {
  const name = node.outputs[0] ?? '';
  const place = `${path}, Constant node ${node.name}`;
  const [[kind, value] = ['nothing', undefined]] = node.attributes;
  if (typeof value === 'object' && 'readFloats' in value) return value;
  if (typeof value === 'number') return literal(name, kind.includes('float') ? 'F32' : 'I64', [], [value]);
  if (Array.isArray(value)) return literal(name, kind.includes('float') ? 'F32' : 'I64', [value.length], value);
  throw new LowbitError(`a Constant node holds ${kind}, expected a dense number tensor`, { place, remedy: FETCH_AGAIN });
}

function literal(name: string, dtype: OnnxType, shape: readonly number[], values: readonly number[]): OnnxTensor {
  return { name, dtype, shape, readFloats: () => Float32Array.from(values), readNumbers: () => [...values] };
}
