/**
 * How the quantized weights of GPTQ and AWQ checkpoints are packed into 32-bit words, and the matrix they stand for: w[n, k] = scale (q - zero).
 *   GPTQ  qweight [K b/32, N]: b-bit codes of a column one after the other from the lowest bit up (3-bit codes run over word boundaries)
 *         qzeros  [groups, N b/32]: the same along N; version 1 stores zero - 1 modulo 2^b, version 2 (checkpoint_format gptq_v2) zero itself
 *         g_idx   [K]: group of each input channel; without it channel k is of group floor(k / group)
 *   AWQ   qweight [K, N/8], qzeros [groups, N/8]: 4-bit codes of 8 columns in a word; the i-th from the lowest bit up is column 0,2,4,6,1,3,5,7
 * scales [groups, N]. Sources: the layouts of AutoGPTQ, GPTQModel and AutoAWQ checkpoints (facts). Left out: Marlin and planar repackings, AWQ's GEMV
 * layout, and files that say version 1 but hold zeros of version 2.
 */
import { unpack } from '../../formats/packing.js';
import { LowbitError } from '../../lowbit-error.js';

/** Sizes of one packed matrix. */
export interface PackedLayout {
  readonly method: 'gptq' | 'awq';
  readonly bits: number;
  readonly n: number;
  readonly k: number;
  readonly groups: number;
}

export interface PackedShapes {
  readonly qweight: readonly number[];
  readonly qzeros: readonly number[];
  readonly scales: readonly number[];
  /** Length of g_idx, when it is there. */
  readonly channels?: number;
}

/** The parts of one packed matrix as they are stored, 32-bit words in little-endian bytes. */
export interface PackedParts {
  readonly qweight: Uint8Array;
  readonly qzeros: Uint8Array;
  readonly scales: Float32Array;
  /** Group of each input channel. */
  readonly groupOf: (channel: number) => number;
  /** Added to what is stored as zero. */
  readonly zeroOffset: number;
}

const WIDTHS: readonly number[] = [2, 3, 4, 8];
const AWQ_BITS = 4;
const AWQ_PER_WORD = 8;
const AWQ_ORDER = [0, 2, 4, 6, 1, 3, 5, 7] as const;
const WORD_BYTES = 4;
const WORD_bits = 32;

/** Sizes from the shapes of the parts. Throws LowbitError at `place` when they do not go together. */
export function packedLayout(shapes: PackedShapes, place: string): PackedLayout {
  const areMatrices = [shapes.qweight, shapes.qzeros, shapes.scales].every((shape) => shape.length === 2 && !shape.includes(0));
  const layout = areMatrices ? (awqLayout(shapes) ?? gptqLayout(shapes)) : undefined;
  if (layout === undefined) throw mismatch(shapes, place);
  return layout;
}

function awqLayout({ qweight, qzeros, scales, channels }: PackedShapes): PackedLayout | undefined {
  const [[k = 0, width = 0], [zeroRows, zeroWidth], [groups = 0, n = 0]] = [qweight, qzeros, scales];
  const fits = width * AWQ_PER_WORD === n && zeroWidth === width && zeroRows === groups && k % groups === 0;
  return fits && channels === undefined ? { method: 'awq', bits: AWQ_BITS, n, k, groups } : undefined;
}

function gptqLayout({ qweight, qzeros, scales, channels }: PackedShapes): PackedLayout | undefined {
  const [[rows = 0, width], [zeroRows, zeroWidth = 0], [groups = 0, n = 0]] = [qweight, qzeros, scales];
  const bits = (zeroWidth * WORD_bits) / n;
  const k = (rows * WORD_bits) / bits;
  if (width !== n || zeroRows !== groups || !WIDTHS.includes(bits) || !Number.isInteger(k)) return undefined;
  // Without g_idx only equal groups can be told apart.
  const fits = channels === undefined ? k % groups === 0 : channels === k;
  return fits ? { method: 'gptq', bits, n, k, groups } : undefined;
}

/** Channels of a group; of the longest one when the last is short. */
export function groupLength({ k, groups }: Pick<PackedLayout, 'k' | 'groups'>): number {
  return Math.ceil(k / groups);
}

function mismatch({ qweight, qzeros, scales, channels }: PackedShapes, place: string): LowbitError {
  const parts = [`qweight [${qweight.join(', ')}]`, `qzeros [${qzeros.join(', ')}]`, `scales [${scales.join(', ')}]`];
  return new LowbitError('the parts of a packed weight do not go together', {
    value: [...parts, ...(channels === undefined ? [] : [`g_idx [${channels}]`])].join(', '),
    place,
    allowed: ['GPTQ: [K b/32, N], [groups, N b/32], [groups, N], [K]; b = 2, 3, 4, 8', 'AWQ: [K, N/8], [groups, N/8], [groups, N]'],
    remedy: 'the file is damaged or packed in another way; convert it to GPTQ or AWQ (GEMM)',
  });
}

/** float32 values [n, k]. */
export function unpackWeights(layout: PackedLayout, parts: PackedParts): Float32Array {
  const { n, k, bits } = layout;
  const codes = layout.method === 'gptq' ? gptqColumns(layout, parts.qweight) : awqCodes(parts.qweight, k, n);
  const zeros = layout.method === 'gptq' ? unpackRows(parts.qzeros, layout) : awqCodes(parts.qzeros, layout.groups, n);
  const out = new Float32Array(n * k);
  const mask = 2 ** bits - 1;
  for (let channel = 0; channel < k; channel++) {
    const group = parts.groupOf(channel) * n;
    for (let row = 0; row < n; row++) {
      const zero = (zeros[group + row]! + parts.zeroOffset) & mask;
      out[row * k + channel] = parts.scales[group + row]! * (codes[channel * n + row]! - zero);
    }
  }
  return out;
}

/** Codes [k, n] of words that hold the codes of a column of the words one after the other. */
function gptqColumns({ n, k, bits }: PackedLayout, words: Uint8Array): Uint8Array {
  const codes = new Uint8Array(k * n);
  const rows = (k * bits) / WORD_bits;
  const column = new Uint8Array(rows * WORD_BYTES);
  for (let c = 0; c < n; c++) {
    for (let r = 0; r < rows; r++) column.set(words.subarray((r * n + c) * WORD_BYTES, (r * n + c + 1) * WORD_BYTES), r * WORD_BYTES);
    const unpacked = unpack(column, bits, k);
    for (let channel = 0; channel < k; channel++) codes[channel * n + c] = unpacked[channel]!;
  }
  return codes;
}

/** Codes [groups, n] of rows of words. */
function unpackRows(words: Uint8Array, { n, bits, groups }: PackedLayout): Uint8Array {
  const codes = new Uint8Array(groups * n);
  const row_bytes = (n * bits) / 8;
  for (let group = 0; group < groups; group++) {
    codes.set(unpack(words.subarray(group * row_bytes, (group + 1) * row_bytes), bits, n), group * n);
  }
  return codes;
}

/** Codes [rows, n]; byte b of a word has the codes of places 2 b and 2 b + 1. */
function awqCodes(words: Uint8Array, rows: number, n: number): Uint8Array {
  const codes = new Uint8Array(rows * n);
  for (let at = 0; at < codes.length; at += AWQ_PER_WORD) {
    for (let place = 0; place < AWQ_PER_WORD; place++) {
      const byte = words[(at + place) >> 1]!;
      codes[at + AWQ_ORDER[place]!] = place & 1 ? byte >> 4 : byte & 15;
    }
  }
  return codes;
}
