/**
 * Coding of a scale unit as outlier-victim pairs and back: nearest values, victims, identifiers, counts of pairs by kind.
 * Source and rules: see olive.ts and ../encodings/outlier-victim-pair.ts.
 */
import { entriesAt } from './ant-search.js';
import type { OliveGrid } from './olive-grid.js';
import { victimOf, type PairedUnit, type PairRule } from './olive-search.js';

/** Pairs seen so far; pairs completed by padding count. */
export interface PairCounts {
  normalNormal: number;
  outlierNormal: number;
  outlierOutlier: number;
}

/** Where the codes of a unit go: `padding` takes the code of the padding element of every odd row. */
export interface PairCodes {
  readonly codes: Uint8Array;
  readonly padding: Uint8Array;
}

/** Scale below which float32 products with a grid value may be subnormal. */
const SUBNORMAL_GUARD = 2 ** -110;

/** Writes the code words of a unit and counts its pairs. */
export function codePairs(unit: PairedUnit, scale: number, grid: OliveGrid, rule: PairRule): PairCodes & { counts: PairCounts } {
  const coded = codeOnce(unit, scale, grid, rule);
  if (scale > SUBNORMAL_GUARD) return coded;
  // Products near the end of the float32 range lose bits: keep the codes that their own output reads back as.
  // Codes may drift along the grid from pass to pass; more passes than it has values mean that they run in a circle.
  let last: PairCodes = coded;
  for (let pass = 0; pass <= grid.codes.length; pass++) {
    const again = codeOnce({ x: pairValues(last, unit.cols, scale, grid), cols: unit.cols }, scale, grid, rule);
    if (again.codes.every((code, i) => code === last.codes[i])) return { ...last, counts: coded.counts };
    last = again;
  }
  const { kind, codeBits } = grid.codec;
  throw new Error(`olive: ${codeBits}-bit ${kind} codes of ${unit.x.length} elements at scale ${scale} do not settle`);
}

function codeOnce({ x, cols }: PairedUnit, scale: number, grid: OliveGrid, rule: PairRule): PairCodes & { counts: PairCounts } {
  const { table, isOutlier, codes: codeOfEntry, codec } = grid;
  const entries = entriesAt(x, scale, table);
  const codes = new Uint8Array(x.length);
  const padding = new Uint8Array(cols % 2 === 0 ? 0 : x.length / cols);
  const counts = { normalNormal: 0, outlierNormal: 0, outlierOutlier: 0 };
  for (let row = 0; row < x.length; row += cols) {
    for (let i = row; i < row + cols; i += 2) {
      const whole = i + 1 < row + cols;
      codes[i] = codeOfEntry[entries[i]!]!;
      if (whole) codes[i + 1] = codeOfEntry[entries[i + 1]!]!;
      const outliers = isOutlier[entries[i]!]! | (whole ? isOutlier[entries[i + 1]!]! << 1 : 0);
      if (outliers === 0) counts.normalNormal++;
      else {
        if (outliers === 3) counts.outlierOutlier++;
        else counts.outlierNormal++;
        if (!whole) padding[row / cols] = codec.identifier;
        else codes[victimOf(x[i]!, x[i + 1]!, outliers, rule) === 'left' ? i : i + 1] = codec.identifier;
      }
    }
  }
  return { codes, padding, counts };
}

/** float32 values of coded pairs. */
export function pairValues({ codes, padding }: PairCodes, cols: number, scale: number, grid: OliveGrid): Float32Array {
  const { normalByCode, outlierByCode, codec } = grid;
  const { identifier } = codec;
  const output = new Float32Array(codes.length);
  for (let row = 0; row < codes.length; row += cols) {
    for (let i = row; i < row + cols; i += 2) {
      const left = codes[i]!;
      const right = i + 1 < row + cols ? codes[i + 1]! : padding[row / cols]!;
      if (left !== identifier) output[i] = (right === identifier ? outlierByCode : normalByCode)[left]! * scale;
      if (i + 1 < row + cols && right !== identifier) output[i + 1] = (left === identifier ? outlierByCode : normalByCode)[right]! * scale;
    }
  }
  return output;
}
