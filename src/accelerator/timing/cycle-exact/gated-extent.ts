/** Rows and columns of the array that can hold an operand: those fed within the time a vector takes to pass. The others need no clock. */

export interface GatedExtent {
  rows: number;
  columns: number;
  /** A fold of this size is fed in this cycle. */
  feed(rows: number, columns: number): void;
  /** A cycle begins. */
  tick(): void;
}

/** `passing`: the most cycles a vector is in the array. */
export function gatedExtent(rows: number, columns: number, passing: number): GatedExtent {
  const fed = { rows: new Int32Array(rows).fill(-passing), columns: new Int32Array(columns).fill(-passing) };
  let now = 0;
  return {
    rows: 0,
    columns: 0,
    feed(usedRows, usedColumns) {
      fed.rows[usedRows - 1] = now;
      fed.columns[usedColumns - 1] = now;
      this.rows = Math.max(this.rows, usedRows);
      this.columns = Math.max(this.columns, usedColumns);
    },
    tick() {
      now++;
      while (this.rows > 0 && now - fed.rows[this.rows - 1]! >= passing) this.rows--;
      while (this.columns > 0 && now - fed.columns[this.columns - 1]! >= passing) this.columns--;
    },
  };
}
