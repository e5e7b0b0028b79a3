/** In which axes the rows differ that a point of the front stands for, as they have the same objectives: values of those axes cost nothing there. */
import type { FrontRows } from '../rows/part-summary.js';
import type { Front } from './front.js';

/** Flags `[i * axes + a]` of a front of rows; `axes` in columns. */
export function alikeAxesOfRows(front: Front, axes: readonly Int32Array[]): Int32Array {
  return flagsOf(front, axes.length, (row, chosen, a) => axes[a]![row] !== axes[a]![chosen]);
}

/** The same of a front of rows that stand for others already. */
export function alikeAxesOfFront(front: Front, { axes, alike }: FrontRows, width: number): Int32Array {
  return flagsOf(front, width, (row, chosen, a) => alike[row * width + a] === 1 || axes[row * width + a] !== axes[chosen * width + a]);
}

function flagsOf(
  { rows, same, eachMember }: Front,
  width: number,
  differs: (row: number, chosen: number, axis: number) => boolean,
): Int32Array {
  const flags = new Int32Array(rows.length * width);
  if (same.every((count) => count === 1)) return flags;
  eachMember((row, index) => {
    for (let a = 0; a < width; a++) if (differs(row, rows[index]!, a)) flags[index * width + a] = 1;
  });
  return flags;
}
