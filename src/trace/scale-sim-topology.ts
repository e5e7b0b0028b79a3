/**
 * Layers from a topology of SCALE-Sim (v2 and v3), told by the first column `Layer`; columns are read in their order:
 *   convolution  Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides[, N:M],
 *   product      Layer, M, N, K[, N:M],
 * A convolution becomes m = output pixels, n = filters, k = filter area * channels; output = ceil((input - filter + stride) / stride), for there is no
 * padding. A name with `DP` is depthwise: one product per channel. A row ends with a comma or without, and a cell that starts with # is a comment.
 * Source: SCALE-Sim v3 (2025-08-15) and its shipped topologies. Left out, and refused: weights with a sparsity other than N:N, batch columns.
 */
import { LowbitError } from '../lowbit-error.js';
import { dimensionOf, type CsvRow } from './csv-rows.js';
import type { LayerTrace } from './layer-trace.js';

const convolution = [
  'Layer name',
  'IFMAP Height',
  'IFMAP Width',
  'Filter Height',
  'Filter Width',
  'Channels',
  'Num Filter',
  'Strides',
] as const;
const product = ['Layer', 'M', 'N', 'K'] as const;
/** How the columns are spelled in shipped topologies, without blanks and in lower case; by position. */
const convolutionSpelling = [/^layer/, /^ifmap/, /^ifmap/, /^filter/, /^filter/, /^channels?$/, /^numfilters?$/, /^strides?(height)?$/];
const productSpelling = [/^layer/, /^m$/, /^n$/, /^k$/];
const strideWidth = /^stridewidth$/;
const sparsity = /^(n:m|sparsity.*)$/;

/** Operands that every layer of a topology gets. */
type Operands = Pick<LayerTrace, 'activation' | 'weight' | 'output'>;

/** Whether the header is that of a topology. */
export function isTopology(header: CsvRow): boolean {
  return /^layer/i.test(header.cells[0] ?? '');
}

interface Form {
  readonly kind: 'convolution' | 'product';
  readonly columns: readonly string[];
  /** Cells of a row without its sparsity. */
  readonly width: number;
}

/** Layers in the order of the rows. Throws LowbitError with file:line for other columns, rows of another length, impossible sizes, sparse weights. */
export function topologyLayers(header: CsvRow, rows: readonly CsvRow[], file: string, operands: Operands): LayerTrace[] {
  const form = formOf(header, file);
  return rows.map((row) => {
    const place = `${file}:${row.line}`;
    const cells = rowCells(row, form, place);
    const name = cells[0] ?? '';
    if (name === '') throw new LowbitError('layer without a name', { place });
    const size = (index: number): number => dimensionOf(cells[index] ?? '', form.columns[index] ?? '', place);
    const base = { name, kind: 'gemm', repeat: 1, ...operands } as const;
    if (form.kind === 'convolution') return { ...base, ...convolutionShape(name, size, form, place) };
    return { ...base, m: size(1), n: size(2), k: size(3), gemms: 1, sharedOperand: 'weight' };
  });
}

/** The columns of a header. Throws LowbitError when they are those of no topology. */
function formOf(header: CsvRow, file: string): Form {
  const cells = withoutTail(header.cells);
  const names = cells.map((cell) => cell.toLowerCase().replaceAll(/[\s_]/g, ''));
  const place = `${file}:${header.line}`;
  const matches = (spelling: readonly RegExp[]): boolean => spelling.every((pattern, index) => pattern.test(names[index] ?? ''));
  const conv = matches(convolutionSpelling);
  if (!conv && !matches(productSpelling)) {
    throw new LowbitError('columns of no topology of SCALE-Sim', {
      value: cells.join(', '),
      place,
      remedy: `write ${convolution.join(', ')}, or ${product.join(', ')}, in this order`,
    });
  }
  const twoStrides = conv && strideWidth.test(names[convolution.length] ?? '');
  const columns = conv ? [...convolution, ...(twoStrides ? ['Stride width'] : [])] : product;
  const extra = cells.find((_, index) => index >= columns.length && !(index === columns.length && sparsity.test(names[index] ?? '')));
  if (extra !== undefined) {
    throw new LowbitError('column of a topology that is not modelled', {
      value: extra,
      place,
      remedy: `it takes ${columns.join(', ')} and a sparsity N:M; a batch of products is rows of its own`,
    });
  }
  return { kind: conv ? 'convolution' : 'product', columns, width: columns.length };
}

/** Cells up to the last that says something; a comment says nothing. */
function withoutTail(cells: readonly string[]): readonly string[] {
  const comment = cells.findIndex((cell) => cell.startsWith('#'));
  const said = comment === -1 ? cells : cells.slice(0, comment);
  return said.slice(0, said.findLastIndex((cell) => cell !== '') + 1);
}

function rowCells(row: CsvRow, { width }: Form, place: string): readonly string[] {
  const cells = withoutTail(row.cells);
  const ratio = cells[width];
  if (ratio !== undefined && /^\d+:\d+$/.test(ratio) && cells.length === width + 1) {
    const [kept, of] = ratio.split(':');
    if (kept === of) return cells.slice(0, width);
    throw new LowbitError('sparse weights of SCALE-Sim are not modelled', { value: ratio, place, allowed: ['1:1'] });
  }
  if (cells.length === width) return cells;
  throw new LowbitError('row of another length than the header', {
    value: `${cells.length} cells`,
    place,
    allowed: [`${width} cells`, `${width} and N:M`],
  });
}

function convolutionShape(
  name: string,
  size: (index: number) => number,
  form: Form,
  place: string,
): Omit<LayerTrace, 'name' | 'kind' | 'repeat' | keyof Operands> {
  const [inputHeight, inputWidth, kernelHeight, kernelWidth, channels, filters, strideHeight] = [1, 2, 3, 4, 5, 6, 7].map(size) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const strideWide = form.width > convolution.length ? size(8) : strideHeight;
  const outputs = (input: number, kernel: number, stride: number): number => {
    if (kernel > input)
      throw new LowbitError('filter larger than its input', {
        value: `${kernel} over ${input}`,
        place,
        remedy: 'there is no padding: give the padded input',
      });
    return Math.ceil((input - kernel + stride) / stride);
  };
  const depthwise = name.includes('DP');
  const perProduct = depthwise ? 1 : channels;
  const outputHeight = outputs(inputHeight, kernelHeight, strideHeight);
  const outputWidth = outputs(inputWidth, kernelWidth, strideWide);
  return {
    m: dimensionOf(String(outputHeight * outputWidth), 'output pixels', place),
    n: filters,
    k: dimensionOf(String(kernelHeight * kernelWidth * perProduct), 'filter area * channels', place),
    gemms: depthwise ? channels : 1,
    sharedOperand: depthwise ? 'none' : 'weight',
    conv: {
      batch: 1,
      outputHeight,
      outputWidth,
      kernelHeight,
      kernelWidth,
      strideHeight,
      strideWidth: strideWide,
      inputChannels: channels,
      outputChannels: filters * (depthwise ? channels : 1),
    },
  };
}
