/**
 * A part of a sweep on disk: one parquet file of one row group, written whole to a temporary name and renamed. Its footer says which plan, part and
 * rung it belongs to, and holds a CRC-32 of the data. It is not flushed to the device when it is written (that would cost more than most parts take
 * to compute): a part that a power failure left torn does not match its checksum when it is met again, and is simulated again.
 */
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { parquetMetadata, parquetRead, type DecodedArray, type FileMetaData } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { fileError } from '../../tensors/file-error.js';
import type { RowBatch } from '../rows/row-batch.js';
import type { PartFormat } from './part-format.js';
import { batchOf, columnData } from './stored-columns.js';

/** What the footer says of a part, as text: `plan part rung crc32`. */
interface PartIdentity {
  readonly plan: string;
  readonly part: number;
  readonly rung: number;
  readonly crc32: number;
}
const metadataKey = 'lowbit.part';

/** Bytes of a part. The same batch gives the same bytes. */
export function encodePart(format: PartFormat, part: number, rung: number, batch: RowBatch): Uint8Array {
  const bytes = new ByteWriter(batch.length * 64 + 4096);
  const writer = new ParquetWriter({ writer: bytes, schema: format.schema, codec: 'UNCOMPRESSED', statistics: false, createdBy: 'lowbit' });
  writeRowGroup(writer, format, batch);
  writer.kvMetadata = [{ key: metadataKey, value: `${format.hash} ${part} ${rung} ${crc32(bytes.getBytes())}` }];
  void writer.finish();
  return bytes.getBytes();
}

/** Adds the rows of a batch as one row group; nothing for no rows. */
export function writeRowGroup(writer: ParquetWriter, format: PartFormat, batch: RowBatch): void {
  if (batch.length === 0) return;
  const data = columnData(format.plan, format.columns, batch);
  // One page per column: a part is read as a whole.
  void writer.write({
    columnData: format.columns.map(({ name, encoding }, i) => ({ name, data: data[i]!, encoding, offsetIndex: false })),
    rowGroupSize: batch.length,
    pageSize: 0,
  });
}

/** Writes the bytes of a part. Throws LowbitError (what, where, remedy) when the folder cannot take them; no temporary stays. */
export function writePart(path: string, bytes: Uint8Array): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const file = openSync(temporary, 'w');
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // The folder is gone or read-only: the first error says so.
    }
    throw fileError('cannot write', path, error);
  }
}

/** A part that was met again. */
export type StoredPart =
  | { readonly state: 'absent' }
  | { readonly state: 'damaged'; readonly why: string }
  | { readonly state: 'whole'; readonly rung: number; readonly bytes: Uint8Array; readonly metadata: FileMetaData };

/** Reads a part and checks it: footer, plan, number, checksum. Throws LowbitError when the file is there and cannot be read. */
export function readPart(format: PartFormat, part: number, path: string): StoredPart {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { state: 'absent' };
    throw fileError('cannot read', path, error);
  }
  let metadata: FileMetaData;
  try {
    metadata = parquetMetadata(bytes, { geoparquet: false });
  } catch {
    return { state: 'damaged', why: 'it is no whole parquet file' };
  }
  const identity = identityOf(metadata);
  if (identity === undefined) return { state: 'damaged', why: 'it does not say which sweep it belongs to' };
  if (identity.plan !== format.hash) return { state: 'damaged', why: 'it belongs to another sweep' };
  if (identity.part !== part) return { state: 'damaged', why: `it is part ${identity.part}` };
  if (crc32(bytes.subarray(0, dataEnd(metadata))) !== identity.crc32) return { state: 'damaged', why: 'its checksum does not match' };
  return { state: 'whole', rung: identity.rung, bytes, metadata };
}

function identityOf(metadata: FileMetaData): PartIdentity | undefined {
  const text = metadata.key_value_metadata?.find(({ key }) => key === metadataKey)?.value;
  const [, plan, ...numbers] = /^([0-9a-f]{64}) (\d+) (\d+) (\d+)$/.exec(text ?? '') ?? [];
  const [part, rung, crc] = numbers.map(Number);
  if (plan === undefined || part === undefined || rung === undefined || crc === undefined) return undefined;
  return { plan, part, rung, crc32: crc };
}

/** Offset at which the data of a file of at most one row group end. */
export function dataEnd(metadata: FileMetaData): number {
  const columns = metadata.row_groups[0]?.columns ?? [];
  return columns.reduce((end, { meta_data }) => end + Number(meta_data?.total_compressed_size ?? 0n), 4);
}

/** Rows of a parquet file of at most one row group. */
export async function decodeRows(format: PartFormat, bytes: Uint8Array, metadata: FileMetaData): Promise<RowBatch> {
  const data = new Map<string, DecodedArray>();
  const buffer = bytes.buffer as ArrayBuffer;
  const file = {
    byteLength: bytes.byteLength,
    slice: (start: number, end?: number) => buffer.slice(bytes.byteOffset + start, bytes.byteOffset + (end ?? bytes.byteLength)),
  };
  if (metadata.row_groups.length > 0) {
    await parquetRead({ file, metadata, onChunk: ({ columnName, columnData: values }) => void data.set(columnName, values) });
  }
  return batchOf(format.plan, Number(metadata.num_rows), data);
}
