import onnxProto from 'onnx-proto';
import { writeFileSync } from 'node:fs';

const { onnx } = onnxProto;

type Attribute = number | string | readonly number[] | object;

export function tensor(name: string, dims: readonly number[], values: ArrayLike<number> | undefined, dataType = 1): object {
  const data = Float32Array.from(values ?? new Float32Array(dims.reduce((all, d) => all * d, 1)));
  return { name, dims, dataType, rawData: new Uint8Array(data.buffer) };
}

export function integers(name: string, values: readonly number[], dims: readonly number[] = [values.length]): object {
  return { name, dims, dataType: 7, rawData: new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer) };
}

export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): object {
  return {
    opType,
    name: `${opType}_${output[0]}`,
    input,
    output,
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  };
}

function attribute(name: string, value: Attribute): object {
  if (typeof value === 'number') return { name, type: 2, i: value };
  if (typeof value === 'string') return { name, type: 3, s: Buffer.from(value) };
  if (Array.isArray(value)) return { name, type: 7, ints: value };
  return { name, type: 4, t: value };
}

export interface ModelParts {
  readonly inputs?: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs?: readonly string[];
  readonly initializer?: readonly object[];
  readonly nodes?: readonly object[];
  readonly opset?: number;
}

export function modelBytes(parts: ModelParts): Uint8Array {
  const dim = (dimension: number | string): object => (typeof dimension === 'number' ? { dimValue: dimension } : { dimParam: dimension });
  const input = Object.entries(parts.inputs ?? {}).map(([name, shape]) => ({
    name,
    type: { tensorType: { elemType: 1, shape: { dim: shape.map(dim) } } },
  }));
  const output = (parts.outputs ?? []).map((name) => ({ name }));
  const message = {
    irVersion: 8,
    opsetImport: [{ domain: '', version: parts.opset ?? 13 }],
    graph: { name: 'g', input, output, initializer: [...(parts.initializer ?? [])], node: [...(parts.nodes ?? [])] },
  };
  return onnx.ModelProto.encode(onnx.ModelProto.fromObject(message)).finish();
}

/** Writes a model and returns its path. */
export function writeModel(path: string, parts: ModelParts): string {
  writeFileSync(path, modelBytes(parts));
  return path;
}
