/** Files of tensors: dequantized values under the original names and shapes, and packed codes with their scales and selectors. */
import { pack } from '../../formats/packing.js';
import type { SideArray } from '../../quantizers/quantizer.js';
import { writeSafetensors, type WrittenTensor } from '../../tensors/safetensors/writer.js';
import type { WeightSource } from '../../tensors/weight-source.js';
import { quantizeWeight, selectTensors, type QuantizedValues, type QuantizedWeight, type QuantizeRequest } from './quantize-weights.js';

interface DequantizedRequest {
  readonly source: WeightSource;
  readonly request: QuantizeRequest;
  /** Given every tensor while its values are in memory. */
  readonly take: (weight: QuantizedWeight & QuantizedValues) => void;
}

/**
 * Writes float32 values under the names, shapes and order of the source: quantized tensors dequantized, other float tensors as they are.
 * Tensors are quantized as the file is written, one in memory at a time. Returns notes for the user.
 */
export async function dequantizedFile(path: string, { source, request, take }: DequantizedRequest): Promise<string[]> {
  const chosen = new Set(selectTensors(source, request).chosen.map(({ name }) => name));
  const float = source.tensors.filter(({ name, dtype }) => chosen.has(name) || /^(?:F|BF|FLOAT|DOUBLE)/.test(dtype));
  const tensors = float.map((info): WrittenTensor => ({
    name: info.name,
    dtype: 'F32',
    shape: info.shape,
    data: async () => {
      if (!chosen.has(info.name)) return source.readFloats(info.name);
      request.progress(info.name, [...chosen].indexOf(info.name), chosen.size);
      const weight = await quantizeWeight(source, request, info);
      take(weight);
      return source.restore(info.name, weight.dequantized);
    },
  }));
  await writeSafetensors(path, tensors, { quantizer: request.quantizer, format: 'dequantized float32' });
  const left = source.tensors.length - float.length;
  return [...(left === 0 ? [] : [`${left} tensors that hold no float values are not in ${path}`]), `wrote ${path}`];
}

/** Collects packed codes (bits of one byte fill from the least significant end) and side data, and writes them; does nothing without a path. */
export function codesWriter(
  path: string | undefined,
  request: QuantizeRequest,
): { add(name: string, values: QuantizedValues): void; write(): Promise<void> } {
  const tensors: WrittenTensor[] = [];
  const metadata: Record<string, string> = { quantizer: request.quantizer };
  return {
    add(name, { quantized }) {
      if (path === undefined) return;
      const { codes, codeBits, side, format, rows, cols, group } = quantized;
      const packed = pack(codes, codeBits);
      tensors.push({ name: `${name}.codes`, dtype: 'U8', shape: [packed.length], data: () => packed });
      for (const [key, values] of Object.entries(side)) tensors.push(sideTensor(`${name}.${key}`, values));
      metadata[name] = JSON.stringify({ format, rows, cols, codeBits, group, choices: quantized.choices });
    },
    async write() {
      if (path !== undefined) await writeSafetensors(path, tensors, metadata);
    },
  };
}

function sideTensor(name: string, values: SideArray): WrittenTensor {
  if (values instanceof Uint8Array) return { name, dtype: 'U8', shape: [values.length], data: () => values };
  // Every other side array holds integers or scales that float32 represents exactly.
  const data = values instanceof Float32Array ? values : Float32Array.from(values);
  return { name, dtype: 'F32', shape: [data.length], data: () => data };
}
