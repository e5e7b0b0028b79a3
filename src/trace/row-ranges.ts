/**
 * Rows of a matrix written as text, `0-3,17,40`: what an option can hold of a choice of output features. Ascending, none twice.
 * Left out: anything but numbers and ranges.
 */

/** The rows in order. Undefined for text that is none, and for rows that do not ascend. */
export function rowsFromText(text: string): Int32Array | undefined {
  if (text === '') return new Int32Array();
  const rows: number[] = [];
  for (const part of text.split(',')) {
    const [, from, to = from] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part) ?? [];
    if (from === undefined || Number(to) < Number(from) || Number(from) <= (rows.at(-1) ?? -1)) return undefined;
    for (let row = Number(from); row <= Number(to); row++) rows.push(row);
  }
  return Int32Array.from(rows);
}

/** The text of rows in ascending order. */
export function rowsText(rows: ArrayLike<number>): string {
  const parts: string[] = [];
  for (let i = 0, start = 0; i < rows.length; i++) {
    if (rows[i + 1] === rows[i]! + 1) continue;
    parts.push(start === i ? String(rows[i]) : `${rows[start]}-${rows[i]}`);
    start = i + 1;
  }
  return parts.join(',');
}
