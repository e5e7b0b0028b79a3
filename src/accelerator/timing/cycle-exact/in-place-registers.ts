/**
 * Registers of an array whose PEs buffer the operand that stays themselves: the operand of a fold is there as the fold starts, and each PE
 * switches to it as the first vector of the fold passes. Stands in for the shadow registers.
 */
import type { ShadowRegisters } from './shadow-registers.js';

export function inPlaceRegisters(rows: number, columns: number, width: number): ShadowRegisters {
  const values = new Int32Array(rows * columns * width);
  const kept = new Map<number, { readonly vectors: Int32Array; untaken: number }>();
  let arriving: Int32Array = values;
  return {
    values,
    get arriving() {
      return arriving;
    },
    send(column, row, fold) {
      let operand = kept.get(fold);
      if (operand === undefined) kept.set(fold, (operand = { vectors: new Int32Array(values.length), untaken: 0 }));
      operand.untaken++;
      arriving = operand.vectors;
      return (row * columns + column) * width;
    },
    take(cell, row, fold) {
      const operand = kept.get(fold);
      if (operand === undefined) throw new Error(`the operand of fold ${fold} is not in row ${row}`);
      values.set(operand.vectors.subarray(cell * width, (cell + 1) * width), cell * width);
      if (--operand.untaken === 0) kept.delete(fold);
    },
    tick: () => undefined,
  };
}
