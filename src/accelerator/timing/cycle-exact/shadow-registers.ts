/**
 * Shadow registers of the operand that stays: a chain down each column. A vector moves down one register per cycle until its own row;
 * column c begins c cycles after column 0. A register holds one vector: meeting another is a defect.
 */
import { forwardingLanes } from './forwarding-lanes.js';

export interface ShadowRegisters {
  readonly values: Int32Array;
  /** A vector for row `row` of column `column` enters at the top this cycle. */
  send(column: number, row: number, fold: number, element: (index: number) => number): void;
  /** Empties a register that has to hold the vector of its row and this fold. */
  take(cell: number, row: number, fold: number): void;
  tick(): void;
}

export function shadowRegisters(rows: number, columns: number, width: number): ShadowRegisters {
  const entrance = forwardingLanes(columns, 1, width);
  const entranceFold = new Int32Array(entrance.tags.length);
  const values = new Int32Array(rows * columns * width);
  /** Row a vector is for, plus 1; 0: empty. */
  const target = new Int32Array(rows * columns);
  const foldOf = new Int32Array(rows * columns);
  /** Vectors on their way, so that cycles without any cost nothing. */
  let moving = 0;
  let sent: { readonly column: number; readonly row: number; readonly fold: number; readonly vector: Int32Array }[] = [];

  const put = (cell: number, row: number, vector: { tag: number; fold: number; from: Int32Array; at: number }): void => {
    if (target[cell] !== 0) throw new Error(`a shadow register of row ${row} is overrun`);
    target[cell] = vector.tag;
    foldOf[cell] = vector.fold;
    for (let d = 0; d < width; d++) values[cell * width + d] = vector.from[vector.at * width + d]!;
    if (vector.tag === row + 1) moving--;
  };
  const moveDown = (c: number): void => {
    for (let r = rows - 1; r > 0; r--) {
      const above = (r - 1) * columns + c;
      const tag = target[above]!;
      if (tag <= r) continue;
      put(above + columns, r, { tag, fold: foldOf[above]!, from: values, at: above });
      target[above] = 0;
    }
    const gate = entrance.at(c, 0);
    const tag = entrance.tags[gate]!;
    if (tag !== 0) put(c, 0, { tag, fold: entranceFold[gate]!, from: entrance.values, at: gate });
  };

  return {
    values,
    send(column, row, fold, element) {
      sent.push({ column, row, fold, vector: Int32Array.from({ length: width }, (_, d) => element(d)) });
    },
    take(cell, row, fold) {
      if (target[cell] !== row + 1 || foldOf[cell] !== fold) throw new Error(`the operand of fold ${fold} is not in row ${row} yet`);
      target[cell] = 0;
    },
    tick() {
      if (moving === 0 && sent.length === 0) return;
      entrance.shift();
      entranceFold.copyWithin(1, 0, entranceFold.length - 1);
      for (const { column, row, fold, vector } of sent) {
        const at = entrance.entry(column);
        entrance.tags[at] = row + 1;
        entranceFold[at] = fold;
        entrance.values.set(vector, at * width);
        moving++;
      }
      sent = [];
      for (let c = 0; c < columns; c++) moveDown(c);
    },
  };
}
