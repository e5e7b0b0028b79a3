/**
 * Shadow registers of the operand that stays: a chain down each column. A vector moves down one register per cycle until its own row;
 * column c begins c cycles after column 0. A register holds one vector: meeting another is a defect.
 */
import { forwardingLanes } from './forwarding-lanes.js';

export interface ShadowRegisters {
  /** Vectors of `width` integers, row by row. */
  readonly values: Int32Array;
  /** A vector for row `row` of a column enters at the top this cycle; where in `arriving` to write it. */
  send(column: number, row: number, fold: number): number;
  readonly arriving: Int32Array;
  /** Empties a register that has to hold the vector of its row and this fold. */
  take(cell: number, row: number, fold: number): void;
  /** One cycle, after what is sent in it. */
  tick(): void;
}

export function shadowRegisters(rows: number, columns: number, width: number): ShadowRegisters {
  // Columns wait for their turn in lanes that end at the top register.
  const entrance = forwardingLanes(columns, 1, width);
  const entranceFold = new Int32Array(entrance.tags.length);
  const values = new Int32Array(rows * columns * width);
  /** Row a vector is for, plus 1; 0: empty. */
  const target = new Int32Array(rows * columns);
  const foldOf = new Int32Array(rows * columns);
  /** Vectors on their way, so that cycles without any cost nothing. */
  let moving = 0;
  let first = columns - 1;

  const put = (cell: number, row: number, tag: number, fold: number): void => {
    if (target[cell] !== 0) throw new Error(`a shadow register of row ${row} is overrun`);
    target[cell] = tag;
    foldOf[cell] = fold;
    if (tag === row + 1) moving--;
  };
  const moveDown = (c: number): void => {
    for (let r = rows - 1; r > 0; r--) {
      const above = (r - 1) * columns + c;
      const tag = target[above]!;
      if (tag <= r) continue;
      const cell = above + columns;
      put(cell, r, tag, foldOf[above]!);
      for (let d = 0; d < width; d++) values[cell * width + d] = values[above * width + d]!;
      target[above] = 0;
    }
    const gate = (c << entrance.shift) | (first & entrance.mask);
    const tag = entrance.tags[gate]!;
    if (tag === 0) return;
    put(c, 0, tag, entranceFold[gate]!);
    for (let d = 0; d < width; d++) values[c * width + d] = entrance.values[gate * width + d]!;
  };

  return {
    values,
    arriving: entrance.values,
    send(column, row, fold) {
      const slot = entrance.entry(column);
      entrance.tags[slot] = row + 1;
      entranceFold[slot] = fold;
      moving++;
      return slot * width;
    },
    take(cell, row, fold) {
      if (target[cell] !== row + 1 || foldOf[cell] !== fold) throw new Error(`the operand of fold ${fold} is not in row ${row} yet`);
      target[cell] = 0;
    },
    tick() {
      if (moving === 0) return;
      for (let c = 0; c < columns; c++) moveDown(c);
      first = entrance.tick();
    },
  };
}
