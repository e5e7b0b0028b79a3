/**
 * Groups of columns that do not lie side by side: `groupIndex` of the side data names the group of every column, as packed GPTQ checkpoints do (`g_idx`, 32 bits
 * per column). Readers of contiguous groups get the columns group by group; columns of a group keep their order.
 */
import type { QuantizedTensor } from './quantizer.js';

/** Stored bits of the group of one column. */
export const GROUP_INDEX_bits = 32;

/** Columns group by group; absent when groups are contiguous. */
function columnsByGroup({ side }: QuantizedTensor): Int32Array | undefined {
  const index = side['groupIndex'] as Int32Array | undefined;
  return index === undefined ? undefined : Int32Array.from(index.keys()).sort((a, b) => index[a]! - index[b]! || a - b);
}

/** Reads a tensor whose columns `read` is given group by group. */
export function readInGroups(quantized: QuantizedTensor, read: (contiguous: QuantizedTensor) => Float32Array): Float32Array {
  const columns = columnsByGroup(quantized);
  if (columns === undefined) return read(quantized);
  const codes = gathered(quantized.codes, columns, new Uint8Array(quantized.codes.length));
  return scattered(read({ ...quantized, codes }), columns, new Float32Array(codes.length));
}

/** Codes of values, whose columns `encode` is given group by group. */
export function encodeInGroups(
  values: Float32Array,
  quantized: QuantizedTensor,
  encode: (values: Float32Array, contiguous: QuantizedTensor) => Uint8Array,
): Uint8Array {
  const columns = columnsByGroup(quantized);
  if (columns === undefined) return encode(values, quantized);
  const codes = encode(gathered(values, columns, new Float32Array(values.length)), quantized);
  return scattered(codes, columns, new Uint8Array(values.length));
}

function gathered<Numbers extends Float32Array | Uint8Array>(source: Numbers, columns: Int32Array, target: Numbers): Numbers {
  const { length } = columns;
  for (let row = 0; row < source.length; row += length) for (let j = 0; j < length; j++) target[row + j] = source[row + columns[j]!]!;
  return target;
}

function scattered<Numbers extends Float32Array | Uint8Array>(source: Numbers, columns: Int32Array, target: Numbers): Numbers {
  const { length } = columns;
  for (let row = 0; row < source.length; row += length) for (let j = 0; j < length; j++) target[row + columns[j]!] = source[row + j]!;
  return target;
}
