/**
 * rows.jsonl and rows.csv: the rows for people and small tools, with the values of axes instead of their indices. An axis that a condition keeps out,
 * and a result that is unknown, is null in JSON and empty in CSV; `violated` and `unknown` hold constraints as written. CSV follows RFC 4180;
 * blocks and lists are JSON text, and text that a spreadsheet would run as a formula is prefixed with an apostrophe.
 */
import { join } from 'node:path';
import { writeFileAtomically } from '../../tensors/atomic-file.js';
import type { AxisValue, SweepPlan } from '../plan/sweep-plan.js';
import { storedNames, type RowBatch } from '../rows/row-batch.js';
import { decodeRows } from './part-file.js';
import type { PartFormat } from './part-format.js';
import { resultParts } from './read-rows.js';
import { columnData } from './stored-columns.js';

type Cell = AxisValue | undefined;

/** Writes both files from these parts, in this order. */
export async function writeRowsText(format: PartFormat, dir: string, parts: readonly number[]): Promise<void> {
  await writeFileAtomically(join(dir, 'rows.jsonl'), jsonLines(format, dir, parts));
  await writeFileAtomically(join(dir, 'rows.csv'), csv(format, dir, parts));
}

async function* jsonLines(format: PartFormat, dir: string, parts: readonly number[]): AsyncGenerator<Uint8Array> {
  const names = storedNames(format.plan);
  for await (const batch of batches(format, dir, parts)) {
    const lines: string[] = [];
    for (const cells of rowsOf(format, batch)) {
      lines.push(JSON.stringify(Object.fromEntries(names.map((name, i) => [name, cells[i] ?? null]))));
    }
    if (lines.length > 0) yield Buffer.from(`${lines.join('\n')}\n`);
  }
}

async function* csv(format: PartFormat, dir: string, parts: readonly number[]): AsyncGenerator<Uint8Array> {
  const { stringify } = await import('csv-stringify/sync');
  const options = { escape_formulas: true, cast: { boolean: String, number: (value: number) => String(Object.is(value, -0) ? 0 : value) } };
  yield Buffer.from(stringify([storedNames(format.plan)], options));
  for await (const batch of batches(format, dir, parts)) {
    const records = [...rowsOf(format, batch)].map((cells) => cells.map(field));
    if (records.length > 0) yield Buffer.from(stringify(records, options));
  }
}

async function* batches(format: PartFormat, dir: string, parts: readonly number[]): AsyncGenerator<RowBatch> {
  for (const { bytes, metadata } of resultParts(format, dir, parts)) yield decodeRows(format, bytes, metadata);
}

/** The cells of each row in the order of `storedNames`. */
function* rowsOf(format: PartFormat, batch: RowBatch): Generator<Cell[]> {
  const { plan, columns } = format;
  const data = columnData(plan, columns, batch);
  const show = columns.map(({ name }) => shower(plan, name));
  for (let row = 0; row < batch.length; row++) yield data.map((column, i) => show[i]!(column[row] as number | string));
}

function shower(plan: SweepPlan, name: string): (stored: number | string) => Cell {
  const axis = plan.axes.find((candidate) => candidate.name === name);
  if (axis !== undefined) return (index) => axis.values[index as number] ?? null;
  if (name === 'violated' || name === 'unknown') {
    const texts = plan.constraints.map(({ text }) => text);
    return (bits) => texts.filter((_, i) => (Number(bits) >>> i) & 1);
  }
  if (name === 'error') return (message) => (message === '' ? null : message);
  return (value) => (Number.isFinite(value) ? value : null);
}

function field(cell: Cell): string | number | boolean | null {
  if (cell === undefined || cell === null) return null;
  if (Array.isArray(cell) && cell.length === 0) return null;
  return typeof cell === 'object' ? JSON.stringify(cell) : cell;
}
