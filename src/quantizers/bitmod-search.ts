/**
 * BitMoD's choice of the special value of every group, and the coding of a group under a scale; exact in float32.
 * Speed: only two scales occur among the four candidates (ER ends at the basic maximum, EA at its special value), so a group is divided
 * by two scales only. All midpoints are multiples of 1/4: the cell c with (c-1)/4 < w/scale <= c/4 decides the nearest value, and a
 * midpoint falls into the cell below it, as the rule asks (numeric/cell-tables.ts; 36 cells on either side hold the largest special value, 8, and quotients
 * that round past it).
 * Errors and squares are rounded to float32, summed in double precision in the order of the weights, the mean rounded to float32.
 * Source: BitMoD, HPCA 2025, section III (the rule is stated in bitmod.ts).
 */
import { specialValueFormats } from '../formats/special-value.js';
import { CELLS, pairTable, searchCells, type PairTable } from '../numeric/cell-tables.js';
import type { Matrix } from '../numeric/matrix.js';
import { checkFinite, LARGEST_MAGNITUDE } from './finite-check.js';
import { groupGeometry } from './group-geometry.js';

/** Limits of a scale in steps of the integer grid. */
const SCALE_MIN = Math.fround(1e-5);
const SCALE_MAX = 1e4;

/** The four candidate datatypes of a width by cell; index = CELLS - c, so that the index is a truncation. */
export interface SpecialValueCells {
  /** Nearest values per cell, those of the positive and the negative special value: of ER, of EA. */
  readonly pairs: readonly [PairTable, PairTable];
  /** Nearest value per selector and cell. */
  readonly values: readonly Float32Array[];
  /** Its code word. */
  readonly codes: readonly Uint8Array[];
  /** Largest magnitude of the grid per selector. */
  readonly largest: readonly number[];
  /** Steps of the integer grid per unit: FP4 counts halves. */
  readonly integerSteps: number;
}

/** What the search decides per group, row by row. */
export interface GroupChoices {
  readonly selectors: Uint8Array;
  readonly scales: Float32Array;
}

/** Tabulates the datatypes of FP3 or FP4. */
export function specialValueCells(bits: 3 | 4): SpecialValueCells {
  const formats = specialValueFormats(bits);
  const codes = formats.map((format) => Uint8Array.from({ length: 2 * CELLS + 1 }, (_, index) => format.encode((CELLS - index) / 4)));
  const values = formats.map((format, selector) => Float32Array.from(codes[selector]!, (code) => format.decode(code)));
  return {
    codes,
    values,
    pairs: [pairTable(values[0]!, values[1]!), pairTable(values[2]!, values[3]!)],
    largest: formats.map((format) => format.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)),
    integerSteps: bits === 4 ? 2 : 1,
  };
}

/** Scale of a group: fl(magnitude / largest), kept within the limits. */
export function groupScale(magnitude: number, largest: number, integerSteps: number): number {
  return Math.min(Math.max(Math.fround(magnitude / largest), SCALE_MIN * integerSteps), SCALE_MAX * integerSteps);
}

/** Selector and float32 scale of every group of `size` elements along the rows. Throws LowbitError for values that are not finite or too large. */
export function chooseSpecialValues(tensor: Matrix, size: number, cells: SpecialValueCells): GroupChoices {
  const { cols, data } = tensor;
  const geometry = groupGeometry(tensor, 'group', size);
  const { group, groupsPerSpan } = geometry;
  const selectors = new Uint8Array(geometry.spans * groupsPerSpan);
  const scales = new Float32Array(selectors.length);
  const [er, ea] = [new Float32Array(selectors.length), new Float32Array(selectors.length)];
  const limit = SCALE_MAX * cells.integerSteps;
  searchCells(data, geometry, cells.pairs, {
    scale(index, magnitude, target, at) {
      if (!(magnitude <= LARGEST_MAGNITUDE)) checkFinite(tensor);
      er[index] = groupScale(magnitude, cells.largest[0]!, cells.integerSteps);
      ea[index] = groupScale(magnitude, cells.largest[2]!, cells.integerSteps);
      // Under the upper limit of a scale quotients leave the tables: an infinite scale takes them to 0, and the errors are summed anew.
      const cut = er[index] >= limit;
      target[at] = cut ? Infinity : er[index];
      target[at + 1] = cut ? Infinity : ea[index];
    },
    choose(index, sums, at) {
      const from = (index % groupsPerSpan) * group;
      const length = Math.min(group, cols - from);
      if (er[index]! >= limit) {
        const start = Math.floor(index / groupsPerSpan) * cols + from;
        const values = data.subarray(start, start + length);
        for (let selector = 0; selector < 4; selector++)
          sums[at + selector] = saturatedError(values, (selector < 2 ? er : ea)[index]!, cells.values[selector]!);
      }
      const selector = firstSmallest(sums, at, length);
      selectors[index] = selector;
      scales[index] = (selector < 2 ? er : ea)[index]!;
    },
  });
  return { selectors, scales };
}

/** Summed squared error of one candidate where the upper limit of the scale cuts the group. */
function saturatedError(group: Float32Array, scale: number, values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < group.length; i++) {
    const error = Math.fround(Math.fround(values[cellIndex(group[i]!, scale)]! * scale) - group[i]!);
    sum += Math.fround(error * error);
  }
  return sum;
}

/** First of the four candidates from `at` on with the smallest float32 mean squared error. */
function firstSmallest(sums: Float64Array, at: number, count: number): number {
  let selector = 0;
  let best = Math.fround(sums[at]! / count);
  for (let candidate = 1; candidate < 4; candidate++) {
    const error = Math.fround(sums[at + candidate]! / count);
    if (error >= best) continue;
    best = error;
    selector = candidate;
  }
  return selector;
}

function cellIndex(x: number, scale: number): number {
  return Math.min(Math.max(CELLS - Math.fround(x / scale) * 4, 0), 2 * CELLS) | 0;
}
