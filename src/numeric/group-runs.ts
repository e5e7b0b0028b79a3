/** Groups of a flat array cut into runs that fit a scratch memory of a kernel, which stays in the second-level cache. */

/** Elements that a scratch memory holds. */
export const CAPACITY = 16_384;

/** How elements form groups: spans of equal length, cut into groups with a short last one. */
export interface GroupedSpans {
  readonly spans: number;
  readonly spanLength: number;
  readonly group: number;
}

/** Groups of one length that lie one after the other, or a piece of a long group: `count` times `length` elements from `start` on; `index` is the first group. */
export interface GroupRun {
  readonly start: number;
  readonly count: number;
  readonly length: number;
  readonly index: number;
}

/** All groups in order: as many whole ones as the memory holds, or the pieces of one that is longer. */
export function* batchesOf({ spans, spanLength, group }: GroupedSpans): Generator<readonly GroupRun[]> {
  const [rows, length] = spanLength % group === 0 ? [1, spans * spanLength] : [spans, spanLength];
  const groupsPerRow = Math.ceil(length / group);
  for (let row = 0; row < rows; row++) {
    const [start, index] = [row * length, row * groupsPerRow];
    const whole = Math.floor(length / group);
    const together = Math.floor(CAPACITY / group);
    if (together === 0) {
      for (let i = 0; i < groupsPerRow; i++)
        yield piecesOf(start + i * group, Math.min(start + (i + 1) * group, start + length), index + i);
      continue;
    }
    for (let i = 0; i < whole; i += together) {
      yield [{ start: start + i * group, count: Math.min(together, whole - i), length: group, index: index + i }];
    }
    if (whole < groupsPerRow) yield [{ start: start + whole * group, count: 1, length: length - whole * group, index: index + whole }];
  }
}

function piecesOf(start: number, end: number, index: number): GroupRun[] {
  return Array.from({ length: Math.ceil((end - start) / CAPACITY) }, (_, i) => {
    const from = start + i * CAPACITY;
    return { start: from, count: 1, length: Math.min(CAPACITY, end - from), index };
  });
}
