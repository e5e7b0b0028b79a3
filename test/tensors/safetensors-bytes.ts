/** A safetensors file from any header, right or wrong, and any data. */
export function safetensorsBytes(header: unknown, data: Uint8Array = new Uint8Array(), headerLength?: bigint): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(headerLength ?? BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

export function entry(dtype: string, shape: readonly unknown[], begin: number, end: number): object {
  return { dtype, shape, data_offsets: [begin, end] };
}
