/**
 * BitMoD's choice of the special value of every group, and the coding of a group under a scale; exact in float32.
 * Speed: only two scales occur among the four candidates (ER ends at the basic maximum, EA at its special value), so a group is divided
 * by two scales only. All midpoints are multiples of 1/4: the cell c with (c-1)/4 < w/scale <= c/4 decides the nearest value, and a
 * midpoint falls into the cell below it, as the rule asks. Two candidates of one scale differ in few cells and share the error elsewhere.
 * Errors and squares are rounded to float32, summed in double precision in the order of the weights, the mean rounded to float32.
 * Source: BitMoD, HPCA 2025, section III (the rule is stated in bitmod.ts).
 */
import { specialValueFormats } from '../formats/special-value.js';
import { bitPatterns, maxAbs } from '../numeric/extremes.js';
import type { Matrix } from '../numeric/matrix.js';
import { eachGroup, groupGeometry } from './group-geometry.js';

/** Cells on either side of zero: 4 * 8 for the largest special value, and some for quotients that round past it. */
const CELLS = 36;

/** Limits of a scale in steps of the integer grid. */
const SCALE_MIN = Math.fround(1e-5);
const SCALE_MAX = 1e4;

/** The four candidate datatypes of a width by cell; index = CELLS - c, so that the index is a truncation. */
export interface SpecialValueCells {
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
  return {
    codes,
    values: formats.map((format, selector) => Float32Array.from(codes[selector]!, (code) => format.decode(code))),
    largest: formats.map((format) => format.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)),
    integerSteps: bits === 4 ? 2 : 1,
  };
}

/** Scale of a group: fl(magnitude / largest), kept within the limits. */
export function groupScale(magnitude: number, largest: number, integerSteps: number): number {
  return Math.min(Math.max(Math.fround(magnitude / largest), SCALE_MIN * integerSteps), SCALE_MAX * integerSteps);
}

/** Selector and float32 scale of every group of `size` elements along the rows. */
export function chooseSpecialValues(tensor: Matrix, size: number, cells: SpecialValueCells): GroupChoices {
  const geometry = groupGeometry(tensor, 'group', size);
  const selectors = new Uint8Array(geometry.spans * geometry.groupsPerSpan);
  const scales = new Float32Array(selectors.length);
  const magnitudes = bitPatterns(tensor.data);
  const errors = new Float64Array(4);
  const er: CandidatePair = { first: 0, plus: cells.values[0]!, minus: cells.values[1]! };
  const ea: CandidatePair = { first: 2, plus: cells.values[2]!, minus: cells.values[3]! };
  eachGroup(geometry, (index, start, end) => {
    const group = tensor.data.subarray(start, end);
    const magnitude = maxAbs(magnitudes, start, end);
    const scaleEr = groupScale(magnitude, cells.largest[0]!, cells.integerSteps);
    const scaleEa = groupScale(magnitude, cells.largest[2]!, cells.integerSteps);
    if (scaleEr < SCALE_MAX * cells.integerSteps) {
      pairErrors(group, scaleEr, er, errors);
      pairErrors(group, scaleEa, ea, errors);
    } else {
      for (let selector = 0; selector < 4; selector++)
        errors[selector] = saturatedError(group, selector < 2 ? scaleEr : scaleEa, cells.values[selector]!);
    }
    const selector = firstSmallest(errors, group.length);
    selectors[index] = selector;
    scales[index] = selector < 2 ? scaleEr : scaleEa;
  });
  return { selectors, scales };
}

/** Two candidates with the same scale; `first` is the selector of the positive one. */
interface CandidatePair {
  readonly first: number;
  readonly plus: Float32Array;
  readonly minus: Float32Array;
}

/** Summed squared errors of both candidates. The scale keeps every quotient within the cells. */
function pairErrors(group: Float32Array, scale: number, { first, plus, minus }: CandidatePair, errors: Float64Array): void {
  let sumPlus = 0;
  let sumMinus = 0;
  for (let i = 0; i < group.length; i++) {
    const x = group[i]!;
    const index = (CELLS - Math.fround(x / scale) * 4) | 0;
    const value = plus[index]!;
    const other = minus[index]!;
    const error = Math.fround(Math.fround(value * scale) - x);
    const square = Math.fround(error * error);
    sumPlus += square;
    if (value === other) sumMinus += square;
    else {
      const otherError = Math.fround(Math.fround(other * scale) - x);
      sumMinus += Math.fround(otherError * otherError);
    }
  }
  errors[first] = sumPlus;
  errors[first + 1] = sumMinus;
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

/** First candidate with the smallest float32 mean squared error. */
function firstSmallest(errors: Float64Array, count: number): number {
  let selector = 0;
  let best = Math.fround(errors[0]! / count);
  for (let candidate = 1; candidate < errors.length; candidate++) {
    const error = Math.fround(errors[candidate]! / count);
    if (error >= best) continue;
    best = error;
    selector = candidate;
  }
  return selector;
}

function cellIndex(x: number, scale: number): number {
  return Math.min(Math.max(CELLS - Math.fround(x / scale) * 4, 0), 2 * CELLS) | 0;
}

/** Writes the code words of a group under a scale; `codeOfCell` is the table of its selector. */
export function codeGroup(group: Float32Array, scale: number, codeOfCell: Uint8Array, codes: Uint8Array): void {
  for (let i = 0; i < group.length; i++) codes[i] = codeOfCell[cellIndex(group[i]!, scale)]!;
}
