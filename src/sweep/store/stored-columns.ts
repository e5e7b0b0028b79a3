/**
 * A RowBatch as the columns of a parquet file, and back. Columns are those of `storedNames` (rows/row-batch.ts), each required: the number of the
 * point and the indices of axes as INT32 (the point as DOUBLE where the space is larger than that), results as DOUBLE with NaN for unknown, `violated`
 * and `unknown` as INT32, `error` as UTF-8, empty for a row that did not fail.
 *
 * Encodings: dictionaries for indices of axes, `violated`, `unknown` and errors, which have few values; PLAIN for points and results, where a dictionary costs more
 * time than it saves bytes. Without compression: 16,384 rows of ten columns are encoded in 15 ms and take 46 bytes each; Snappy takes a third longer for
 * a tenth less. Differences (DELTA_BINARY_PACKED) for all INT32 would save five bytes a row, and fastparquet 2026.9 reads them wrongly without an error.
 */
import type { DecodedArray, Encoding, SchemaElement } from 'hyparquet';
import type { SweepPlan } from '../plan/sweep-plan.js';
import { storedNames, type RowBatch } from '../rows/row-batch.js';

export interface StoredColumn {
  readonly name: string;
  readonly type: 'INT32' | 'DOUBLE' | 'BYTE_ARRAY';
  readonly encoding: Encoding;
}

/** The columns of a plan in order. */
export function storedColumns(plan: SweepPlan): StoredColumn[] {
  const integers = new Set(['violated', 'unknown', ...plan.axes.map(({ name }) => name)]);
  const rawSize = plan.dimensions.reduce((product, { size }) => product * size, 1);
  if (rawSize < 2 ** 31) integers.add('point');
  return storedNames(plan).map((name) => {
    if (name === 'error') return { name, type: 'BYTE_ARRAY', encoding: 'RLE_DICTIONARY' };
    if (!integers.has(name)) return { name, type: 'DOUBLE', encoding: 'PLAIN' };
    return { name, type: 'INT32', encoding: name === 'point' ? 'PLAIN' : 'RLE_DICTIONARY' };
  });
}

export function schemaOf(columns: readonly StoredColumn[]): SchemaElement[] {
  return [
    { name: 'sweep', num_children: columns.length },
    ...columns.map(({ name, type }): SchemaElement =>
      type === 'BYTE_ARRAY'
        ? { name, type, repetition_type: 'REQUIRED', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
        : { name, type, repetition_type: 'REQUIRED' },
    ),
  ];
}

/** The data of every column, in the order of `storedColumns`. */
export function columnData(plan: SweepPlan, columns: readonly StoredColumn[], batch: RowBatch): DecodedArray[] {
  const named = namedColumns(plan, batch);
  return columns.map(({ name, type }) => {
    if (name === 'point') return type === 'INT32' ? Int32Array.from(batch.points) : batch.points;
    if (name === 'error') return errorTexts(batch);
    return named.get(name)!;
  });
}

function errorTexts({ length, errors }: RowBatch): string[] {
  const texts = new Array<string>(length).fill('');
  for (const [row, message] of errors) texts[row] = message;
  return texts;
}

/** The batch that stored columns came from. */
export function batchOf(plan: SweepPlan, length: number, data: ReadonlyMap<string, DecodedArray>): RowBatch {
  const doubles = (name: string): Float64Array => float64(data.get(name), length);
  const errors = new Map<number, string>();
  const messages = data.get('error');
  for (let row = 0; row < length; row++) {
    const message: unknown = messages?.[row];
    if (typeof message === 'string' && message !== '') errors.set(row, message);
  }
  return {
    length,
    points: doubles('point'),
    axes: plan.axes.map(({ name }) => int32(data.get(name), length)),
    columns: plan.columns.map(doubles),
    objectives: plan.objectives.map(({ name }) => doubles(name)),
    ...(plan.errorBars
      ? { bounds: plan.objectives.map(({ name }) => ({ low: doubles(`${name}_low`), high: doubles(`${name}_high`) })) }
      : {}),
    violated: int32(data.get('violated'), length),
    unknown: int32(data.get('unknown'), length),
    errors,
  };
}

/** An objective of the name of a result column is that column: it stands for both. */
function namedColumns(plan: SweepPlan, batch: RowBatch): Map<string, Int32Array | Float64Array> {
  const named = new Map<string, Int32Array | Float64Array>([
    ['violated', batch.violated],
    ['unknown', batch.unknown],
  ]);
  plan.axes.forEach(({ name }, i) => named.set(name, batch.axes[i]!));
  plan.columns.forEach((name, i) => named.set(name, batch.columns[i]!));
  plan.objectives.forEach(({ name }, i) => {
    named.set(name, batch.objectives[i]!);
    const bounds = batch.bounds?.[i];
    if (bounds === undefined) return;
    named.set(`${name}_low`, bounds.low);
    named.set(`${name}_high`, bounds.high);
  });
  return named;
}

/** Without rows a file has no column data at all. */
function float64(data: DecodedArray | undefined, length: number): Float64Array {
  if (data instanceof Float64Array) return data;
  return length === 0 ? new Float64Array() : Float64Array.from(data as ArrayLike<number>);
}

function int32(data: DecodedArray | undefined, length: number): Int32Array {
  if (data instanceof Int32Array) return data;
  return length === 0 ? new Int32Array() : Int32Array.from(data as ArrayLike<number>);
}
