/**
 * Stored bits per element of side data, in closed form. Only real elements count: a short last group pays for its whole scale.
 * Source: the accounting rules of docs/formats/bit-accounting.md.
 */

/** Groups along one row of `cols` elements. */
function groupsPerRow(cols: number, group: number): number {
  return Math.ceil(cols / group);
}

/** Bits per element of `bitsPerGroup` stored for every group of `group` elements along a row of `cols`. */
export function groupBits(cols: number, group: number, bitsPerGroup: number): number {
  return (bitsPerGroup * groupsPerRow(cols, group)) / cols;
}

/** Bits per element of `bitsPerChannel` stored for every row of `cols` elements. */
export function channelBits(cols: number, bitsPerChannel: number): number {
  return bitsPerChannel / cols;
}

/** Bits per element of `bitsPerTensor` stored once for a rows x cols tensor. */
export function tensorBits(rows: number, cols: number, bitsPerTensor: number): number {
  return bitsPerTensor / (rows * cols);
}
