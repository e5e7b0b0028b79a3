/**
 * Blocks of normal-float code words: the largest magnitude of a run of weights along K as its scale, the nearest level of w / s as its codes, level * s as
 * what is read back. The scale is that a reader sees, however its own quantizer stores it (nf4.ts, lq-lora.ts); codes are computed from it.
 * A scale of 0 (and what is below 2^-126 in size: levels would run together in float32) reads as zeros; negative scales are used as they are.
 */
import { formatNamed } from '../formats/index.js';
import { bitPatterns, maxAbs } from '../numeric/extremes.js';
import type { Matrix } from '../numeric/matrix.js';
import { eachGroup, groupGeometry, type GroupGeometry } from './group-geometry.js';

const SMALLEST_SCALE = 2 ** -126;

/** Where blocks lie: along K, the last of a row may be short. */
export function blockGeometry(tensor: { readonly rows: number; readonly cols: number }, block: number): GroupGeometry {
  return groupGeometry(tensor, 'group', block);
}

/** Largest magnitude of every block; 0 where it is below 2^-126. */
export function blockScales(tensor: Matrix, geometry: GroupGeometry): Float32Array {
  const magnitudes = bitPatterns(tensor.data);
  const scales = new Float32Array(geometry.spans * geometry.groupsPerSpan);
  eachGroup(geometry, (index, start, end) => {
    const scale = maxAbs(magnitudes, start, end);
    scales[index] = scale < SMALLEST_SCALE ? 0 : scale;
  });
  return scales;
}

/** A stored block-scaled tensor as its reader sees it. */
export interface ScaledBlocks {
  readonly scales: Float32Array;
  readonly geometry: GroupGeometry;
  readonly bits: number;
}

/** Values of code words. */
export function normalFloatValues(codes: Uint8Array, { scales, geometry, bits }: ScaledBlocks): Float32Array {
  const levels = formatNamed(`nf${bits}`).values;
  const values = new Float32Array(codes.length);
  eachGroup(geometry, (index, start, end) => {
    const scale = scales[index]!;
    for (let i = start; i < end; i++) values[i] = levels[codes[i]!]! * scale;
  });
  return values;
}

/** Code words of values under given scales. */
export function normalFloatCodes(values: Float32Array, { scales, geometry, bits }: ScaledBlocks): Uint8Array {
  const format = formatNamed(`nf${bits}`);
  const zero = format.encode(0);
  const target = { values, codes: new Uint8Array(values.length), cells: levelCells(format.values) };
  eachGroup(geometry, (index, start, end) => {
    const scale = scales[index]!;
    if (Math.abs(scale) < SMALLEST_SCALE) target.codes.fill(zero, start, end);
    else nearestLevels(target, start, end, scale);
  });
  return target.codes;
}

/** Cells of the lookup table over [-1, 1]: so many that a cut point inside a cell is rare, and the branch on it predictable. */
const CELLS = 4096;

interface LevelCells {
  /** Code below the cut point of a cell. */
  readonly codes: Uint8Array;
  /** The one cut point inside a cell, else Infinity: levels of NF8 lie ten cells apart and more. */
  readonly cuts: Float64Array;
}

/** The code of y is codes[cell], plus one when y lies above the cut point of the cell; a value on a cut point keeps the lower code. */
function levelCells(levels: Float64Array): LevelCells {
  const cells = { codes: new Uint8Array(CELLS), cuts: new Float64Array(CELLS).fill(Infinity) };
  for (let code = 0; code + 1 < levels.length; code++) {
    const cut = (levels[code]! + levels[code + 1]!) / 2;
    const cell = Math.floor((cut + 1) * (CELLS / 2));
    cells.cuts[cell] = cut;
    cells.codes.fill(code + 1, cell + 1);
  }
  return cells;
}

interface LevelTarget {
  readonly values: Float32Array;
  readonly codes: Uint8Array;
  readonly cells: LevelCells;
}

function nearestLevels({ values, codes, cells }: LevelTarget, start: number, end: number, scale: number): void {
  const { codes: lower, cuts } = cells;
  for (let i = start; i < end; i++) {
    const y = values[i]! / scale;
    const position = (y + 1) * (CELLS / 2);
    const cell = (position < 0 ? 0 : position >= CELLS ? CELLS - 1 : position) | 0;
    codes[i] = lower[cell]! + (y > cuts[cell]! ? 1 : 0);
  }
}
