/**
 * A product whose output features (rows of its matrix) take several weights: blocks of rows, each quantized by itself, and a map that says which row
 * stands where.
 *   bits of the map = ceil(log2(blocks)) per row [ours: what published kernels store is not known]
 * Only for quantizers that store a row as it would be stored alone (`rowsShare` of the quantizer): what a block reads back as is then what the rows of the
 * whole matrix would. Source: MixLLM, arXiv 2412.14590 (rows of two precisions in one matrix). Left out: rows under activations of their own.
 */
import { LowbitError } from '../lowbit-error.js';
import { quantizers } from '../quantizers/index.js';
import { parseOptions } from '../quantizers/quantize-options.js';
import { rowsFromText, rowsText } from './row-ranges.js';
import type { Operand } from './layer-trace.js';
import { namedIn, optionsOfEntry, type WeightEntry } from './scheme-entries.js';

/** Output features of a product under a weight of their own. */
export interface RowBlock {
  /** In ascending order, as text. */
  readonly rows: string;
  readonly count: number;
  /** Output features of the matrix. */
  readonly of: number;
  readonly weight: WeightEntry;
  /** Where the scheme says so. */
  readonly place: string;
}

/** An entry with rows that are well-formed. */
type RowEntry = Omit<RowBlock, 'count'>;

/** Entries with rows as blocks of different weights; rows under the weight of all others are no block. Throws LowbitError for a row in two entries. */
export function rowBlocksOf(rest: WeightEntry, entries: readonly RowEntry[]): RowBlock[] {
  const taken = new Map<number, string>();
  const blocks = new Map<string, RowEntry & { readonly numbers: number[] }>();
  for (const entry of entries) {
    const text = JSON.stringify(entry.weight);
    const block = blocks.get(text) ?? { ...entry, numbers: [] };
    if (text !== JSON.stringify(rest)) blocks.set(text, block);
    for (const row of rowsFromText(entry.rows) ?? []) {
      const before = taken.get(row);
      if (before !== undefined) throw twice(row, before, entry.place);
      taken.set(row, entry.place);
      block.numbers.push(row);
    }
  }
  return [...blocks.values()].map(({ numbers, ...block }) => ({
    ...block,
    rows: rowsText(numbers.sort((a, b) => a - b)),
    count: numbers.length,
  }));
}

function twice(row: number, before: string, place: string): LowbitError {
  return new LowbitError('an output feature stands in two entries', {
    value: `row ${row}, also in ${before.replace(/^.*: /, '')}`,
    place: `${place}.rows`,
    remedy: 'name every row once',
  });
}

/** Bits of the map of a row, beside `blocks` kinds of them. */
export function mapBits(blocks: number): number {
  return Math.ceil(Math.log2(blocks));
}

/** Rows of a matrix under one weight. */
export interface RowsOperand {
  readonly n: number;
  readonly weight: Operand;
}

/** The weight that stands for a matrix of blocks: the mean of its rows, and what they are. The rows that no block holds come first, if there are some. */
export function mixedRows(
  rest: Operand,
  blocks: readonly RowBlock[],
  operandOf: (weight: WeightEntry) => Operand,
): { readonly operand: Operand; readonly rows: readonly RowsOperand[] } {
  const of = blocks[0]?.of ?? 0;
  const others = of - blocks.reduce((sum, { count }) => sum + count, 0);
  const rows = [{ n: others, weight: rest }, ...blocks.map(({ count, weight }) => ({ n: count, weight: operandOf(weight) }))].filter(
    ({ n }) => n > 0,
  );
  const mean = (read: (weight: Operand) => number): number => rows.reduce((sum, { n, weight }) => sum + (n / of) * read(weight), 0);
  const operand: Operand = {
    format: rows.map(({ weight }) => weight.format).join(' + '),
    payload_bitsPerElement: mean((weight) => weight.payload_bitsPerElement),
    metadata_bitsPerElement: mean((weight) => weight.metadata_bitsPerElement),
  };
  return { operand, rows };
}

/** What the rows of an entry have in common, so that they cannot be stored apart; undefined: nothing, or a format that only says what it costs. */
export function sharedByRows(entry: WeightEntry): string | undefined {
  if (entry.lowRank !== undefined) return 'factors';
  const quantizer = namedIn(quantizers, entry.quantizer);
  return quantizer?.rowsShare?.(parseOptions(quantizer, optionsOfEntry(entry)));
}

/** Throws LowbitError for blocks of another matrix than one of so many output features, and for other rows that cannot be stored apart from them. */
export function checkRowBlocks(
  product: string,
  { weight, rowBlocks = [] }: { readonly weight: WeightEntry; readonly rowBlocks?: readonly RowBlock[] },
  features: number | undefined,
): void {
  const [block] = rowBlocks;
  if (block === undefined) return;
  const other = rowBlocks.find(({ of }) => of !== features);
  if (other !== undefined) {
    throw new LowbitError('the listed rows are those of another matrix', {
      value: `of: ${other.of}, where ${product} has ${features ?? 'no'} output features`,
      place: `${other.place}.of`,
      remedy: 'choose the output features of this model',
    });
  }
  const shared = sharedByRows(weight);
  if (shared === undefined) return;
  throw new LowbitError(`rows beside others that share ${shared}`, {
    value: `${product}: ${weight.quantizer ?? weight.format ?? ''}`,
    place: block.place,
    remedy: 'take a quantizer that stores rows by themselves for the others, e.g. with a scale per channel or group',
  });
}
