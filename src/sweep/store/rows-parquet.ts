/**
 * rows.parquet: the rows of all parts in one file. Row groups are copied byte by byte and their offsets shifted, nothing is encoded again and only
 * one part is in memory at a time. Parts below 8,192 rows (searches ask for few points at once) are gathered into row groups of at least so many, because
 * readers pay for every row group. The result depends on the parts alone. The footer holds the axes with their values, so that the indices
 * in the columns can be read without a second file.
 */
import { join } from 'node:path';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { RowGroup } from 'hyparquet';
import { writeFileAtomically } from '../../tensors/atomic-file.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { RowBatch } from '../rows/row-batch.js';
import { dataEnd, decodeRows, writeRowGroup } from './part-file.js';
import type { PartFormat } from './part-format.js';
import { resultParts, type WholePart } from './read-rows.js';

const leastGroupRows = 8192;

/** Writes rows.parquet from these parts, in this order. Throws LowbitError when a part is not whole or the folder cannot take the file. */
export async function writeRowsParquet(format: PartFormat, dir: string, parts: Iterable<number>): Promise<void> {
  await writeFileAtomically(join(dir, 'rows.parquet'), joinedParts(format, resultParts(format, dir, parts)));
}

async function* joinedParts(format: PartFormat, parts: Iterable<WholePart>): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({
    writer: bytes,
    schema: format.schema,
    codec: 'UNCOMPRESSED',
    statistics: false,
    kvMetadata: [{ key: 'lowbit.sweep', value: JSON.stringify(legend(format.plan, format.hash)) }],
    createdBy: 'lowbit',
  });
  let gathered: RowBatch[] = [];
  let gatheredRows = 0;
  const gatheredGroup = (): Uint8Array => {
    writeRowGroup(writer, format, joinedBatches(gathered, gatheredRows));
    gathered = [];
    gatheredRows = 0;
    return taken(bytes);
  };
  for (const part of parts) {
    const rows = Number(part.metadata.num_rows);
    if (rows < leastGroupRows) {
      gathered.push(await decodeRows(format, part.bytes, part.metadata));
      gatheredRows += rows;
      if (gatheredRows >= leastGroupRows) yield gatheredGroup();
      continue;
    }
    if (gatheredRows > 0) yield gatheredGroup();
    else yield taken(bytes);
    yield copiedGroup(writer, bytes, part);
  }
  if (gatheredRows > 0) yield gatheredGroup();
  void writer.finish();
  yield taken(bytes);
}

/** Adds the row group of a part to the footer, at its new place, and gives its bytes. */
function copiedGroup(writer: ParquetWriter, bytes: ByteWriter, part: WholePart): Uint8Array {
  const end = dataEnd(part.metadata);
  const shift = bytes.offset - 4;
  for (const group of part.metadata.row_groups) {
    writer.row_groups.push(shifted(group, BigInt(shift)));
    writer.num_rows += group.num_rows;
  }
  bytes.offset += end - 4;
  return part.bytes.subarray(4, end);
}

function shifted(group: RowGroup, by: bigint): RowGroup {
  return {
    columns: group.columns.map(({ file_offset, meta_data }) => {
      if (meta_data === undefined) throw new Error('a column chunk without metadata');
      const { type, encodings, path_in_schema, codec, num_values, total_compressed_size, total_uncompressed_size } = meta_data;
      const dictionary = meta_data.dictionary_page_offset;
      return {
        file_offset: file_offset + by,
        meta_data: {
          ...{ type, encodings, path_in_schema, codec, num_values, total_compressed_size, total_uncompressed_size },
          data_page_offset: meta_data.data_page_offset + by,
          ...(dictionary === undefined ? {} : { dictionary_page_offset: dictionary + by }),
        },
      };
    }),
    total_byte_size: group.total_byte_size,
    num_rows: group.num_rows,
    ...(group.total_compressed_size === undefined ? {} : { total_compressed_size: group.total_compressed_size }),
  };
}

/** What the writer holds so far, as bytes of their own; the writer goes on counting from where it was. */
function taken(bytes: ByteWriter): Uint8Array {
  const result = bytes.getBytes().slice();
  bytes.index = 0;
  return result;
}

function joinedBatches(batches: readonly RowBatch[], length: number): RowBatch {
  const doubles = (pick: (batch: RowBatch) => Float64Array): Float64Array => fill(new Float64Array(length), batches.map(pick));
  const integers = (pick: (batch: RowBatch) => Int32Array): Int32Array => fill(new Int32Array(length), batches.map(pick));
  const first = batches[0]!;
  const errors = new Map<number, string>();
  let offset = 0;
  for (const batch of batches) {
    for (const [row, message] of batch.errors) errors.set(offset + row, message);
    offset += batch.length;
  }
  return {
    length,
    points: doubles(({ points }) => points),
    axes: first.axes.map((_, i) => integers(({ axes }) => axes[i]!)),
    columns: first.columns.map((_, i) => doubles(({ columns }) => columns[i]!)),
    objectives: first.objectives.map((_, i) => doubles(({ objectives }) => objectives[i]!)),
    ...(first.bounds === undefined
      ? {}
      : {
          bounds: first.bounds.map((_, i) => ({
            low: doubles(({ bounds }) => bounds![i]!.low),
            high: doubles(({ bounds }) => bounds![i]!.high),
          })),
        }),
    violated: integers(({ violated }) => violated),
    unknown: integers(({ unknown }) => unknown),
    errors,
  };
}

function fill<T extends Float64Array | Int32Array>(into: T, pieces: readonly T[]): T {
  let offset = 0;
  for (const piece of pieces) {
    into.set(piece, offset);
    offset += piece.length;
  }
  return into;
}

/** What a reader of the columns must know: the values behind the indices, and the bits of `violated` and `unknown`. */
function legend(plan: SweepPlan, hash: string): object {
  return {
    name: plan.name,
    planHash: hash,
    axes: plan.axes.map(({ name, path, values }) => ({ name, path, values })),
    constraints: plan.constraints.map(({ text }) => text),
    objectives: plan.objectives.map(({ name, text, direction, unit }) => ({ name, text, direction, unit })),
  };
}
