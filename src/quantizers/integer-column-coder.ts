/**
 * Integer grids as GPTQ's loop wants them: the fit of a group of columns and the codes of one column, for some rows at a time.
 * Formula: integer-grid.ts; the arithmetic of round to nearest, so that weights the loop has not moved get the same code words.
 */
import { ROUND_TO_INTEGER } from '../numeric/rounding.js';
import type { CodedColumn, ColumnCoder, CurrentColumns } from './gptq-loop.js';
import { asymmetricFit, codeRange, symmetricScale, type IntegerGrid } from './integer-grid.js';

/** Scales and zero points of all rows, group by group. */
export interface IntegerSide {
  readonly scales: Float32Array;
  /** Absent: symmetric. */
  readonly zeros?: Uint8Array;
}

interface IntegerGroups {
  readonly grid: IntegerGrid;
  readonly side: IntegerSide;
  readonly groupsPerRow: number;
  /** Group of the column at a place of the loop. */
  readonly groupAt: (place: number) => number;
}

/** Codes under scales that stand already. */
export function fittedIntegerCoder(groups: IntegerGroups, firstRow: number): ColumnCoder {
  return { code: (place, weights, coded) => codeColumn(groups, firstRow * groups.groupsPerRow + groups.groupAt(place), weights, coded) };
}

/** Codes under scales that are fitted, and stored in `side`, as the loop goes. */
export function integerCoder(groups: IntegerGroups, firstRow: number): ColumnCoder {
  return {
    ...fittedIntegerCoder(groups, firstRow),
    fit: (columns) => fitGroup(groups, firstRow * groups.groupsPerRow + groups.groupAt(columns.from), columns),
  };
}

/** `first` is the index of the group in the first row. */
function fitGroup({ grid, side, groupsPerRow }: IntegerGroups, first: number, { from, to, rows, data, stride }: CurrentColumns): void {
  const lows = new Float32Array(rows);
  const highs = new Float32Array(rows);
  for (let place = from; place < to; place++) {
    const at = place * stride;
    for (let row = 0; row < rows; row++) {
      const value = data[at + row]!;
      if (value < lows[row]!) lows[row] = value;
      if (value > highs[row]!) highs[row] = value;
    }
  }
  for (let row = 0; row < rows; row++) {
    const index = first + row * groupsPerRow;
    const [low, high] = [lows[row]!, highs[row]!];
    if (side.zeros === undefined) {
      side.scales[index] = symmetricScale(Math.max(high, -low), grid);
    } else {
      const { scale, zero } = asymmetricFit(low, high, grid.bits);
      side.scales[index] = scale;
      side.zeros[index] = zero;
    }
  }
}

function codeColumn(
  { grid, side, groupsPerRow }: IntegerGroups,
  first: number,
  weights: Float32Array,
  { values, codes }: CodedColumn,
): void {
  const { scales, zeros } = side;
  const { low: bottom, high: top, mask } = codeRange(grid, 0);
  for (let row = 0, index = first; row < weights.length; row++, index += groupsPerRow) {
    const scale = scales[index]!;
    const zero = zeros === undefined ? 0 : zeros[index]!;
    const q = weights[row]! / scale + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
    const low = bottom - zero;
    const high = top - zero;
    const kept = q > high ? high : q < low ? low : q;
    values[row] = kept * scale;
    codes[row] = (kept + zero) & mask;
  }
}
