/** Files of tensors: dequantized values under the original names and shapes, and packed codes with their scales and selectors. */
import { pack } from '../../formats/packing.js';
import type { SideArray } from '../../quantizers/quantizer.js';
import { openSpool, type Spool } from '../../tensors/spool-file.js';
import { writeSafetensors, type WrittenTensor } from '../../tensors/safetensors/writer.js';
import type { WeightSource } from '../../tensors/weight-source.js';
import { freeMemory } from './free-memory.js';
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

/** Packed codes of tensors, taken in while they are there and written as one file at the end. */
export interface CodesWriter {
  add(name: string, values: QuantizedValues): void;
  write(): Promise<void>;
}

/**
 * Packed codes (bits of one byte fill from the least significant end) and side data, under a header that is known when all of them are: until then they
 * wait on disk. Does nothing without a path.
 */
export function codesWriter(path: string | undefined, request: QuantizeRequest): CodesWriter {
  if (path === undefined) return { add: () => undefined, write: () => Promise.resolve() };
  const spool = spoolFreeing(path);
  const tensors: WrittenTensor[] = [];
  const metadata: Record<string, string> = { quantizer: request.quantizer };
  return {
    add(name, { quantized }) {
      const { codes, codeBits, side, format, rows, cols, group } = quantized;
      const packed = pack(codes, codeBits);
      tensors.push({ name: `${name}.codes`, dtype: 'U8', shape: [packed.length], data: spool.add(packed) });
      for (const [key, values] of Object.entries(side)) tensors.push(sideTensor(`${name}.${key}`, values, spool));
      metadata[name] = JSON.stringify({ format, rows, cols, codeBits, group, choices: quantized.choices });
    },
    async write() {
      await writeSafetensors(path, tensors, metadata);
      spool.close();
    },
  };
}

/** A spool that has memory given back before it reads: the last tensor and what was read before are held by nobody. */
function spoolFreeing(path: string): Spool {
  const spool = openSpool(path);
  return {
    add(bytes) {
      const read = spool.add(bytes);
      return () => {
        freeMemory();
        return read();
      };
    },
    close: () => spool.close(),
  };
}

function sideTensor(name: string, values: SideArray, spool: Spool): WrittenTensor {
  const { length } = values;
  if (values instanceof Uint8Array) return { name, dtype: 'U8', shape: [length], data: spool.add(values) };
  // Every other side array holds integers or scales that float32 represents exactly.
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  const stored = spool.add(new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength));
  return { name, dtype: 'F32', shape: [length], data: () => new Float32Array(stored().buffer) };
}
