/** Bytes of GGUF blocks to their contents and back, whatever the type: blocks lie one after the other, rows without gaps between them. */
import { blockValues, emptyFields, type BlockFields, type BlockType } from './block-types.js';
import { kLayouts } from './k-blocks.js';
import { packPlain, unpackPlain } from './plain-blocks.js';

/** Reads the block at a byte offset. @internal */
export function unpackBlock(type: BlockType, bytes: Uint8Array, at: number, fields: BlockFields): void {
  const layout = kLayouts[type.name];
  if (layout === undefined) unpackPlain(type, bytes, at, fields);
  else layout.unpack(bytes, at, fields);
}

/** Writes the block at a byte offset, over bytes that are zero. */
export function packBlock(type: BlockType, fields: BlockFields, bytes: Uint8Array, at: number): void {
  const layout = kLayouts[type.name];
  if (layout === undefined) packPlain(type, fields, bytes, at);
  else layout.pack(fields, bytes, at);
}

/** float32 values of `count` elements (whole blocks) from bytes that start with their first block, written to out[at ..]. */
export function decodeBlocks(
  type: BlockType,
  bytes: Uint8Array,
  out: Float32Array,
  span: { readonly at: number; readonly count: number },
): void {
  const fields = emptyFields();
  for (let block = 0; block < span.count / type.elements; block++) {
    unpackBlock(type, bytes, block * type.bytes, fields);
    blockValues(type, fields, out, span.at + block * type.elements);
  }
}
